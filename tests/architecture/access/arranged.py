"""Samples of what people arrange for themselves: tokens, exports, views, bulk edits."""

from dataclasses import replace
from datetime import date

from exchange.exports.making import Wanted
from exchange.exports.services import export_request
from exchange.models import Export
from governance.people.choices import TokenScope
from governance.people.models import ApiToken
from governance.people.services import token_create
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


def token(house: House, name: str) -> ApiToken:
    return token_create(
        membership=house.people[name],
        name="sample",
        scopes=[TokenScope.READ],
        days=1,
        by=house.actor(name),
    ).token


def export(house: House, name: str) -> Export:
    """A file of somebody's own; a guest, who may take nothing out, had roles once."""
    asked = Wanted("measures", "q=nothing-of-this-name")
    by = house.actor("executive" if name == "guest" else name)
    by = replace(by, membership_id=house.people[name].pk)
    return export_request(wanted=asked, tenant=house.tenant, by=by)
