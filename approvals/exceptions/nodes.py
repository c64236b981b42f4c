"""Places of the tree as subjects of exceptions."""

from collections.abc import Iterable, Sequence

from django.urls import reverse

from approvals.exceptions.choices import ExceptionOutcome
from approvals.exceptions.models import GovernanceException
from approvals.exceptions.registry import ExceptionSubject, Parties, SubjectKind
from governance.errors import NotVisible
from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.tree.choices import Level
from governance.tree.models import Node
from governance.tree.selectors import node_by_code

LEVELS = (Level.PORTFOLIO, Level.PROGRAM, Level.PROJECT, Level.PACKAGE)


def _find(code: str, by: Actor) -> ExceptionSubject:
    node = node_by_code(code, by=by)
    if node.known_level is Level.TENANT:
        raise NotVisible
    return ExceptionSubject(node.known_level.word, node.pk, node.code, node.name, node)


def _names(ids: Iterable[int]) -> dict[int, str]:
    return dict(Node.objects.filter(pk__in=list(ids)).values_list("pk", "name"))


def _parties(ids: Sequence[int]) -> dict[int, Parties]:
    rows = Node.objects.filter(pk__in=list(ids)).values_list("pk", "owner_id", "sponsor_id")
    return {
        pk: Parties(frozenset({owner} if owner else ()), sponsor) for pk, owner, sponsor in rows
    }


def _may_open(subject: ExceptionSubject, by: Actor) -> bool:
    is_theirs = by.membership_id in {subject.place.owner_id, subject.place.sponsor_id}
    return by.may(Permission.NODE_EDIT, subject.place.path) or (
        by.membership_id is not None and is_theirs
    )


def _url(code: str, place: Node, slug: str) -> str:
    return reverse(place.known_level.page, args=[slug, code])


def _next_step(_code: str, _place: Node, _slug: str, _outcome: ExceptionOutcome) -> str:
    """Only measures pass gates (H6)."""
    return ""


def exception_hold(node_ids: Sequence[int]) -> str:
    """A refusal code where an exception was ever opened at one of these nodes; one query."""
    found = GovernanceException.objects.filter(place__in=list(node_ids)).exists()
    return "subject_has_exceptions" if found else ""


NODES = SubjectKind(_find, _names, _parties, _may_open, _url, _next_step)
