# ruff: noqa: INP001  a script, not a package
"""Write the reference pages anew: `python docs/render.py`."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "shape"))

from rendering import render_pages  # noqa: E402  it lies beside the test that compares

for name, page in render_pages().items():
    (ROOT / "docs" / "reference" / name).write_text(page, encoding="utf-8")
