"""The list of escalations: how an address narrows it, and its columns as files."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from approvals.escalations.choices import EndReason, LevelOutcome, Tier
from approvals.escalations.models import Escalation
from approvals.escalations.registry import sources
from approvals.escalations.selectors import EscalationFilters, escalation_list
from approvals.pages.escalation_lines import Line, lines_of
from governance.errors import NotVisible
from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.people.models import Membership
from governance.web.lists import Cell, Chosen, Field, ListSource, Reader
from governance.web.pages import Order

MOST_LEVELS = 6
LONGEST_FIRST = Order("due", "due_at")
OPEN, OVER, ALL = "open", "over", "all"
ON_HOLD = "on_hold"


class EscalationFilterForm(forms.Form):
    """What the list is narrowed by; read from the address."""

    source = forms.ChoiceField(label=gettext_lazy("Kind"), required=False)
    level = forms.TypedChoiceField(
        label=gettext_lazy("Escalation level"),
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", gettext_lazy("All levels")), *((n, str(n)) for n in range(MOST_LEVELS + 1))],
    )
    age = forms.TypedChoiceField(
        label=gettext_lazy("Overdue for"),
        required=False,
        coerce=int,
        empty_value=None,
        choices=[
            ("", gettext_lazy("Any time")),
            (7, gettext_lazy("a week or longer")),
            (30, gettext_lazy("a month or longer")),
            (90, gettext_lazy("a quarter or longer")),
        ],
    )
    shown = forms.ChoiceField(
        label=gettext_lazy("Shown"),
        required=False,
        choices=[
            ("", gettext_lazy("Still open")),
            (OVER, gettext_lazy("Over")),
            (ALL, gettext_lazy("Open and over")),
        ],
    )
    told = forms.ChoiceField(
        label=gettext_lazy("Told"),
        required=False,
        choices=[("", gettext_lazy("Anybody")), ("me", gettext_lazy("Me"))],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = [(source.code, source.label) for source in sources()]
        field = self.fields["source"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [("", _("All kinds")), *named]

    def filters(self, by: Actor, now: datetime) -> EscalationFilters:
        """As the list takes it; what cannot be read narrows nothing."""
        data = self.cleaned_data if self.is_valid() else {}
        shown, age = data.get("shown") or OPEN, data.get("age")
        return EscalationFilters(
            source=data.get("source", ""),
            level=data.get("level"),
            is_open=None if shown == ALL else shown == OPEN,
            due_before=None if age is None else now - timedelta(days=age),
            told=by.membership_id if data.get("told") else None,
        )


def choose_escalations(query: QueryDict, by: Actor) -> Chosen[EscalationFilterForm, Escalation]:
    """The escalations that an address asks for, the longest overdue first."""
    if not by.may_anywhere(Permission.TREE_VIEW):
        raise NotVisible
    form = EscalationFilterForm(query)
    rows = escalation_list(form.filters(by, timezone.now()), by=by)
    return Chosen(form, rows, LONGEST_FIRST)


def escalation_fields(_rows: QuerySet[Escalation], _reader: Reader) -> list[Field]:
    """Columns of the list as a file."""
    states = {OPEN: gettext_lazy("open"), ON_HOLD: gettext_lazy("on hold")}
    return [
        Field("kind", _("Kind"), {source.code: source.label for source in sources()}),
        Field("code", _("Code")),
        Field("what", _("What")),
        Field("place", _("Place in the tree")),
        Field("owes", _("Who owes it")),
        Field("due_on", _("Due on")),
        Field("days", _("Business days overdue")),
        Field("level", _("Escalation level")),
        Field("tier", _("Part"), dict(Tier.choices)),
        Field("outcome", _("Outcome"), dict(LevelOutcome.choices)),
        Field("told", _("Told")),
        Field("reached_on", _("Reached on")),
        Field("next_on", _("Next level on")),
        Field("state", _("State"), {**states, **dict(EndReason.choices)}),
        Field("ended_on", _("Ended on")),
        Field("ended_by", _("Ended by")),
    ]


def escalation_cells(
    rows: Sequence[Escalation], _fields: Sequence[Field], _reader: Reader
) -> list[Sequence[Cell]]:
    """Escalations as rows of a file, each with the last level it reached."""
    return [_cells(line) for line in lines_of(rows)]


def _cells(line: Line) -> Sequence[Cell]:
    row, last = line.row, line.last
    return [
        row.source,
        row.subject_code,
        row.label,
        row.place.code,
        _email(row.owes),
        timezone.localdate(row.due_at),
        line.days,
        row.level,
        last.tier.value if last else "",
        last.outcome.value if last else "",
        ", ".join(person.email for person in last.told) if last else "",
        timezone.localdate(last.reached_at) if last else None,
        timezone.localdate(row.next_at) if row.next_at else None,
        row.end_reason or (ON_HOLD if row.stopped_at else OPEN),
        timezone.localdate(row.ended_at) if row.ended_at else None,
        _email(row.ended_by),
    ]


def _email(person: Membership | None) -> str:
    return person.email if person else ""


ESCALATIONS = ListSource(
    "escalations",
    gettext_lazy("Escalations"),
    choose_escalations,
    escalation_fields,
    escalation_cells,
)
