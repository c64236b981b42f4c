"""Who stands at a tier of what is overdue, and which of them can be told."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from approvals.escalations.choices import LevelOutcome, Tier
from approvals.escalations.registry import Overdue
from governance.masterdata.choices import Seat
from governance.masterdata.selectors import live_seats
from governance.people.choices import Permission, Role
from governance.people.models import Membership
from governance.people.rules import Scope
from governance.permissions.selectors import members_with, scope_of
from governance.tree.choices import Level
from governance.tree.models import Node


@dataclass(frozen=True, slots=True)
class Addressed:
    """Whom a level reaches, or why it reaches nobody; `missing` are names of those who left."""

    outcome: LevelOutcome
    people: tuple[Membership, ...] = ()
    missing: str = ""

    @property
    def is_empty(self) -> bool:
        """Nobody heard of it, so that the next level is not waited for."""
        return self.outcome in {LevelOutcome.VACANT, LevelOutcome.LEFT}


class Chain:
    """The people above several overdue things; what is asked twice is read once."""

    def __init__(self, items: Iterable[Overdue]) -> None:
        self.items = list(items)
        places = {item.place_id for item in self.items}
        self.places: dict[int, Node] = {n.pk: n for n in Node.objects.filter(pk__in=places)}
        above = {pk for node in self.places.values() for pk in node.ancestor_ids}
        rows = Node.objects.filter(pk__in=above).select_related("owner__user", "sponsor__user")
        self.nodes: dict[int, Node] = {node.pk: node for node in rows}
        self.members = _members({pk for item in self.items for pk in _named(item)})
        self.chairs = _chairs({item.forum for item in self.items if item.forum is not None})
        self.heads: dict[int, list[Membership]] = {}
        self.scopes: dict[int, Scope] = {}

    def address(self, tier: Tier, item: Overdue, *, told: set[int]) -> Addressed:
        """Whom a tier reaches now; nobody twice, nobody who left or may not see it."""
        named = self._at(tier, item)
        if not named:
            return Addressed(LevelOutcome.VACANT)
        path = self.places[item.place_id].path
        able = tuple(p for p in named if p.is_live and p.user.is_active and self._sees(p, path))
        if not able:
            names = ", ".join(person.name for person in named)
            return Addressed(LevelOutcome.LEFT, missing=names[:200])
        fresh = tuple(person for person in able if person.pk not in told)
        return Addressed(LevelOutcome.TOLD if fresh else LevelOutcome.ALREADY, fresh)

    def _at(self, tier: Tier, item: Overdue) -> Sequence[Membership]:
        if tier is Tier.OWES:
            return [self.members[pk] for pk in item.owes if pk in self.members]
        if tier is Tier.FORUM_CHAIR:
            return self.chairs.get(item.forum or 0, [])
        if tier is Tier.HEAD_OF_CONTROLLING:
            return self._heads(item.place_id)
        if tier is Tier.SPONSOR:
            return self._sponsors(item)
        return self._lead(item, Level.PACKAGE if tier is Tier.PACKAGE_LEAD else Level.PROGRAM)

    def _above(self, place_id: int) -> list[Node]:
        """The nodes from a place up to the root."""
        return [self.nodes[pk] for pk in reversed(self.places[place_id].ancestor_ids)]

    def _lead(self, item: Overdue, level: Level) -> list[Membership]:
        """The owner at a level; a package without one, as a default one, is led by its project."""
        levels = {level, Level.PROJECT} if level is Level.PACKAGE else {level}
        for node in self._above(item.place_id):
            if node.level in levels and node.owner is not None:
                return [node.owner]
        return []

    def _sponsors(self, item: Overdue) -> list[Membership]:
        """The subject's sponsor, else that of the nearest place above it."""
        if item.sponsor in self.members:
            return [self.members[item.sponsor]]
        named = (node.sponsor for node in self._above(item.place_id) if node.sponsor is not None)
        return list(named)[:1]

    def _heads(self, place_id: int) -> list[Membership]:
        if place_id not in self.heads:
            found = members_with(Role.HEAD_OF_CONTROLLING, self.places[place_id])
            self.heads[place_id] = list(found)
        return self.heads[place_id]

    def _sees(self, person: Membership, path: str) -> bool:
        """A notice names what it is about, so it goes to those who may see that."""
        if person.pk not in self.scopes:
            self.scopes[person.pk] = scope_of(person.pk)
        return self.scopes[person.pk].allows(Permission.TREE_VIEW, path)


def _named(item: Overdue) -> list[int]:
    return [pk for pk in (*item.owes, item.sponsor) if pk is not None]


def _members(ids: Iterable[int]) -> dict[int, Membership]:
    rows = Membership.objects.filter(pk__in=list(ids)).select_related("user")
    return {row.pk: row for row in rows}


def _chairs(forums: Iterable[int]) -> dict[int, list[Membership]]:
    found: dict[int, list[Membership]] = {}
    rows = live_seats().filter(forum_id__in=list(forums), seat=Seat.CHAIR)
    for seat in rows.select_related("membership__user").order_by("id"):
        found.setdefault(seat.forum_id, []).append(seat.membership)
    return found
