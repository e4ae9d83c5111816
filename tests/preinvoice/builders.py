"""Campaigns and items as tests need them: each names only what it is about."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.preinvoice.domain.campaign import CampaignItem, LegalEntity, MediaCampaign, PlanEntry, Recipient
from services.preinvoice.domain.draft import Draft, DraftKey, DraftLine, Manual
from services.preinvoice.domain.generation import Merge, PlannedDraft, merge, plan
from services.preinvoice.domain.intervals import Terms, terms_of
from services.preinvoice.domain.prerequisites import failures
from shared.kernel.ids import derived_id
from shared.kernel.period import Period, Weekday
from tests.words import cents

ENTITY = LegalEntity(derived_id("entity"), "Nord GmbH", "EUR", Weekday.SUNDAY, "Europe/Berlin", daily_delivery=True)
RECIPIENT = Recipient("ACME", "Hauptstr. 1", "Berlin", "DE", "billing@acme.example")


def day(text: str) -> date:
    """A civil day from ISO text."""
    return date.fromisoformat(text)


def days(text: str) -> Period:
    """A period as the catalogue writes it: days("2019-12-01..2019-12-09"), both ends included."""
    first, last = text.split("..")
    return Period.inclusive(day(first), day(last))


def terms(period: str, **changes: Any) -> Terms:
    """Monthly terms, billed before or during, due at the interval's start."""
    return replace(Terms("monthly", "before_during", "interval_start", days(period)), **changes)


def item(
    line_no: int = 1, runtime: str = "2019-12-01..2019-12-09", amount: str = "9000.00", **changes: Any
) -> CampaignItem:
    """A linear, day-based EUR item spread by amount."""
    run = days(runtime)
    plain = CampaignItem(
        id=item_id(line_no),
        line_no=line_no,
        name=f"Position {line_no}",
        start_on=run.start_on,
        end_on=run.last_on,
        amount=cents(amount),
        currency="EUR",
        booked_quantity=None,
        billing_category="fixed",
        billing_basis="linear",
        distribution_unit="amount",
        distribution_period="day_based",
        payment_start=None,
        bill_me=True,
        show_on_invoice=True,
        vat_percent=Decimal(19),
        cancelled=False,
        unlimited=False,
        payment_plan=(),
    )
    return replace(plain, **changes)


def item_id(line_no: int) -> UUID:
    """The id of the item with that line number."""
    return derived_id("item", line_no)


def campaign(*items: CampaignItem, period: str = "2019-12-01..2019-12-09", **changes: Any) -> MediaCampaign:
    """A booked campaign billed weekly, before or during, due at the interval's start."""
    run = days(period)
    plain = MediaCampaign(
        id=derived_id("campaign"),
        version=1,
        code="C-100",
        campaign_no=100,
        name="Winter",
        stage="booked",
        bill_me=True,
        legal_entity_id=ENTITY.id,
        client_id=derived_id("client"),
        recipient=RECIPIENT,
        dispatch="email",
        currency="EUR",
        vat_treatment="standard",
        payment_interval="weekly",
        payment_start="before_during",
        due_at="interval_start",
        billing_start_on=run.start_on,
        billing_end_on=run.last_on,
        payment_days=30,
        client_reference="",
        items=items or (item(),),
    )
    return replace(plain, **changes)


def percents(*shares: str) -> tuple[PlanEntry, ...]:
    """A payment plan by percentages, an entry every two weeks from 2020-02-10."""
    dates = ("2020-02-10", "2020-02-24", "2020-03-09")
    return tuple(
        PlanEntry(no, day(on), Decimal(share), None)
        for no, (on, share) in enumerate(zip(dates, shares, strict=False), 1)
    )


def amounts(*shares: str) -> tuple[PlanEntry, ...]:
    """A payment plan by amounts."""
    return tuple(
        replace(entry, percent=None, amount=cents(share))
        for entry, share in zip(percents(*shares), shares, strict=True)
    )


def generate(billed: MediaCampaign, existing: Sequence[Draft] = (), today: str = "2019-11-20") -> Merge:
    """What a generation does with the drafts that exist; the campaign must pass its prerequisites."""
    agreed = terms_of(billed, ENTITY)
    assert agreed is not None
    assert failures(billed, ENTITY, {}) == []
    return merge(billed, agreed, plan(billed, agreed, existing, {}, day(today)), existing)


def stored(done: Merge) -> list[Draft]:
    """The drafts after a generation, as the database would give them back."""
    changed = [_draft(planned, derived_id(*_names(planned.key), planned.sequence_no), 1) for planned in done.created]
    changed += [replace(_draft(planned, old.id, old.version + 1), manual=old.manual) for old, planned in done.updated]
    return sorted([*changed, *done.unchanged, *done.skipped], key=lambda draft: draft.key.accounting_on)


def invoiced(draft: Draft, number: str = "2019-0042") -> Draft:
    """The draft after its invoice was issued."""
    return replace(draft, status="invoiced", invoice_no=number, version=draft.version + 1)


def _names(key: DraftKey) -> tuple[object, ...]:
    return key.client_id, key.accounting_on, key.planned_invoice_on


def _draft(planned: PlannedDraft, id_: UUID, version: int) -> Draft:
    return Draft(
        id=id_,
        campaign_id=derived_id("campaign"),
        draft_no=1,
        version=version,
        status="created",
        key=planned.key,
        sequence_no=planned.sequence_no,
        header=planned.header,
        manual=Manual(),
        lines=tuple(DraftLine(derived_id(id_, line.key), line.key, line.figures) for line in planned.lines),
    )
