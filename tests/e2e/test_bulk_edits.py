"""The pages of a bulk edit in every state, in three widths, both themes and both languages."""

from datetime import date
from typing import Any

import pytest

from initiatives.bulk.models import BulkEdit
from initiatives.bulk.services.asking import bulk_edit_apply, bulk_edit_undo
from initiatives.services import measure_change
from tests.e2e.browsing import DESKTOP, PHONE, TABLET, shoot
from tests.e2e.test_every_page import Look, signed_in
from tests.houses import House
from tests.initiatives.bulk.changing import prepared
from tests.initiatives.making import make_measure, make_measures
from tests.initiatives.stages import put_at

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
LOOKS = [
    Look(viewport, scheme, language)
    for viewport in (PHONE, TABLET, DESKTOP)
    for scheme in ("light", "dark")
    for language in ("en", "de")
]


@pytest.fixture
def stages(house: House) -> dict[str, BulkEdit]:
    """Previews, one that a worker is at, one that is written, one undone in part."""
    by, owner, sponsor = house.actor("pmo"), house.people["owner"], house.people["sponsor"]
    several = make_measures(house, 60)
    barred = make_measure(house, "Renegotiate castings of the second plant", sponsor=owner)
    frozen = make_measure(house, "Bundle freight", owner=sponsor)
    again = make_measures(house, 3)
    fields: dict[str, Any] = {"owner": owner, "planned_end": date(2027, 6, 30)}
    with house.active(), put_at(frozen, stage="decided"):
        everything = [barred, frozen, *several]
        found = {"working": prepared(several, by, **fields)}
        edit = prepared(everything, by, **fields)
        found["written"] = bulk_edit_apply(edit=edit, seen_version=edit.version, by=by)
        found["shown"] = prepared([barred, frozen, *again], by, **fields)
        edit = prepared(again, by, **fields, applies=True)
        measure_change(measure=again[0], seen_version=2, fields={"name": "Since"}, by=by)
        found["undone"] = bulk_edit_undo(edit=edit, seen_version=edit.version, by=by)
        BulkEdit.objects.filter(pk=found["working"].pk).update(state="applying", done=24)
    return found


def test_every_state_is_readable_everywhere(
    plain_static: None, house: House, stages: dict[str, BulkEdit], live_server: Any, new_visit: Any
) -> None:
    faults: dict[str, list[object]] = {}
    for look in LOOKS:
        visit = signed_in(house, "pmo", live_server.url, new_visit, look)
        pages = {name: f"bulk-edits/{edit.public_id}/" for name, edit in stages.items()}
        for name, path in {**pages, "all": "bulk-edits/"}.items():
            page = visit.page
            page.goto(f"{live_server.url}{house.page(path)}")
            page.wait_for_load_state("load")
            shoot(page, f"bulk-{name}-{look}")
            found: list[object] = [*visit.violations()]
            found += (["sideways"] if visit.scrolls_sideways() else []) + visit.complaints
            visit.complaints.clear()
            if found:
                faults[f"{name} {look}"] = found
    assert not faults, "\n".join(f"{name}: {found}" for name, found in faults.items())
