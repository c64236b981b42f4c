"""How to break each constraint of saved views, favourites and recent items."""

import uuid

from governance.audit.choices import AuditAction
from governance.audit.services import Subject, record
from governance.kept.models import Favourite, RecentItem
from governance.saved_views.models import PreferredView, SavedView
from tests.architecture.violations.breaking import Breaker, copies, sets
from tests.houses import House


def view(house: House) -> SavedView:
    record(
        AuditAction.SAVED_VIEW_CREATED,
        subject=Subject("saved_view", "x", "x"),
        by=house.system(),
    )
    row: SavedView = SavedView.objects.create(
        owner=house.people["owner"], page="measures", name="Mine"
    )
    return row


def preferred(house: House) -> PreferredView:
    row: PreferredView = PreferredView.objects.create(
        membership=house.people["owner"], page="measures", view=view(house)
    )
    return row


def starred(house: House) -> Favourite:
    row: Favourite = Favourite.objects.create(
        membership=house.people["owner"], kind="measure", code="M-1"
    )
    return row


def recent(house: House) -> RecentItem:
    row: RecentItem = RecentItem.objects.create(
        membership=house.people["owner"], kind="measure", code="M-1"
    )
    return row


VIOLATIONS: dict[str, Breaker] = {
    "governance_favourite_once": copies(starred),
    "governance_recent_once": copies(recent),
    "governance_view_id": copies(view, name="Other"),
    "governance_view_name_once": copies(view, public_id=lambda _h: uuid.uuid4(), name="MINE"),
    "governance_view_named": sets(view, name=""),
    "governance_view_preferred_once": copies(preferred),
}
