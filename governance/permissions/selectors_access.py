"""Answering who sees a place, what a person sees, and why somebody sees a place or does not."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Case, Exists, OuterRef, Q, QuerySet, TextField, Value, When
from django.db.models.functions import Concat
from django.utils import timezone
from django.utils.translation import gettext as _

from governance.errors import Invalid, NotVisible
from governance.people.actor import Actor
from governance.people.choices import Permission, Role
from governance.people.models import Membership
from governance.people.rules import RIGHTS
from governance.people.selectors import SORT_NAME
from governance.permissions.models import NodeGrant
from governance.permissions.places import Place, place_by_code, place_of
from governance.permissions.rules_access import (
    Right,
    Standing,
    Verdict,
    gives,
    is_live,
    judge,
    rights_of,
    standing_of,
)
from governance.permissions.selectors import ROLE_NAMES
from governance.tree.rules import below
from governance.tree.selectors import ancestors_of

RELATIONS = ("permission", "content_object", "membership__user", "granted_by__user")
SHOWING = [role.value for role in Role if Permission.TREE_VIEW in RIGHTS[role]]
ORDER = ("content_object__path", "permission__codename", "id")


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked: about a place, a person, or a person at a place."""

    place: Place | None
    person: Membership | None


@dataclass(frozen=True, slots=True)
class Reached:
    """One person and a place: seen or not, by which grants, and what they allow there."""

    member: Membership
    verdict: Verdict[NodeGrant]
    rights: list[Right]


@dataclass(frozen=True, slots=True)
class Audience:
    """Of some people, those who see a place and those whose grants show it no longer."""

    sees: list[Reached]
    no_longer: list[Reached]


@dataclass(frozen=True, slots=True)
class Holding:
    """Everything a person reaches, and the grants that show nothing any more."""

    standing: Standing
    live: list[NodeGrant]
    no_longer: list[NodeGrant]


@dataclass(frozen=True, slots=True)
class Link:
    """One step from the root down to a place, with the person's grants on it."""

    place: Place
    grants: list[NodeGrant]
    is_last: bool


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why one person sees one place, or does not."""

    reached: Reached
    chain: list[Link]


def question_of(node: str, person: str, *, by: Actor) -> Question:
    """The place and the person that were named, if `by` may ask about them.

    Oneself may be asked about by everybody; others and whole audiences need `PEOPLE_VIEW`, over
    the place where there is one. Raises `Invalid` by field and `Forbidden`.
    """
    is_oneself = bool(person) and person.strip().lower() == by.email.lower()
    if not is_oneself:
        by.require_anywhere(Permission.PEOPLE_VIEW)
    errors, place, member = {}, None, None
    if node:
        try:
            place = place_by_code(node, by=by)
        except NotVisible:
            errors["node"] = [_("There is no place with the code %(code)s.") % {"code": node}]
    if person:
        member = member_ever(person)
        if member is None:
            text = _("%(email)s is not a member of this tenant.")
            errors["person"] = [text % {"email": person}]
    if place is not None and not is_oneself:
        by.require(Permission.PEOPLE_VIEW, place.path)
    if errors:
        raise Invalid(errors)
    return Question(place, member)


def member_ever(email: str) -> Membership | None:
    """Somebody who is or was a member, by e-mail."""
    if not email.isprintable():
        return None
    rows = Membership.objects.select_related("user")
    row: Membership | None = rows.filter(user__email__iexact=email.strip()).first()
    return row


def standing(member: Membership, today: date) -> Standing:
    """Whether a membership lets its person in today."""
    return standing_of(
        has_ended=member.ended_at is not None,
        last_day=member.valid_until,
        is_active=member.user.is_active,
        today=today,
    )


def audience_rows(place: Place) -> QuerySet[Membership]:
    """Everybody with a grant on a place or above; `rank_name` puts first who sees it, by name."""
    today = timezone.now().date()
    on = Q(content_object__in=place.node.ancestor_ids)
    granted = NodeGrant.objects.filter(on, membership=OuterRef("pk"), is_pending=False)
    holds = Q(valid_until__isnull=True) | Q(valid_until__gte=today)
    showing = granted.filter(holds, permission__codename__in=SHOWING)
    sees = holds & Q(ended_at__isnull=True, user__is_active=True) & Q(Exists(showing))
    rank = Case(When(sees, then=Value("0")), default=Value("1"), output_field=TextField())
    rows: QuerySet[Membership] = Membership.objects.select_related("user")
    rows = rows.filter(Exists(granted.filter(permission__codename__in=ROLE_NAMES)))
    return rows.annotate(rank_name=Concat(rank, SORT_NAME))


def audience_of(place: Place, members: Sequence[Membership]) -> Audience:
    """By which grants these people of an audience see a place, in their order; one query."""
    today = timezone.now().date()
    rows = _all_grants().filter(content_object__in=place.node.ancestor_ids, membership__in=members)
    held: dict[int, list[NodeGrant]] = {}
    for grant in rows.order_by(*ORDER):
        held.setdefault(grant.membership_id, []).append(grant)
    reached = [_reached(member, place, held.get(member.pk, []), today) for member in members]
    return Audience(
        [one for one in reached if one.verdict.sees],
        [one for one in reached if not one.verdict.sees],
    )


def holding_of(member: Membership, *, by: Actor) -> Holding:
    """What a person reaches, as far as `by` sees people; of oneself everything. One query."""
    today = timezone.now().date()
    state = standing(member, today)
    grants = _held_by(member, by)
    live = [
        grant
        for grant in grants
        if state is Standing.LIVE and is_live(grant, today) and Permission.TREE_VIEW in gives(grant)
    ]
    return Holding(state, live, [grant for grant in grants if grant not in live])


def explained(member: Membership, place: Place, *, by: Actor) -> Explanation:
    """Why a person sees a place or does not, with the way down to it; two queries."""
    grants = _held_by(member, by)
    reached = _reached(member, place, grants, timezone.now().date())
    return Explanation(reached, _chain(place, grants))


def _reached(member: Membership, place: Place, grants: Sequence[NodeGrant], today: date) -> Reached:
    verdict = judge(grants, path=place.path, standing=standing(member, today), today=today)
    return Reached(member, verdict, rights_of(verdict.grants))


def _chain(place: Place, grants: Sequence[NodeGrant]) -> list[Link]:
    nodes = ancestors_of([place.node])
    steps = [place_of(nodes[pk]) for pk in place.node.ancestor_ids]
    if not place.is_node:
        steps.append(place)
    on: dict[int, list[NodeGrant]] = {}
    for grant in grants:
        on.setdefault(grant.content_object_id, []).append(grant)
    return [
        Link(step, on.get(step.node.pk, []) if step.is_node else [], step is steps[-1])
        for step in steps
    ]


def _all_grants() -> QuerySet[NodeGrant]:
    """Grants of roles the product knows, run out or not; what waits opens nothing yet (S6)."""
    rows: QuerySet[NodeGrant] = NodeGrant.objects.filter(
        permission__codename__in=ROLE_NAMES, is_pending=False
    )
    return rows.select_related(*RELATIONS)


def _held_by(member: Membership, by: Actor) -> list[NodeGrant]:
    """A person's grants: on, below or above what the asker sees of people; one's own all."""
    rows = _all_grants().filter(membership=member)
    if member.pk != by.membership_id:
        paths = by.scope.paths(Permission.PEOPLE_VIEW)
        above = {int(part) for path in paths for part in path.split("/") if part}
        rows = rows.filter(below(paths, "content_object__path") | Q(content_object__in=above))
    return list(rows.order_by(*ORDER))
