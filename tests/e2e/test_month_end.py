"""The demo's month end: every figure is what the input files add up to, and every invariant holds after it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from pypdf import PdfReader

from tests.e2e.agency_papers import check_agency_papers

ROOT = Path(__file__).resolve().parents[2]
EXPECTED = ROOT / "examples" / "month-end" / "expected.json"


@pytest.mark.rule(
    "CT-LOG-10", "CT-LOG-11", "CT-CYC-02", "CT-CYC-03", "CT-CYC-04", "CT-CYC-06", "CT-CYC-07", "CT-CYC-08", "CT-CYC-09",
    "CT-CYC-15", "CT-CYC-16", "CT-CYC-18", "CT-ROT-30", "MA-REG-11", "MA-INV-24", "PI-GEN-01", "PI-RUN-07",
    "MA-GEN-03", "MA-GEN-10", "MA-REG-21", "MA-REG-23", "MA-INS-15", "MA-INV-04", "MA-INV-20", "MA-CRD-03", "MA-CRD-04",
    "MA-CRD-09", "MA-CRD-14", "MA-CRD-15",
)  # fmt: skip
def test_the_month_end_runs_from_import_to_documents(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "deploy", "demo", "--papers", str(tmp_path), "--insertions", "1000"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    check_agency_papers(tmp_path / "agency")
    papers = {path.stem: PdfReader(path) for path in tmp_path.glob("*.pdf")}
    contracts = json.loads(EXPECTED.read_text(encoding="utf-8"))["contracts"]
    assert len([name for name in papers if name.startswith("confirmation-")]) == len(contracts) == 14
    assert len(papers) == 14 + 23 + 10 + 1, "confirmations, invoices of contracts, of plans, of a campaign"
    for name, paper in papers.items():
        assert ("Confirmation" if name.startswith("confirmation-") else name) in _text(paper), name
        assert b"pdfaid:part" in (tmp_path / f"{name}.pdf").read_bytes(), name
    said = " ".join(map(_text, papers.values()))
    for words in (
        "Nord Media AB", "Alfa Livs AB", "Billed in advance for the whole schedule",
        "Billed in advance: this lists what was broadcast", "Breakdown by copy", "Subscribed and sworn",
    ):  # fmt: skip
        assert words.lower() in said.lower(), words


@pytest.mark.rule("CT-HDR-22", "CT-HDR-23")
def test_the_example_has_every_billing_cycle_and_every_invoice_type() -> None:
    contracts = json.loads(EXPECTED.read_text(encoding="utf-8"))["contracts"].values()
    cycles = {"none", "calendar", "broadcast", "weekly", "end_of_schedule", "begin_of_schedule"}
    types = {"none", "detail", "summary", "time", "time_rates", "co_op_notarized_affidavit"}
    assert ({one["billing_cycle"] for one in contracts}, {one["invoice_type"] for one in contracts}) == (cycles, types)
    states = {(one["billing_cycle"], invoice["state"]) for one in contracts for invoice in one["invoices"]}
    assert states == {(cycle, state) for cycle in cycles - {"none"} for state in ("issued", "gathering")}


def _text(paper: PdfReader) -> str:
    return " ".join(" ".join(page.extract_text() for page in paper.pages).split())
