"""The kinds of work that wait for people; apps register theirs in `AppConfig.ready()`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django_stubs_ext import StrOrPromise

from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.tenancy.models import Tenant

# Beyond it a number only says "many".
MOST_COUNTED = 99


@dataclass(frozen=True, slots=True)
class WorkLine:
    """One thing that waits. `path` is where it is done, below the tenant's address."""

    label: str
    path: str
    code: str = ""
    note: str = ""
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Work:
    """How much waits, counted up to one more than `MOST_COUNTED`, and the most urgent of it."""

    count: int = 0
    lines: Sequence[WorkLine] = ()


Look = Callable[[Actor, Tenant, int], Work]


@dataclass(frozen=True, slots=True)
class WorkKind:
    """One kind of work.

    `look(by, tenant, most)` finds what waits for a person, with at most so many lines; it makes a
    fixed number of queries. `page` is the name of the page where it is done, by which the
    navigation counts it, and `path` where all of it stands, below the tenant's address; `is_told`
    marks what one waits for oneself, which no count includes.
    """

    code: str
    label: StrOrPromise
    icon: str
    position: int
    look: Look
    page: str = ""
    path: str = ""
    permission: Permission = Permission.TREE_VIEW
    is_told: bool = False


_kinds: dict[str, WorkKind] = {}


def register_work(kind: WorkKind) -> None:
    """Make a kind known; registering the same code again replaces it."""
    _kinds[kind.code] = kind


def work_kinds(by: Actor) -> list[WorkKind]:
    """The kinds that may wait for this person at all, in their order."""
    kinds = sorted(_kinds.values(), key=lambda kind: kind.position)
    return [kind for kind in kinds if by.may_anywhere(kind.permission)]
