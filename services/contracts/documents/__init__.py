"""What contracts prints, shows on screen and exports: confirmations (CT-DOC) and spot detail (CT-LOG-16)."""

from services.contracts.documents.confirmation import confirmation, confirmations
from services.contracts.documents.kinds import MEDIA_TYPES, Format
from services.contracts.documents.spot_sheet import ROWS_MAX, spot_sheet

__all__ = ["MEDIA_TYPES", "ROWS_MAX", "Format", "confirmation", "confirmations", "spot_sheet"]
