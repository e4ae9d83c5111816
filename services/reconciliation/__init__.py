"""Reconciliation: what the media billed against what the clients paid.

Owns media invoices and their postings in the purchase ledger, discrepancies, write-offs and moves. Hears insertions and
registers from contracts, issued and reversed invoices from invoicing; tells `media_invoice.*` and `discrepancy.*`.
"""
