"""How people call the product's tasks; apps name theirs in their `wiring.py`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django_stubs_ext import StrOrPromise

from governance.audit.labels import name_values


@dataclass(frozen=True, slots=True)
class _Words:
    choices: Sequence[tuple[str, StrOrPromise]]


_labels: dict[str, StrOrPromise] = {}


def name_tasks(labels: Mapping[str, StrOrPromise]) -> None:
    """Say what tasks do, by their names; a second call with the same changes nothing."""
    _labels.update(labels)
    name_values("task", _Words(list(labels.items())))


def task_label(task: str) -> StrOrPromise:
    """What a task does, in words; its name where nobody named it."""
    return _labels.get(task, task)


def named_tasks() -> frozenset[str]:
    """The names of all tasks that have a label."""
    return frozenset(_labels)
