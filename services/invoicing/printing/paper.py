"""One invoice on paper: rendered beside the event loop, and kept with its digest."""

import asyncio
import hashlib
from collections.abc import Mapping
from uuid import UUID

from services.invoicing.documents import TEMPLATE_VERSION, render
from services.invoicing.repository.documents import Paper, store
from shared.kernel.errors import BillingError
from shared.runtime.db import AsyncSession


async def printed(paper: Paper) -> bytes | BillingError:
    """The document of an issued invoice, or why it cannot be printed."""
    header = paper.header
    try:
        return await asyncio.to_thread(render, header, paper.lines, header["voucher_no"] or "", texts=paper.texts)
    except BillingError as refused:
        return refused


async def keep(session: AsyncSession, contents: Mapping[UUID, bytes]) -> None:
    """Keep documents by invoice; one that is there stays as it is."""
    await store(
        session,
        [(id_, TEMPLATE_VERSION, hashlib.sha256(content).digest(), content) for id_, content in contents.items()],
    )
