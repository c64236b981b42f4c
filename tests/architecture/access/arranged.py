"""Samples of what people arrange for themselves: saved views, changes of many measures."""

from datetime import date

from governance.saved_views.models import SavedView
from governance.saved_views.services import ViewDraft, saved_view_create, saved_view_delete
from initiatives.bulk.models import BulkEdit
from initiatives.bulk.services.asking import BulkDraft, bulk_edit_prepare
from initiatives.models import Measure
from tests.houses import House


def bulk(house: House, measure: Measure) -> BulkEdit:
    """A change of many measures that waits to be written."""
    draft = BulkDraft([measure.pk], {"planned_end": date(2030, 1, 1)})
    return bulk_edit_prepare(draft=draft, by=house.actor("pmo"))


def views(house: House) -> dict[str, SavedView]:
    """A view that is shared, one that is not, and one that was deleted; all of one person."""
    by = house.actor("pmo")
    found = {}
    for name in ("shared", "own", "deleted"):
        draft = ViewDraft("measures", name, "stage=identified", is_shared=name == "shared")
        found[name] = saved_view_create(draft=draft, by=by)
    saved_view_delete(view=found["deleted"], seen_version=1, by=by)
    return found
