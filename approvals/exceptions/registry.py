"""What kinds of things exceptions are about, and when causes have gone; apps fill it at start."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from approvals.exceptions.choices import ExceptionOutcome, ExceptionSource
from approvals.exceptions.models import GovernanceException
from governance.errors import NotVisible
from governance.people.actor import Actor
from governance.tree.models import Node


@dataclass(frozen=True, slots=True)
class ExceptionSubject:
    """What an exception is about, and the node at which it stands."""

    type: str
    id: int
    code: str
    name: str
    place: Node


@dataclass(frozen=True, slots=True)
class Parties:
    """Who stands to a subject, by membership ids; `owners` never decide about it (S1)."""

    owners: frozenset[int] = frozenset()
    sponsor: int | None = None
    controller: int | None = None
    forum: int | None = None


@dataclass(frozen=True, slots=True)
class SubjectKind:
    """A kind of subject, as far as exceptions need to know it.

    `find(code, by)` raises `NotVisible`; `names(ids)` and `parties(ids)` take one query or two.
    `may_open(subject, by)`: whether this person edits it. `url(code, place, slug)` is its page.
    `next_step(code, place, slug, outcome)`: where the move that an outcome names is asked for;
    empty where there is none. An exception moves nothing by itself (G1).
    """

    find: Callable[[str, Actor], ExceptionSubject]
    names: Callable[[Iterable[int]], dict[int, str]]
    parties: Callable[[Sequence[int]], Mapping[int, Parties]]
    may_open: Callable[[ExceptionSubject, Actor], bool]
    url: Callable[[str, Node, str], str]
    next_step: Callable[[str, Node, str, ExceptionOutcome], str]


# Of open exceptions of one source those whose cause has gone, by their ids.
Gone = Callable[[Sequence[GovernanceException]], set[int]]

_kinds: dict[str, SubjectKind] = {}
_gone: dict[ExceptionSource, Gone] = {}


def register(subject_type: str, kind: SubjectKind) -> None:
    """Tell what a kind of subject is; registering it again replaces it."""
    _kinds[subject_type] = kind


def kind_of(subject_type: str) -> SubjectKind:
    return _kinds[subject_type]


def parties_of(row: GovernanceException) -> Parties:
    """Who stands to what an exception is about; nobody where that is gone."""
    return kind_of(row.subject_type).parties([row.subject_id]).get(row.subject_id, Parties())


def register_gone(source: ExceptionSource, gone: Gone) -> None:
    """Tell how one sees that causes of a source have gone; registering it again replaces it."""
    _gone[source] = gone


def gone_of(source: ExceptionSource) -> Gone | None:
    return _gone.get(source)


def subject_named(code: str, *, by: Actor) -> ExceptionSubject:
    """What a person means by a code, of whatever kind; raises `NotVisible`."""
    for find in dict.fromkeys(kind.find for kind in _kinds.values()):
        for spelled in dict.fromkeys((code, code.upper())):
            try:
                return find(spelled, by)
            except NotVisible:
                continue
    raise NotVisible
