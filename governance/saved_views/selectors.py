"""Reading saved views: one's own, and those that are shared with everybody."""

import uuid

from django.db.models import Exists, OuterRef, Q, QuerySet

from governance.errors import NotVisible
from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.saved_views.models import PreferredView, SavedView

MOST_SHOWN = 100


def _preferred(by: Actor) -> QuerySet[PreferredView]:
    rows: QuerySet[PreferredView] = PreferredView.objects.filter(
        membership=by.membership_id or 0, view=OuterRef("pk")
    )
    return rows


def views_for(by: Actor, *, page: str = "") -> QuerySet[SavedView]:
    """Views a person may open, unordered: own ones and shared ones, each with `is_preferred`."""
    seen = Q(owner=by.membership_id or 0)
    if by.may_anywhere(Permission.TREE_VIEW):  # without any role there is no page to open
        seen |= Q(is_shared=True)
    rows: QuerySet[SavedView] = SavedView.objects.filter(seen, deleted_at__isnull=True)
    if page:
        rows = rows.filter(page=page)
    return rows.select_related("owner__user").annotate(is_preferred=Exists(_preferred(by)))


def shown_views(page: str, by: Actor) -> list[SavedView]:
    """The views that a page offers: the preferred one, own ones, those of others; one query."""
    is_own = Q(owner=by.membership_id or 0)
    rows = views_for(by, page=page).annotate(is_first=Exists(_preferred(by)), is_own=is_own)
    return list(rows.order_by("-is_first", "-is_own", "name", "id")[:MOST_SHOWN])


def view_by_id(public_id: str | uuid.UUID, *, by: Actor) -> SavedView:
    """One view that the person may open; raises `NotVisible`."""
    found = views_for(by).filter(public_id=public_id).first()
    if found is None:
        raise NotVisible
    return found


def deleted_view(public_id: str | uuid.UUID, *, by: Actor) -> SavedView:
    """A view of one's own that was deleted; raises `NotVisible`."""
    rows = SavedView.objects.filter(owner=by.membership_id or 0, deleted_at__isnull=False)
    found: SavedView | None = rows.filter(public_id=public_id).first()
    if found is None:
        raise NotVisible
    return found


def may_change(view: SavedView, by: Actor) -> bool:
    """Whether a person may rename, share or delete a view: one's own, or a shared one by right."""
    is_own = by.membership_id is not None and view.owner_id == by.membership_id
    return is_own or (view.is_shared and by.may_anywhere(Permission.VIEW_SHARE))
