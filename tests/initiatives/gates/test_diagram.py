"""`docs/gates.md` shows the table of transitions as it is."""

import os
import re
from pathlib import Path

from django.utils import translation

from initiatives.gates.diagram import markdown_table, mermaid

DOCS = Path(__file__).parents[3] / "docs" / "gates.md"


def test_the_diagram_in_the_docs_is_the_table() -> None:
    with translation.override("en"):
        blocks = {"diagram": f"```mermaid\n{mermaid()}\n```", "table": markdown_table()}
    text = DOCS.read_text(encoding="utf-8")
    fresh = text
    for name, block in blocks.items():
        pattern = rf"(<!-- generated: {name} -->\n).*?(<!-- end -->)"
        fresh = re.sub(
            pattern, lambda m, block=block: f"{m[1]}{block}\n{m[2]}", fresh, flags=re.DOTALL
        )
    if os.environ.get("TOLLGATE_SNAPSHOTS") == "write":
        DOCS.write_text(fresh, encoding="utf-8")
    assert text == fresh, "run this test with TOLLGATE_SNAPSHOTS=write"
