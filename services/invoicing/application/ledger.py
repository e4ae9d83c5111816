"""May these documents be posted, and to which accounts (MA-GEN-07)?"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from services.invoicing.domain.accounts import AccountPlan, area_of
from services.invoicing.domain.closed_periods import is_closed, period_closed
from services.invoicing.domain.ready import ReadyInvoice
from services.invoicing.repository import posting_rules
from shared.kernel.errors import Fault, Invalid
from shared.kernel.period import Period
from shared.runtime.db import AsyncSession


@dataclass(frozen=True, slots=True)
class Ledger:
    """Accounts and closed periods as they stand until the transaction ends."""

    plans: Mapping[UUID, AccountPlan]
    closed: Mapping[UUID, Sequence[Period]]
    media_types: Mapping[UUID, UUID]

    @classmethod
    async def load(cls, session: AsyncSession, ready: Sequence[ReadyInvoice]) -> "Ledger":
        """What holds for these documents; their periods stay as they are until the transaction ends."""
        legal_entity_ids = {one.legal_entity_id for one in ready}
        await posting_rules.hold_periods(session, legal_entity_ids)
        media_ids = {media_id for one in ready for _, media_id in _about(one) if media_id}
        return cls(
            await posting_rules.account_plans(session, legal_entity_ids),
            await posting_rules.closed_periods(session, legal_entity_ids),
            await posting_rules.media_types(session, media_ids),
        )

    def refusal(self, one: ReadyInvoice) -> Invalid | None:
        """Why a document cannot be posted: `period_closed` or `account_not_configured`, each missing role a fault."""
        if is_closed(one.accounting_on, self.closed.get(one.legal_entity_id, ())):
            return period_closed()
        missing = sorted({role for (role, _), account in self.accounts(one).items() if not account})
        return not_configured(one.legal_entity_id, missing) if missing else None

    def accounts(self, one: ReadyInvoice) -> dict[tuple[str, UUID | None], str]:
        """The account of each role and medium that a document posts to, "" where there is none."""
        plan, (_, ending) = self.plans[one.legal_entity_id], self.chart(one)
        return {
            (role, media_id): plan.account_of(role, self.media_types.get(media_id) if media_id else None, ending)
            for role, media_id in _about(one)
        }

    def chart(self, one: ReadyInvoice) -> tuple[UUID, str]:
        """What an account depends on beside role and medium: the legal entity, and the ending of sales accounts by the
        document's rate and the buyer's country; several rates share the account without an ending."""
        endings = self.plans[one.legal_entity_id].sales_endings
        percents = list(one.sales_percents) if endings else []
        if len(percents) != 1:
            return one.legal_entity_id, ""
        area = area_of(one.frozen["seller"]["country"], one.frozen["buyer"]["country"])
        return one.legal_entity_id, endings.get((percents[0], area), "")


def _about(one: ReadyInvoice) -> set[tuple[str, UUID | None]]:
    """Roles and media; rows that mirror others have their account already."""
    own = {(row.role, row.media_id) for row in one.postings if not row.account_no}
    return own | one.item_postings.about if one.item_postings else own


def not_configured(legal_entity_id: UUID, roles: Iterable[str]) -> Invalid:
    """The refusal that names the roles without an account."""
    return Invalid.of(
        [
            Fault(
                "", "account_not_configured", f"The parameters have no account for {role}.",
                entity="legal_entity", entity_id=str(legal_entity_id), field=role,
            )
            for role in roles
        ]
    )  # fmt: skip
