"""Forms that remember what they showed, so that a late save loses nothing of anybody."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict

from governance.audit.choices import AuditAction
from governance.audit.models import AuditEvent
from governance.audit.selectors import events_of
from governance.audit.sentences import Sentence
from governance.errors import Invalid
from governance.history import sentence_of
from governance.text import prose
from governance.web.forms import VersionedForm

MOST_SHOWN = 5


class SeenForm(VersionedForm):
    """Sends back, beside the version, what each field showed when it was opened (`seen-<field>`).

    Only what the person changed is saved. When somebody else was quicker, `merged()` keeps what
    was typed and shows everything else as it is now.
    """

    def __init__(self, data: Any = None, *, current: Mapping[str, str], **kwargs: Any) -> None:
        self.current = dict(current)
        super().__init__(data, initial=self.current, **kwargs)

    def seen(self, name: str) -> str:
        """What the field showed when the form was opened."""
        return _plain(self.data.get(f"seen-{name}", self.current[name]))

    def typed(self, name: str) -> str:
        return _plain(self.data.get(name, ""))

    @property
    def touched(self) -> list[str]:
        """Fields that the person changed."""
        return [name for name in self._open() if self.typed(name) != self.seen(name)]

    @property
    def contested(self) -> list[str]:
        """Labels of fields that both the person and somebody else changed."""
        return [
            str(self.fields[name].label)
            for name in self.touched
            if _plain(self.current[name]) not in {self.seen(name), self.typed(name)}
        ]

    def changes(self) -> dict[str, Any]:
        """Cleaned values of what the person changed, for the service."""
        return {name: self.cleaned_data[name] for name in self.touched}

    def merged(self, version: int) -> dict[str, str]:
        """Data of the same form on top of the current version."""
        touched = set(self.touched)
        return {
            "seen_version": str(version),
            **{n: self.typed(n) if n in touched else self.current[n] for n in self._open()},
            **{f"seen-{name}": self.current[name] for name in self._open()},
        }

    def seen_inputs(self) -> list[tuple[str, str]]:
        """Names and values of the hidden inputs that say what was seen."""
        shown = self.seen if self.is_bound else self.current.__getitem__
        return [(f"seen-{name}", shown(name)) for name in self._open()]

    def _open(self) -> list[str]:
        return [name for name in self.current if not self.fields[name].disabled]


def seen_version(data: QueryDict) -> int:
    """The version that a question's form carries; raises `Invalid` where it is none."""
    form = VersionedForm(data)
    if not form.is_valid():
        raise Invalid({"seen_version": [str(text) for text in form.errors["seen_version"]]})
    version: int = form.cleaned_data["seen_version"]
    return version


def disabled(field: forms.Field, reason: str) -> forms.Field:
    """The same field, shown and not to be set, with the reason under it."""
    field.disabled = True
    field.required = False
    field.help_text = reason
    return field


def changed_meanwhile(subject_type: str, code: str, *, versions: int) -> list[Sentence]:
    """What others did to a node, measure, KPI or metric in its last few versions, newest first."""
    actions = (
        AuditAction.MEASURE_CHANGED,
        AuditAction.MEASURE_MOVED,
        AuditAction.NODE_CHANGED,
        AuditAction.NODE_MOVED,
        AuditAction.KPI_CHANGED,
        AuditAction.KPI_VALUES_CHANGED,
        AuditAction.METRIC_CHANGED,
    )
    events: QuerySet[AuditEvent] = events_of(subject_type, code).filter(action__in=actions)
    return [sentence_of(event) for event in events[: max(0, min(versions, MOST_SHOWN))]]


def _plain(text: Any) -> str:
    """As browsers may rewrite it on the way: line ends and outer blanks say nothing."""
    return prose(str(text or ""))
