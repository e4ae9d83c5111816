"""Keep invoicing's copies of the registers of contracts."""

from collections.abc import Callable, Sequence
from typing import Any

import orjson

from services.invoicing.application.settle_again import SETTLED_BY, queue_settling
from services.invoicing.repository.exchange_rates import COLUMNS, save_rates
from services.invoicing.repository.registers import columns_of, save_register
from shared.events.contracts import (
    AgencyChanged,
    AgreementChanged,
    ClientChanged,
    CopyChanged,
    ExchangeRateChanged,
    LegalEntityChanged,
    MediaChanged,
    MediaTypeChanged,
    ParameterChanged,
    PlanChanged,
    RegisterFact,
    StationChanged,
    StationGroupChanged,
    TaxChanged,
)
from shared.kernel.money import Money, currency
from shared.runtime.db import AsyncSession

# Which register a fact is about, and the columns whose stored form differs from the fact's.
_REGISTERS: dict[type[RegisterFact], tuple[str, dict[str, Callable[[Any], Any]]]] = {
    LegalEntityChanged: ("legal_entity", {}),
    ClientChanged: (
        "client",
        {"minimum_amount": lambda fact: Money.parse(fact.minimum_amount, currency(fact.currency)).minor},
    ),
    AgreementChanged: ("agreement", {}),
    PlanChanged: ("plan", {}),
    MediaChanged: ("media", {}),
    MediaTypeChanged: ("media_type", {}),
    StationChanged: ("station", {}),
    StationGroupChanged: (
        "station_group",
        {"invoice_columns": lambda fact: orjson.dumps(fact.invoice_columns).decode()},
    ),
    AgencyChanged: ("agency", {}),
    CopyChanged: ("copy", {}),
    TaxChanged: (
        "tax",
        {"parts": lambda fact: orjson.dumps([part.model_dump(mode="json") for part in fact.parts]).decode()},
    ),
}


async def keep_records(session: AsyncSession, facts: Sequence[RegisterFact]) -> None:
    """Records of one register; of several versions of a record the newest stays."""
    register, made = _REGISTERS[type(facts[0])]
    newest = {fact.id: fact for fact in sorted(facts, key=lambda fact: fact.version)}
    rows = [
        tuple(made[column](fact) if column in made else getattr(fact, column) for column in columns_of(register))
        for fact in newest.values()
    ]
    await save_register(session, register, rows)
    if register in SETTLED_BY:
        await queue_settling(session, register, newest.values())


async def keep_rates(session: AsyncSession, facts: Sequence[ExchangeRateChanged]) -> None:
    """Exchange rates; of several versions of one the newest stays."""
    newest = {fact.id: fact for fact in sorted(facts, key=lambda fact: fact.version)}
    await save_rates(session, [tuple(getattr(fact, name) for name in COLUMNS) for fact in newest.values()])


async def keep_parameters(session: AsyncSession, facts: Sequence[ParameterChanged]) -> None:
    """Parameters of legal entities, whole as they are told."""
    newest = {fact.id: fact for fact in sorted(facts, key=lambda fact: fact.version)}
    await save_register(
        session, "parameter", [(fact.id, fact.version, fact.model_dump_json()) for fact in newest.values()]
    )
