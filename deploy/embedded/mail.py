"""A mail server that takes everything and delivers nothing: for the demo and for tests."""

import asyncio
from email import message_from_bytes, policy
from email.message import EmailMessage
from types import TracebackType
from typing import Any, NamedTuple, Self

from aiosmtpd.smtp import SMTP, Envelope, Session

_TAKEN = "250 OK"


class SunkMail(NamedTuple):
    """One mail as it arrived."""

    recipients: list[str]
    message: EmailMessage


class MailSink:
    """An SMTP server on a free port of this machine, in the running loop; `mails` holds what it took."""

    def __init__(self) -> None:
        self.mails: list[SunkMail] = []
        self.port = 0
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        made = await loop.create_server(lambda: SMTP(self, hostname="localhost", loop=loop), "127.0.0.1", self.port)
        self._server, self.port = made, made.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    @property
    def environment(self) -> dict[str, str]:
        """The settings that make invoicing send its mail here."""
        return {
            "MB_INVOICING_SMTP_HOST": "127.0.0.1",
            "MB_INVOICING_SMTP_PORT": str(self.port),
            "MB_INVOICING_SMTP_TLS": "none",
            "MB_INVOICING_SMTP_SENDER": "invoices@mediabilling.example",
        }

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802  aiosmtpd's
        """Keep a mail."""
        content: Any = envelope.content
        message = message_from_bytes(content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.mails.append(SunkMail(list(envelope.rcpt_tos), message))
        return _TAKEN
