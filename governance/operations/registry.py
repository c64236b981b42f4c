"""Which queues are watched and who reads the broker; apps fill it in `AppConfig.ready()`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits in the active tenant, and since when."""

    count: int
    oldest_at: datetime | None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the stored totals of the active tenant are.

    `changed` is what people changed and no worker has computed yet; `done` of `total` places
    are computed since all of them were to be computed anew at `begun_at`.
    """

    changed: Waiting
    done: int
    total: int
    begun_at: datetime | None

    @property
    def is_complete(self) -> bool:
        return self.done >= self.total


@dataclass(frozen=True, slots=True)
class Watched:
    """A queue of the database.

    `name` is its label in the metrics, `work` its word for `tenants_with_work`, and `look` counts
    what waits in the active tenant.
    """

    name: str
    work: str
    look: Callable[[], Waiting]


_watched: dict[str, Watched] = {}
_broker: list[Callable[[], Mapping[str, int]]] = []
_progress: list[Callable[[], Progress]] = []


def watch(queue: Watched) -> None:
    """Watch one more queue; a second call under the same name replaces the first."""
    _watched[queue.name] = queue


def watched() -> tuple[Watched, ...]:
    return tuple(_watched.values())


def set_broker_reader(read: Callable[[], Mapping[str, int]]) -> None:
    """Tell how the lengths of the broker's queues are read; the task module does so once."""
    _broker[:] = [read]


def broker_reader() -> Callable[[], Mapping[str, int]] | None:
    return _broker[0] if _broker else None


def set_progress_reader(read: Callable[[], Progress]) -> None:
    """Tell how far stored totals are read; the app that stores them does so once."""
    _progress[:] = [read]


def progress_of_totals() -> Progress | None:
    """How far the stored totals of the active tenant are; None where no app stores any."""
    return _progress[0]() if _progress else None
