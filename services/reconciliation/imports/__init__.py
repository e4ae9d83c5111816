"""The CSV files reconciliation takes."""

from services.reconciliation.imports.media_invoices import MEDIA_INVOICES
from shared.runtime.imports import Imports

IMPORTS: Imports = {MEDIA_INVOICES.name: MEDIA_INVOICES}
