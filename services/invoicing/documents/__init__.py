"""Invoices as PDF/A-3b: what a document says, and the typst templates that lay it out."""

from services.invoicing.documents.document import TEMPLATE_VERSION, document, missing_texts, render

__all__ = ["TEMPLATE_VERSION", "document", "missing_texts", "render"]
