"""Parameters of legal entities, and exchange rates."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response
from pydantic import Field

from services.contracts import tables
from services.contracts.application.exchange_rates import add_rate, amend_rate, rates_listed
from services.contracts.application.parameters import amend_parameters, parameters_of
from services.contracts.repository.media import one
from services.contracts.repository.rows import table_of
from services.contracts.schemas.parameters import (
    ExchangeRatePatchShape,
    ExchangeRateShape,
    ExchangeRateView,
    ParameterPatchShape,
    ParameterView,
)
from shared.events.fields import CurrencyCode, Day
from shared.runtime.http import Db, Router, Version, needs, tag
from shared.runtime.paging import ListQuery, Page, page

router = Router(tags=["parameters"])
_rate = table_of(tables.ExchangeRate)


class RateQuery(ListQuery):
    """Filters of the list of exchange rates."""

    legal_entity_id: list[UUID] | None = None
    currency: list[CurrencyCode] | None = None
    rate_on_gte: Day | None = Field(None, alias="rate_on.gte", description="Rates that hold from this day or later.")
    rate_on_lte: Day | None = Field(None, alias="rate_on.lte", description="Rates that hold from this day or earlier.")


@router.get("/v1/legal-entities/{legal_entity_id}/parameters")
@needs("parameter:read")
async def show_parameters(legal_entity_id: UUID, session: Db, response: Response) -> ParameterView:
    """A legal entity's parameters; version 0 has the defaults."""
    found = await parameters_of(session, legal_entity_id)
    tag(response, found.version)
    return ParameterView.model_validate(found)


@router.patch("/v1/legal-entities/{legal_entity_id}/parameters")
@needs("parameter:write")
async def change_parameters(
    legal_entity_id: UUID, body: ParameterPatchShape, version: Version, session: Db, response: Response
) -> ParameterView:
    """State parameters."""
    changed = await amend_parameters(session, legal_entity_id, version, body.given())
    tag(response, changed.version)
    return ParameterView.model_validate(changed)


@router.post("/v1/exchange-rates", summary="Create exchange rate", status_code=201)
@needs("register:write")
async def create_rate(body: ExchangeRateShape, session: Db, response: Response) -> ExchangeRateView:
    """A rate from a day on."""
    created = await add_rate(session, body.model_dump())
    tag(response, created["version"])
    return ExchangeRateView.model_validate(created)


@router.get("/v1/exchange-rates", summary="List exchange rates")
@needs("register:read")
async def list_rates(session: Db, query: Annotated[RateQuery, Query()]) -> Page[ExchangeRateView]:
    """Rates by day."""
    statement = rates_listed()
    if query.legal_entity_id is not None:
        statement = statement.where(_rate.c.legal_entity_id.in_(query.legal_entity_id))
    if query.currency is not None:
        statement = statement.where(_rate.c.currency.in_(query.currency))
    if query.rate_on_gte is not None:
        statement = statement.where(_rate.c.rate_on >= query.rate_on_gte)
    if query.rate_on_lte is not None:
        statement = statement.where(_rate.c.rate_on <= query.rate_on_lte)
    return await page(session, statement, keys=(_rate.c.rate_on, _rate.c.id), query=query, shape=ExchangeRateView)


@router.get("/v1/exchange-rates/{rate_id}", summary="Show exchange rate")
@needs("register:read")
async def show_rate(rate_id: UUID, session: Db, response: Response) -> ExchangeRateView:
    """One rate."""
    found = await one(session, tables.ExchangeRate, rate_id)
    tag(response, found["version"])
    return ExchangeRateView.model_validate(found)


@router.patch("/v1/exchange-rates/{rate_id}", summary="Correct exchange rate")
@needs("register:write")
async def change_rate(
    rate_id: UUID, body: ExchangeRatePatchShape, version: Version, session: Db, response: Response
) -> ExchangeRateView:
    """Correct a rate."""
    changed = await amend_rate(session, rate_id, version, body.given())
    tag(response, changed["version"])
    return ExchangeRateView.model_validate(changed)
