"""Invoice distribution: queued invoices go out by e-mail, one after the other (MA-INV-30)."""

from services.invoicing.mailing.job import MAILING

__all__ = ["MAILING"]
