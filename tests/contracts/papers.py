"""What a printed document says."""

import io

from pypdf import PdfReader


def text_of(pdf: bytes) -> str:
    """The text of all pages, its blanks evened out."""
    return "\n".join(page_texts(pdf))


def page_texts(pdf: bytes) -> list[str]:
    """The text of each page."""
    return [" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(pdf)).pages]
