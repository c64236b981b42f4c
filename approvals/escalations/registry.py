"""Where overdue things come from; apps register their sources in `ready()`."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django_stubs_ext import StrOrPromise

from approvals.escalations.choices import EndReason
from approvals.escalations.rules import Days
from governance.people.actor import Actor
from governance.people.models import Membership


@dataclass(frozen=True, slots=True)
class Overdue:
    """One thing that is owed.

    `key` is stable as long as the same thing is owed for the same day. `link` is its page below
    the tenant's address. `owes` are memberships' ids; `sponsor` and `forum` those of its subject,
    where they are not the place's. Clocks run from `runs_from`, which is `due_at` unless people are
    told before. While `is_stopped` they stand (G10).
    """

    key: str
    subject_type: str
    subject_id: int
    code: str
    label: str
    link: str
    place_id: int
    due_at: datetime
    owes: tuple[int, ...] = ()
    sponsor: int | None = None
    forum: int | None = None
    runs_from: datetime | None = None
    is_stopped: bool = False

    @property
    def clock_from(self) -> datetime:
        return self.runs_from or self.due_at


@dataclass(frozen=True, slots=True)
class Settled:
    """How something stopped being owed, and by whom where somebody did it."""

    reason: EndReason = EndReason.OBSOLETE
    by: int | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """One kind of overdue things.

    `due(now)` finds what is owed in the active tenant with a fixed number of queries; `settled`
    says of keys that are no longer among it what became of them. `reached(key, told, by)` hears
    of a level that told people, in the transaction of that level. `shipped` holds until a policy
    is published.
    """

    code: str
    label: StrOrPromise
    is_finance: bool
    shipped: Days
    due: Callable[[datetime], Iterable[Overdue]]
    settled: Callable[[Sequence[str]], Mapping[str, Settled]]
    reached: Callable[[str, Sequence[Membership], Actor], None] | None = None


_sources: dict[str, Source] = {}


def register(source: Source) -> None:
    """Make a source known; registering the same code again replaces it."""
    _sources[source.code] = source


def sources() -> tuple[Source, ...]:
    """All sources in a stable order."""
    return tuple(_sources[code] for code in sorted(_sources))


def source_label(code: str) -> StrOrPromise:
    """What a source is called; its code where no app knows it any more."""
    source = _sources.get(code)
    return source.label if source else code
