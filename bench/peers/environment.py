"""The peers' own virtual environment, below an ignored folder: nothing of theirs is ever installed beside ours."""

import subprocess
import sys
from pathlib import Path

_HERE = Path(__file__).parent
_REQUIREMENTS = _HERE / "requirements.txt"
_FOLDER = _HERE.parents[1] / ".local" / "peers"
_STAMP = _FOLDER / "installed.txt"
PYTHON = _FOLDER / "bin" / "python"
ADMIN = _FOLDER / "bin" / "trytond-admin"


def is_installed() -> bool:
    """Whether the environment holds what is pinned now."""
    return _STAMP.exists() and _STAMP.read_bytes() == _REQUIREMENTS.read_bytes()


def install() -> None:
    """Make the environment anew where it is missing or holds something else."""
    if is_installed():
        return
    subprocess.run([sys.executable, "-m", "venv", "--clear", _FOLDER], check=True)
    wanted = ["--quiet", "--disable-pip-version-check", "--requirement", _REQUIREMENTS]
    subprocess.run([PYTHON, "-m", "pip", "install", *wanted], check=True)
    _STAMP.write_bytes(_REQUIREMENTS.read_bytes())
