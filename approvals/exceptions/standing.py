"""Who may do what with an exception: one answer for buttons and services (S1 to S11)."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from approvals.exceptions.choices import Act, Tier
from approvals.exceptions.models import GovernanceException
from approvals.exceptions.registry import Parties, parties_of
from approvals.exceptions.rules import next_tier, state_refusal
from approvals.selectors import delegated_to
from approvals.sod import SegregationOfDuties
from governance.errors import Conflict, DomainError, Forbidden
from governance.masterdata.choices import Seat
from governance.masterdata.selectors import live_seats
from governance.people.actor import Actor
from governance.people.choices import Permission, Role
from governance.people.models import Membership
from governance.people.rules import covers
from governance.permissions.selectors import members_with, seeing
from governance.tree.choices import Level
from governance.tree.models import Node

FINANCE_ROLES = frozenset({Role.CONTROLLER, Role.HEAD_OF_CONTROLLING, Role.SECOND_FINANCE})


@dataclass(frozen=True, slots=True)
class Bench:
    """Who answers an exception now: those of its tier, else the next tier that has somebody."""

    tier: Tier
    people: tuple[Membership, ...]

    @property
    def ids(self) -> frozenset[int]:
        return frozenset(person.pk for person in self.people)

    @property
    def names(self) -> str:
        return ", ".join(person.name for person in self.people)


@dataclass(frozen=True, slots=True)
class Standing:
    """What one person stands to in an exception; built once per request."""

    row: GovernanceException
    by: Actor
    bench: Bench
    parties: Parties
    # Whose voice this person carries where they do not sit on the bench themselves (G7).
    voice: Membership | None
    owns_above: bool

    def refusal(self, act: Act) -> DomainError | None:
        """Why this person may not do it now, as the error a service raises; None if they may."""
        error = _CHECKS[act](self)
        if error is None and (code := state_refusal(act, self.row.known_state)):
            return Conflict(code)
        return error

    def require(self, act: Act) -> None:
        """Raise `Forbidden` where it is not theirs to do, whatever the state allows."""
        if error := _CHECKS[act](self):
            raise error

    @property
    def barred(self) -> frozenset[int]:
        return barred_from(self.row, self.parties)


def standing_of(row: GovernanceException, by: Actor) -> Standing:
    """The standing of a person; a fixed number of queries (at most nine)."""
    parties = parties_of(row)
    nodes = _nodes_above(row.place)
    bench = bench_of(row, parties, nodes)
    me = by.membership_id
    owners = {person for node in nodes for person in (node.owner_id, node.sponsor_id)}
    return Standing(
        row, by, bench, parties, _voice(row, bench, by), owns_above=me is not None and me in owners
    )


def barred_from(row: GovernanceException, parties: Parties) -> frozenset[int]:
    """Who never decides: who asked, who owns the exception, and who owns what it is about (S1)."""
    ids = {row.asked_by_id, row.owner_id, *parties.owners}
    return frozenset(pk for pk in ids if pk is not None)


def bench_of(
    row: GovernanceException, parties: Parties | None = None, nodes: list[Node] | None = None
) -> Bench:
    """Who answers now: the exception's own tier, or the first above it in which somebody may."""
    parties = parties or parties_of(row)
    nodes = _nodes_above(row.place) if nodes is None else nodes
    barred, tier = barred_from(row, parties), row.known_tier
    while True:
        people = _eligible(_people_of(tier, row, parties, nodes), barred, row.place)
        above = next_tier(tier)
        if people or above is None:
            return Bench(tier, people)
        tier = above


def _people_of(
    tier: Tier, row: GovernanceException, parties: Parties, nodes: list[Node]
) -> list[Membership]:
    if row.is_finance:
        return _finance(tier, row, parties)
    if tier is Tier.LOCAL:
        own = [row.place.pk] if row.place.known_level is Level.PACKAGE else []
        leads = [node.owner for node in nodes if node.pk in own and node.owner]
        return [*leads, *_members([parties.sponsor])]
    if tier is Tier.CROSS_FUNCTIONAL:
        return [
            node.owner
            for node in nodes
            if node.owner and node.known_level in {Level.PROJECT, Level.PROGRAM}
        ]
    chairs = _chairs(parties.forum) if parties.forum else []
    return chairs or [
        person
        for node in nodes
        if node.known_level is Level.PORTFOLIO
        for person in (node.owner, node.sponsor)
        if person
    ]


