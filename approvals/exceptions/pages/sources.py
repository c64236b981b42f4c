"""The list of exceptions: how an address narrows it, and its columns as files."""

from collections.abc import Sequence

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from approvals.exceptions.choices import (
    Category,
    ExceptionOutcome,
    ExceptionSource,
    ExceptionState,
    Tier,
)
from approvals.exceptions.labels import headline
from approvals.exceptions.models import GovernanceException
from approvals.exceptions.selectors import (
    LATEST_CLOSED,
    MOST_PRESSING,
    ExceptionFilters,
    ended,
    exceptions_matching,
    live,
    overdue,
    owned,
    subject_names,
)
from governance.errors import Invalid, NotVisible
from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.people.models import Membership
from governance.tree.selectors import node_named
from governance.web.forms import LineField
from governance.web.lists import Cell, Chosen, Field, ListSource, Reader
from governance.web.pages import Order
from governance.web.serializers import CODE_LENGTH

MINE, OPEN, OVERDUE, CLOSED = "mine", "open", "overdue", "closed"
TABS = (MINE, OPEN, OVERDUE, CLOSED)
TAB, CURSOR = "tab", "cursor"


class ExceptionFilterForm(forms.Form):
    """What the list is narrowed by; empty means all."""

    place = LineField(
        label=gettext_lazy("Below"),
        required=False,
        max_length=CODE_LENGTH,
        widget=forms.TextInput(attrs={"placeholder": gettext_lazy("Code, such as PG-001")}),
    )
    tier = forms.ChoiceField(
        label=gettext_lazy("Tier"),
        required=False,
        choices=[("", gettext_lazy("All tiers")), *Tier.choices],
    )
    category = forms.ChoiceField(
        label=gettext_lazy("Category"),
        required=False,
        choices=[("", gettext_lazy("All categories")), *Category.choices],
    )
    source = forms.ChoiceField(
        label=gettext_lazy("Opened by"),
        required=False,
        choices=[("", gettext_lazy("All sources")), *ExceptionSource.choices],
    )

    @property
    def active(self) -> int:
        return sum(1 for value in self.cleaned_data.values() if value)

    def filters(self, by: Actor) -> ExceptionFilters:
        """What a valid form says; raises `Invalid` for a place that nobody sees there."""
        data = self.cleaned_data
        return ExceptionFilters(
            place=node_named(data["place"], by=by, field="place"),
            tier=int(data["tier"] or 0),
            category=data["category"],
            source=data["source"],
        )


def parsed(query: QueryDict) -> ExceptionFilterForm:
    """The filters of an address; raises `Invalid` naming each it refuses."""
    known = {*ExceptionFilterForm.base_fields, TAB, CURSOR}
    errors = {name: [_("There is no such filter here.")] for name in query if name not in known}
    errors |= {
        name: [_("Give this filter once.")] for name in query if len(query.getlist(name)) > 1
    }
    form = ExceptionFilterForm(query)
    if not form.is_valid():
        errors |= {name: [str(text) for text in texts] for name, texts in form.errors.items()}
    if query.get(TAB, "") not in {"", *TABS}:
        errors[TAB] = [_("Choose one of the list.")]
    if errors:
        raise Invalid(errors)
    return form


def in_tab(
    rows: QuerySet[GovernanceException], tab: str, by: Actor
) -> QuerySet[GovernanceException]:
    """Those of some exceptions that a tab shows."""
    if tab == MINE:
        return owned(rows, by)
    if tab == OVERDUE:
        return overdue(rows, timezone.now())
    return ended(rows) if tab == CLOSED else live(rows)


def order_of(tab: str) -> Order:
    """The most pressing first; of those that ended the latest."""
    return LATEST_CLOSED if tab == CLOSED else MOST_PRESSING


def choose_exceptions(
    query: QueryDict, by: Actor
) -> Chosen[ExceptionFilterForm, GovernanceException]:
    """The exceptions that an address asks for; without a tab those that are open."""
    if not by.may_anywhere(Permission.TREE_VIEW):
        raise NotVisible
    form, tab = parsed(query), query.get(TAB, "") or OPEN
    rows = in_tab(exceptions_matching(form.filters(by), by=by), tab, by)
    return Chosen(form, rows, order_of(tab))


def exception_fields(_rows: QuerySet[GovernanceException], _reader: Reader) -> list[Field]:
    """Columns of the list as a file."""
    return [
        Field("code", _("Code")),
        Field("title", _("Exception")),
        Field("source", _("Opened by"), dict(ExceptionSource.choices)),
        Field("about", _("Concerns")),
        Field("about_name", _("Name")),
        Field("place", _("Place in the tree")),
        Field("category", _("Category"), dict(Category.choices)),
        Field("tier", _("Tier"), {str(tier.value): tier.label for tier in Tier}),
        Field("state", _("State"), dict(ExceptionState.choices)),
        Field("owner", _("Owner")),
        Field("amount", _("Money at stake")),
        Field("currency", _("Currency")),
        Field("delay_days", _("Delay in days")),
        Field("reach", _("Reach")),
        Field("opened_on", _("Opened on")),
        Field("due_on", _("Due on")),
        Field("outcome", _("Outcome"), dict(ExceptionOutcome.choices)),
        Field("decided_on", _("Decided on")),
        Field("closed_on", _("Closed on")),
    ]


def exception_cells(
    rows: Sequence[GovernanceException], _fields: Sequence[Field], _reader: Reader
) -> list[Sequence[Cell]]:
    """Exceptions as rows of a file; one query for the names of each kind of subject."""
    names = subject_names(rows)
    return [
        [
            row.code,
            headline(row.source, row.title),
            row.source,
            row.subject_code,
            names.get((row.subject_type, row.subject_id), ""),
            row.place.code,
            row.category,
            str(row.tier),
            row.state,
            _email(row.owner),
            row.amount,
            row.currency,
            row.delay_days,
            row.reach,
            timezone.localdate(row.opened_at),
            timezone.localdate(row.due_at),
            row.outcome,
            timezone.localdate(row.decided_at) if row.decided_at else None,
            timezone.localdate(row.closed_at) if row.closed_at else None,
        ]
        for row in rows
    ]


def _email(person: Membership | None) -> str:
    return person.email if person else ""


EXCEPTIONS = ListSource(
    "exceptions",
    gettext_lazy("Exceptions"),
    choose_exceptions,
    exception_fields,
    exception_cells,
)
