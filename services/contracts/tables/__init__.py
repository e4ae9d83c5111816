"""Contracts' rows, as the migrations make them."""

from services.contracts.tables.base import Row
from services.contracts.tables.logs import AsRunLine, IssuedInvoice, Log, LogBreak, Spot
from services.contracts.tables.media import CampaignItem, Insertion, InvoicedShare, MediaCampaign, MediaOrder
from services.contracts.tables.radio import (
    Contract,
    ContractLine,
    Counter,
    OffAirOccurrence,
    Rotation,
    RotationCursor,
    RotationItem,
)
from services.contracts.tables.registers import (
    Agency,
    Agreement,
    Client,
    Copy,
    LegalEntity,
    Media,
    Plan,
    Register,
    Salesperson,
    Station,
    Supplier,
    Tax,
)

__all__ = [
    "Agency",
    "Agreement",
    "AsRunLine",
    "CampaignItem",
    "Client",
    "Contract",
    "ContractLine",
    "Copy",
    "Counter",
    "Insertion",
    "InvoicedShare",
    "IssuedInvoice",
    "LegalEntity",
    "Log",
    "LogBreak",
    "Media",
    "MediaCampaign",
    "MediaOrder",
    "OffAirOccurrence",
    "Plan",
    "Register",
    "Rotation",
    "RotationCursor",
    "RotationItem",
    "Row",
    "Salesperson",
    "Spot",
    "Station",
    "Supplier",
    "Tax",
]
