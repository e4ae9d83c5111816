"""What the API reference shows as examples: made-up records that belong together, and how a shape states its own."""

from typing import Any

from pydantic import ConfigDict


def example(**sent: Any) -> ConfigDict:
    """The `model_config` of a shape whose reference shows what a caller would send; a house test keeps it valid."""
    return ConfigDict(json_schema_extra={"examples": [sent]})


def example_of(shape: Any) -> dict[str, Any]:
    """The example that a shape states, or nothing."""
    extra = shape.model_config.get("json_schema_extra") or {}
    return dict(next(iter(extra.get("examples", ())), {}))


LEGAL_ENTITY = "01a0f4c2-c400-7a10-9c01-5e3b8d2f4a01"
CLIENT = "01a0f4c2-c401-7b22-8d14-6f4c9e305b12"
OTHER_CLIENT = "01a0f4c2-c402-7c34-9e25-705daf416c23"
AGENCY = "01a0f4c2-c403-7d46-af36-816eb0527d34"
AD_AGENCY = "01a0f4c2-c404-7e58-8047-927fc1638e45"
SALESPERSON = "01a0f4c2-c405-7f6a-9158-a380d2749f56"
STATION = "01a0f4c2-c406-707c-a269-b491e385a067"
STATION_GROUP = "01a0f4c2-c407-718e-b37a-c5a2f496b178"
COPY = "01a0f4c2-c408-7290-848b-d6b305a7c289"
OTHER_COPY = "01a0f4c2-c409-73a2-959c-e7c416b8d39a"
ROTATION = "01a0f4c2-c40a-74b4-a6ad-f8d527c9e4ab"
CONTRACT = "01a0f4c2-c40b-75c6-b7be-09e638daf5bc"
LINE = "01a0f4c2-c40c-76d8-88cf-1af749eb06cd"
SPOT = "01a0f4c2-c40d-77ea-99d0-2b085afc17de"
OTHER_SPOT = "01a0f4c2-c40e-78fc-aae1-3c196b0d28ef"
BREAK = "01a0f4c2-c40f-790e-bbf2-4d2a7c1e39f0"
CONFLICT = "01a0f4c2-c410-7a20-8c03-5e3b8d2f4a01"
MEDIA_TYPE = "01a0f4c2-c411-7b32-9d14-6f4c9e305b12"
MEDIA = "01a0f4c2-c412-7c44-ae25-705daf416c23"
SUPPLIER = "01a0f4c2-c413-7d56-bf36-816eb0527d34"
AGREEMENT = "01a0f4c2-c414-7e68-8047-927fc1638e45"
PAYMENT_TERMS = "01a0f4c2-c415-7f7a-9158-a380d2749f56"
PLAN = "01a0f4c2-c416-708c-a269-b491e385a067"
ORDER = "01a0f4c2-c417-719e-b37a-c5a2f496b178"
INSERTION = "01a0f4c2-c418-72a0-848b-d6b305a7c289"
OTHER_INSERTION = "01a0f4c2-c419-73b2-959c-e7c416b8d39a"
CAMPAIGN = "01a0f4c2-c41a-74c4-a6ad-f8d527c9e4ab"
CAMPAIGN_ITEM = "01a0f4c2-c41b-75d6-b7be-09e638daf5bc"
DRAFT = "01a0f4c2-c41c-76e8-88cf-1af749eb06cd"
DRAFT_LINE = "01a0f4c2-c41d-77fa-99d0-2b085afc17de"
INVOICE = "01a0f4c2-c41e-780c-aae1-3c196b0d28ef"
OTHER_INVOICE = "01a0f4c2-c41f-791e-bbf2-4d2a7c1e39f0"
WRITE_OFF = "01a0f4c2-c420-7a30-8c03-5e3b8d2f4a01"
QUEUED_PRINT = "01a0f4c2-c421-7b42-9d14-6f4c9e305b12"
TENANT = "01a0f4c2-c422-7c54-ae25-705daf416c23"
