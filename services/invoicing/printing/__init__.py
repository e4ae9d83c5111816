"""Printing: issued invoices once and for ever, open ones as proofs (PI-RUN-12, CT-ITY-13, CT-LIF-20)."""

from services.invoicing.printing.job import PRINTING
from services.invoicing.printing.shown import print_now, shown

__all__ = ["PRINTING", "print_now", "shown"]
