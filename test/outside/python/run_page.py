"""Runs the Python of docs/python.md from top to bottom, as a reader would, but for what is marked `no-run`."""

import os
import re
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent.parent
sys.path.insert(0, str(ROOT / "python"))

page = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
names: dict = {}
with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    for match in re.finditer(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL):
        line = page[: match.start(1)].count("\n")
        exec(compile("\n" * line + match[1], "docs/python.md", "exec"), names)
    if Path("correlations.png").read_bytes()[:4] != b"\x89PNG":
        sys.exit("docs/python.md: no plot was drawn")
    os.chdir(ROOT)
