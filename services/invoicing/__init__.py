"""Invoicing: from billable items to gapless numbers, frozen documents and balanced vouchers.

Owns billable items, invoice runs, invoices and credit notes, number series, client-side vouchers and documents.
Tells `invoice.*` and `invoice_run.*`; hears the registers, contracts, logs and insertions of contracts and the locked
drafts of preinvoice.
"""
