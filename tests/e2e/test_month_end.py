"""The demo's month end: every figure is what the input files add up to, and every invariant holds after it."""

import subprocess
import sys
from pathlib import Path

import pytest
from pypdf import PdfReader

from tests.e2e.agency_papers import check_agency_papers

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.rule(
    "CT-LOG-10", "CT-LOG-11", "CT-CYC-03", "CT-CYC-16", "MA-REG-11", "MA-INV-24", "PI-GEN-01", "PI-RUN-07",
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
    papers = sorted(tmp_path.glob("*.pdf"))
    assert len(papers) == 25
    first = PdfReader(papers[0])
    text = first.pages[0].extract_text()
    assert "Nord Media AB" in text
    assert papers[0].stem in text
    assert "Alfa Livs AB" in text
    assert b"pdfaid:part" in papers[0].read_bytes() or "pdfaid" in str(first.xmp_metadata)
