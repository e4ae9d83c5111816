"""What the papers of the demo's agency month must say."""

from pathlib import Path

from pypdf import PdfReader


def check_agency_papers(folder: Path) -> None:
    """One paper of each kind, each saying what sets it apart."""
    papers = {file.name.partition("-M-")[0]: _words(file) for file in folder.glob("*.pdf")}
    assert set(papers) == {
        "several-vat-rates", "foreign-currency", "longest", "credited", "credit-note", "insertion-credit",
        "allocation-credit", "allocation-debit",
    }  # fmt: skip
    assert "VAT 25 % on commission" in papers["several-vat-rates"]
    assert "VAT 0 % on" in papers["several-vat-rates"]
    for name in ("foreign-currency", "credited", "credit-note"):
        assert "VAT in SEK" in papers[name]
    (original,) = folder.glob("credited-*.pdf")
    assert original.stem.removeprefix("credited-") in papers["credit-note"]
    assert "Thank you for your advertising" in papers["credited"]
    assert "Thank you for your advertising" not in papers["credit-note"]
    for name in ("insertion-credit", "allocation-credit"):
        assert "Credits invoice M-2026-" in papers[name]
        assert "Credit note" in papers[name]
    assert "To pay" in papers["allocation-debit"]


def _words(file: Path) -> str:
    """What a paper says, on all its pages, with plain blanks."""
    return " ".join(" ".join(page.extract_text() for page in PdfReader(file).pages).split())
