"""Where the apps above attach to what happens to a measure, filled in `AppConfig.ready()`."""

from collections.abc import Callable, Sequence

from governance.people.actor import Actor

BeforeDelete = Callable[[Sequence[int], Actor], None]

_before_delete: list[BeforeDelete] = []


def on_measures_delete(hook: BeforeDelete) -> None:
    """Call `hook(measure_ids, by)` in the transaction that deletes measures, before they go."""
    if hook not in _before_delete:
        _before_delete.append(hook)


def before_measures_delete(measure_ids: Sequence[int], by: Actor) -> None:
    for hook in _before_delete:
        hook(measure_ids, by)
