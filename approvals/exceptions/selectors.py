"""Reading exceptions: one, those that match, those of a subject, and what they are called."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from approvals.exceptions.choices import ENDED, LIVE, UNANSWERED
from approvals.exceptions.models import GovernanceException
from approvals.exceptions.registry import kind_of
from governance.errors import NotVisible
from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.tree.models import Node
from governance.tree.rules import below
from governance.web.pages import Order

RELATIONS = ("place", "owner__user")
PEOPLE = ("opened_by__user", "asked_by__user", "decided_by__user", "verified_by__user")
MOST_PRESSING = Order("rank", "rank", is_descending=True)
LATEST_CLOSED = Order("closed", "closed_at", is_descending=True)


@dataclass(frozen=True, slots=True)
class ExceptionFilters:
    """What a list is narrowed to; empty means all. `place` is a place and all below it."""

    place: Node | None = None
    subject: str = ""
    owner: str = ""
    state: str = ""
    tier: int = 0
    category: str = ""
    source: str = ""


def visible_exceptions(by: Actor) -> QuerySet[GovernanceException]:
    """Exceptions of the places a person sees."""
    scope = below(by.scope.paths(Permission.TREE_VIEW), "place__path")
    rows: QuerySet[GovernanceException] = GovernanceException.objects.filter(scope)
    return rows.select_related(*RELATIONS)


def exceptions_matching(filters: ExceptionFilters, *, by: Actor) -> QuerySet[GovernanceException]:
    """Visible exceptions that match all filters, unordered."""
    rows = visible_exceptions(by)
    if filters.place is not None:
        rows = rows.filter(below([filters.place.path], "place__path"))
    wanted = {
        "subject_code": filters.subject,
        "owner__user__email__iexact": filters.owner,
        "state": filters.state,
        "tier": filters.tier,
        "category": filters.category,
        "source": filters.source,
    }
    return rows.filter(**{name: value for name, value in wanted.items() if value})


def owned(rows: QuerySet[GovernanceException], by: Actor) -> QuerySet[GovernanceException]:
    """Of some exceptions those that wait and belong to this person."""
    if by.membership_id is None:
        return rows.none()
    return rows.filter(owner_id=by.membership_id, state__in=LIVE)


def live(rows: QuerySet[GovernanceException]) -> QuerySet[GovernanceException]:
    """Of some exceptions those that have not ended."""
    return rows.filter(state__in=LIVE)


def overdue(rows: QuerySet[GovernanceException], now: datetime) -> QuerySet[GovernanceException]:
    """Of some exceptions those that nobody has answered by their due time."""
    return rows.filter(state__in=UNANSWERED, due_at__lt=now)


def ended(rows: QuerySet[GovernanceException]) -> QuerySet[GovernanceException]:
    """Of some exceptions those that have ended."""
    return rows.filter(state__in=ENDED)


def exception_by_code(code: str, *, by: Actor) -> GovernanceException:
    """One visible exception with its people; raises `NotVisible`."""
    if not code.isprintable():  # the database answers NUL and lone surrogates with an error
        raise NotVisible
    row: GovernanceException | None = (
        visible_exceptions(by).select_related(*PEOPLE).filter(code=code).first()
    )
    if row is None:
        raise NotVisible
    return row


def exceptions_about(
    subject_type: str, subject_ids: Iterable[int]
) -> QuerySet[GovernanceException]:
    """Every exception about some subjects of one kind, unordered."""
    rows: QuerySet[GovernanceException] = GovernanceException.objects.filter(
        subject_type=subject_type, subject_id__in=list(subject_ids)
    )
    return rows.select_related(*RELATIONS)


def subject_names(rows: Iterable[GovernanceException]) -> Mapping[tuple[str, int], str]:
    """What the subjects of some exceptions are called now; one query a kind."""
    wanted: dict[str, set[int]] = {}
    for row in rows:
        wanted.setdefault(row.subject_type, set()).add(row.subject_id)
    return {
        (kind, pk): name
        for kind, ids in wanted.items()
        for pk, name in kind_of(kind).names(ids).items()
    }


def causes_known(source: str, keys: Iterable[str]) -> set[str]:
    """Of these causes those that an exception was ever opened for; one query."""
    rows = GovernanceException.objects.filter(source=source, source_key__in=list(keys))
    return set(rows.values_list("source_key", flat=True))
