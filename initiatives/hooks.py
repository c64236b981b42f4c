"""Where the apps above attach to what happens to a measure, filled in `AppConfig.ready()`."""

from collections.abc import Callable

from governance.people.actor import Actor
from initiatives.models import Measure

BeforeDelete = Callable[[Measure, Actor], None]

_before_delete: list[BeforeDelete] = []


def on_measure_delete(hook: BeforeDelete) -> None:
    """Call `hook(measure, by)` in the transaction that deletes a measure, before its row goes."""
    if hook not in _before_delete:
        _before_delete.append(hook)


def before_measure_delete(measure: Measure, by: Actor) -> None:
    for hook in _before_delete:
        hook(measure, by)
