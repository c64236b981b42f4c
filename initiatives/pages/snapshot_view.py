"""A snapshot as people read it: parts with headings, facts with labels."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise

from governance.ui.format import NOTHING
from governance.ui.parts import Fact
from initiatives.choices import Overlay, Stage
from initiatives.documents.choices import DocumentKind
from initiatives.pages.measure_forms import LABELS
from initiatives.stage_models.choices import Track

TITLES: dict[str, StrOrPromise] = {
    "measure": gettext_lazy("Measure"),
    "documents": gettext_lazy("Documents"),
    "milestones": gettext_lazy("Milestones"),
    "milestones_plan": gettext_lazy("Milestones"),
    "effects": gettext_lazy("Effects"),
    "values": gettext_lazy("Values"),
    "change": gettext_lazy("What is to change"),
}
WORDS: dict[str, StrOrPromise] = {
    **LABELS,
    "code": gettext_lazy("Code"),
    "stage": gettext_lazy("Stage"),
    "overlay": gettext_lazy("State"),
    "stage_model": gettext_lazy("Stage model"),
    "track": gettext_lazy("Track"),
    "kind": gettext_lazy("Kind"),
    "title": gettext_lazy("Title"),
    "version": gettext_lazy("Version"),
    "weight": gettext_lazy("Weight"),
    "is_critical": gettext_lazy("Critical"),
    "plan_on": gettext_lazy("Planned day"),
    "actual_on": gettext_lazy("Actual day"),
    "done_at": gettext_lazy("Done"),
    "accepted_at": gettext_lazy("Accepted"),
    "acceptor": gettext_lazy("Accepted by"),
    "evidence": gettext_lazy("Evidence"),
    "before": gettext_lazy("Before"),
    "after": gettext_lazy("After"),
}
VALUES: dict[str, Mapping[str, StrOrPromise]] = {
    "stage": dict(Stage.choices),
    "overlay": dict(Overlay.choices),
    "track": dict(Track.choices),
    "kind": dict(DocumentKind.choices),
}
SHORT_HASH, HASH = 12, 64


@dataclass(frozen=True, slots=True)
class SnapshotPart:
    """One part: single facts, and one line for each thing in a list."""

    title: str
    facts: list[Fact] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)


def snapshot_parts(snapshot: str) -> list[SnapshotPart]:
    """The parts of a snapshot (canonical JSON), the measure itself first."""
    parts: dict[str, Any] = json.loads(snapshot)
    names = sorted(parts, key=lambda name: (name != "change", name != "measure", name))
    return [_part(name, parts[name]) for name in names]


def _part(name: str, held: Any) -> SnapshotPart:
    title = str(TITLES.get(name) or _words(name))
    if isinstance(held, Mapping):
        return SnapshotPart(title, [Fact(label_of(key), _value(key, held[key])) for key in held])
    items = held if isinstance(held, list) else [held]
    return SnapshotPart(title, lines=[_value(name, item) for item in items])


def label_of(key: str) -> str:
    """What a fact is called."""
    return str(WORDS.get(key) or _words(key))


def _words(key: str) -> str:
    return key.replace("_", " ").capitalize()


def _value(key: str, value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, Mapping):
        told = [(inner, _value(inner, value[inner])) for inner in value if inner != "key"]
        return " · ".join(f"{label_of(inner)}: {text or NOTHING}" for inner, text in told)
    if isinstance(value, list):
        return ", ".join(_value(key, item) for item in value)
    text = str(VALUES.get(key, {}).get(value, value))
    return f"{text[:SHORT_HASH]}…" if len(text) == HASH and text.isalnum() else text
