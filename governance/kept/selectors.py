"""Reading favourites and recent items; what somebody may not see any more is left out."""

from collections.abc import Iterable
from typing import Any

from governance.errors import NotVisible
from governance.kept.models import Favourite, RecentItem
from governance.kept.registry import KeptItem, find_kept
from governance.people.actor import Actor

MOST_RECENT, MOST_FAVOURITES = 20, 100


def favourites_of(by: Actor) -> list[KeptItem]:
    """What a person starred, the newest first; one query and a few for each kind."""
    rows = Favourite.objects.filter(membership=by.membership_id or 0).order_by("-id")
    return _items(rows.values_list("kind", "code")[:MOST_FAVOURITES], by)


def recent_items_of(by: Actor) -> list[KeptItem]:
    """What a person opened, the last first."""
    rows = RecentItem.objects.filter(membership=by.membership_id or 0).order_by("-seen_at", "-id")
    return _items(rows.values_list("kind", "code")[:MOST_RECENT], by)


def is_favourite(kind: str, code: str, *, by: Actor) -> bool:
    """Whether a person starred something; one query."""
    mine = Favourite.objects.filter(membership=by.membership_id or 0)
    return bool(mine.filter(kind=kind, code=code).exists())


def kept_item(kind: str, code: str, *, by: Actor) -> KeptItem:
    """One thing that a person may star; raises `NotVisible`."""
    found = find_kept(kind, [code], by).get(code) if code.isprintable() else None
    if found is None:
        raise NotVisible
    return found


def _items(pairs: Iterable[Any], by: Actor) -> list[KeptItem]:
    wanted = list(pairs)
    kinds = dict.fromkeys(kind for kind, _code in wanted)
    found = {
        kind: find_kept(kind, [code for other, code in wanted if other == kind], by)
        for kind in kinds
    }
    return [found[kind][code] for kind, code in wanted if code in found[kind]]
