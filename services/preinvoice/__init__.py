"""Draft pre-invoices and billing runs.

Owns     draft pre-invoices, their lines, billing runs and what became of each draft in them.
Tells    draft_pre_invoice.*, draft_generation.*, billing_run.*
Hears    contracts: legal_entity.changed, client.changed, campaign.booked, campaign.changed
         invoicing: invoice.issued, invoice.refused
"""
