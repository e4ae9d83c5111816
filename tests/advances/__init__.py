"""Advance invoices over two services: preinvoice holds the money, invoicing the invoices that use it."""