def _finance(tier: Tier, row: GovernanceException, parties: Parties) -> list[Membership]:
    """Finance answers what is finance's: the controller, then the heads of controlling (T17)."""
    if tier is Tier.LOCAL and parties.controller:
        return _members([parties.controller])
    return list(members_with(Role.HEAD_OF_CONTROLLING, row.place))


def _eligible(
    people: Iterable[Membership], barred: frozenset[int], place: Node
) -> tuple[Membership, ...]:
    """Live members of the client who see the place, each once, none of those kept out (S1, S7)."""
    found = {
        person.pk: person
        for person in people
        if person.is_live and not person.is_consultant and person.pk not in barred
    }
    sighted = seeing(found, place)
    return tuple(person for pk, person in found.items() if pk in sighted)


def _members(ids: Iterable[int | None]) -> list[Membership]:
    wanted = [pk for pk in ids if pk is not None]
    return list(Membership.objects.filter(pk__in=wanted).select_related("user")) if wanted else []


def _chairs(forum_id: int) -> list[Membership]:
    rows = live_seats().filter(forum_id=forum_id, seat=Seat.CHAIR)
    return [seat.membership for seat in rows.select_related("membership__user").order_by("id")]


def _nodes_above(place: Node) -> list[Node]:
    """The place and everything above it, the nearest first, with owners and sponsors."""
    nodes = Node.objects.filter(pk__in=place.ancestor_ids)
    return list(nodes.select_related("owner__user", "sponsor__user").order_by("-level"))


def _voice(row: GovernanceException, bench: Bench, by: Actor) -> Membership | None:
    """Whose voice this person carries by a delegation that covers the place (G7)."""
    if by.membership_id is None or by.membership_id in bench.ids or by.is_consultant:
        return None
    if row.is_finance and not FINANCE_ROLES & set(by.scope.roles_at(row.path)):
        return None
    given = (one for one in delegated_to(by.membership_id) if covers(one.place.path, row.path))
    return next((one.delegator for one in given if one.delegator_id in bench.ids), None)


# --- one check an act ---------------------------------------------------------------------------


def _assign(at: Standing) -> DomainError | None:
    by, row = at.by, at.row
    is_sponsor = by.membership_id is not None and by.membership_id == at.parties.sponsor
    is_finance = row.is_finance and by.may(Permission.VALUE_VALIDATE, row.path)
    if by.may(Permission.NODE_EDIT, row.path) or at.owns_above or is_sponsor or is_finance:
        return None
    return Forbidden("exception_assigned_by_others")


def _ask(at: Standing) -> DomainError | None:
    is_owner = at.by.membership_id is not None and at.by.membership_id == at.row.owner_id
    return None if is_owner else Forbidden("exception_asked_by_owner")


def _decide(at: Standing) -> DomainError | None:
    me = at.by.membership_id
    if me is not None and me in at.barred:
        return SegregationOfDuties("S1")
    if me is not None and (me in at.bench.ids or at.voice is not None):
        return None
    return _decided_by_others(at)


def _decided_by_others(at: Standing) -> DomainError:
    if at.by.is_consultant:
        return SegregationOfDuties("S7")
    if at.by.scope.roles_at(at.row.path) == (Role.AUDITOR,):
        return SegregationOfDuties("S10")
    if not at.bench.people:
        return Forbidden("exception_nobody_decides")
    text = _("This is decided by %(names)s.") % {"names": at.bench.names}
    return Forbidden("exception_decided_by_others", text)


def _verify(at: Standing) -> DomainError | None:
    by, row = at.by, at.row
    if by.membership_id is not None and by.membership_id in {row.owner_id, *at.parties.owners}:
        return SegregationOfDuties("S1")
    if by.is_consultant:
        return SegregationOfDuties("S7")
    is_finance = by.may(Permission.VALUE_VALIDATE, row.path)
    is_pmo = not row.is_finance and by.may(Permission.NODE_EDIT, row.path)
    if by.membership_id is not None and (is_finance or is_pmo):
        return None
    return Forbidden("exception_verified_by_others")


_CHECKS = {Act.ASSIGN: _assign, Act.ASK: _ask, Act.DECIDE: _decide, Act.VERIFY: _verify}
