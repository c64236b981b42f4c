"""Documents and milestones of an imported measure stand against the undo of its import."""

from typing import Any

import pytest

from exchange.services.undoing import import_undo
from exchange.undo_checks import built_upon
from governance.errors import Conflict
from initiatives.models import Measure
from tests.exchange.importing import applied, checked
from tests.houses import House
from tests.initiatives.papers import add_document, add_milestone


@pytest.mark.parametrize("add", [add_document, add_milestone])
def test_what_was_added_to_an_imported_measure_is_not_taken_away(in_alpha: House, add: Any) -> None:
    by = in_alpha.actor("pmo")
    rows = f"name,project\nImported,{in_alpha.project.code}\n".encode()
    run = applied(checked(rows, "measures", by=by), by=by)
    assert built_upon(run) == []
    add(in_alpha, Measure.objects.select_related("package").get(name="Imported"), who="pmo")
    assert len(built_upon(run)) == 1
    with pytest.raises(Conflict, match="built_upon"):
        import_undo(run=run, seen_version=run.version, by=by)
