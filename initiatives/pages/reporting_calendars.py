"""Reporting calendars: what holds where, proposing a version, publishing or withdrawing it (R1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from governance.calendars.choices import Weekday
from governance.calendars.selectors import current_calendar
from governance.pages.crumbs import status_of
from governance.pages.versions import (
    VERSIONS_SHOWN,
    VersionPages,
    crumbs,
    draft_refusals,
    proposed_answer,
    publish_page,
    version_context,
    withdraw_page,
)
from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.templatetags.ui import day
from governance.tree.choices import Level
from governance.tree.models import Node
from governance.tree.selectors import node_named, visible_nodes
from governance.ui.parts import Column, Fact
from governance.web.forms import DayField, refusals_in
from governance.web.requests import TenantRequest
from initiatives.rhythm.choices import ReportRhythm
from initiatives.rhythm.models import ReportingCalendar
from initiatives.rhythm.rules import MOST_BUSINESS_DAY, MOST_GRACE, ReportingPeriod, RhythmTerms
from initiatives.rhythm.selectors import (
    calendar_version,
    calendar_versions,
    calendars_in_force,
    calendars_proposed,
    rhythms_of,
)
from initiatives.rhythm.services import REPORTING_CALENDAR, reporting_calendar_propose

PAGES = VersionPages(
    REPORTING_CALENDAR,
    title=gettext_lazy("Reporting calendars"),
    home="initiatives:reporting-calendars",
    effect=gettext_lazy(
        "It holds from now on. Measures without an update in a period that it counts as missed "
        "turn grey at once."
    ),
    standard=gettext_lazy("No calendar is published: nobody owes updates."),
    first=gettext_lazy("Propose one for all programs, or for a single one."),
    needs=gettext_lazy(
        "Changing reporting calendars needs the role Administrator, Transformation office (PMO) "
        "or Head of controlling on the whole tenant."
    ),
    icon="calendar",
)


@dataclass(frozen=True, slots=True)
class CalendarLine:
    """What holds in the tenant or in a program: in words, and the period that runs."""

    row: ReportingCalendar
    words: str
    running: ReportingPeriod | None


class RhythmForm(forms.Form):
    """What the next version says, and where it is to hold."""

    program = forms.ChoiceField(label=gettext_lazy("Holds in"), required=False)
    rhythm = forms.ChoiceField(label=gettext_lazy("Rhythm"), choices=ReportRhythm.choices)
    weekday = forms.TypedChoiceField(
        label=gettext_lazy("Due weekday"),
        choices=[(day.number, day.label) for day in Weekday],
        coerce=int,
        help_text=gettext_lazy("For weekly and two-weekly rhythms. A holiday moves it on."),
    )
    business_day = forms.IntegerField(
        label=gettext_lazy("Due business day"),
        min_value=1,
        max_value=MOST_BUSINESS_DAY,
        help_text=gettext_lazy("For monthly rhythms: the third business day of the month is 3."),
    )
    due_time = forms.TimeField(
        label=gettext_lazy("Due time"),
        input_formats=["%H:%M"],
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
    )
    grace_days = forms.IntegerField(
        label=gettext_lazy("Grace in business days"),
        min_value=0,
        max_value=MOST_GRACE,
        help_text=gettext_lazy("After it a measure without an update is stale (L4)."),
    )
    starts_on = DayField(
        label=gettext_lazy("First day"),
        help_text=gettext_lazy("Periods are counted from this day on."),
    )

    def __init__(self, data: Any, programs: Sequence[Node]) -> None:
        super().__init__(data, initial=None if data is not None else first_terms())
        named = [(node.code, f"{node.code} {node.name}") for node in programs]
        field: Any = self.fields["program"]
        field.choices = [("", _("All programs without a calendar of their own")), *named]

    @property
    def terms(self) -> RhythmTerms:
        given = {name: value for name, value in self.cleaned_data.items() if name != "program"}
        return RhythmTerms(**given | {"rhythm": ReportRhythm(given["rhythm"])})


def first_terms() -> dict[str, Any]:
    """What a proposal begins with."""
    shipped = RhythmTerms()
    return {
        "rhythm": shipped.rhythm.value,
        "weekday": shipped.weekday,
        "business_day": shipped.business_day,
        "due_time": shipped.due_time,
        "grace_days": shipped.grace_days,
        "starts_on": timezone.localdate(),
    }


@require_safe
def reporting_calendars(request: TenantRequest, tenant_slug: str) -> HttpResponse:
    """What holds where, what waits for a second person, and all versions."""
    by = request.actor
    by.require_anywhere(Permission.TREE_VIEW)
    rhythms = rhythms_of(request.tenant, current_calendar())
    context = {
        "pages": PAGES,
        "lines": [
            CalendarLine(row, words_of(row.terms), rhythms.standing_of(row.terms).running)
            for row in calendars_in_force(by)
        ],
        "line_columns": [
            Column("place", _("Holds in")),
            Column("rhythm", _("Rhythm")),
            Column("due", _("Next due")),
            Column("published", _("Published by")),
        ],
        "drafts": [(row, draft_refusals(PAGES, row, by)) for row in calendars_proposed(by)],
        "versions": list(calendar_versions(by)[:VERSIONS_SHOWN]),
        "version_columns": [
            Column("number", _("Version")),
            Column("place", _("Holds in")),
            Column("state", _("State")),
            Column("proposed", _("Proposed by")),
            Column("published", _("Published by")),
        ],
        "propose_refusal": (
            "" if by.may_anywhere(Permission.GOVERNANCE_MANAGE) else str(PAGES.needs)
        ),
    }
    return render(request, "initiatives/reporting_calendars.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def propose(request: TenantRequest, tenant_slug: str) -> HttpResponse:
    """Write down the next version; a second person publishes it (S5)."""
    by = request.actor
    by.require_anywhere(Permission.GOVERNANCE_MANAGE)
    form = RhythmForm(request.POST if request.method == "POST" else None, programs_of(by))
    if form.is_bound and form.is_valid():
        with refusals_in(form):
            code = form.cleaned_data["program"]
            program = node_named(code, by=by, level=Level.PROGRAM, field="program")
            row = reporting_calendar_propose(terms=form.terms, program=program, by=by)
            return proposed_answer(PAGES, request, row)
    context = {"form": form, "breadcrumbs": crumbs(PAGES, request, _("Propose a version"))}
    template = "initiatives/reporting_calendar_propose.html"
    return render(request, template, context, status=status_of(form))


def programs_of(by: Actor) -> list[Node]:
    """The programs that may get a rhythm of their own."""
    return list(visible_nodes(by).filter(level=Level.PROGRAM).order_by("code"))


@require_safe
def version(request: TenantRequest, tenant_slug: str, number: int) -> HttpResponse:
    """One version as it was proposed, with its history."""
    request.actor.require_anywhere(Permission.TREE_VIEW)
    row = calendar_version(number, by=request.actor)
    context = {**version_context(PAGES, request, row), "facts": facts_of(row)}
    return render(request, "governance/version.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def publish(request: TenantRequest, tenant_slug: str, number: int) -> HttpResponse:
    """Ask whether to bring a proposal into force, then do it."""
    return publish_page(PAGES, request, number)


@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: TenantRequest, tenant_slug: str, number: int) -> HttpResponse:
    """Ask whether to take a proposal back, then do it."""
    return withdraw_page(PAGES, request, number)


def facts_of(row: ReportingCalendar) -> list[Fact]:
    """What a version says, line by line."""
    place = f"{row.program.code} {row.program.name}" if row.program else _("All other programs")
    terms = row.terms
    facts = [Fact(_("Holds in"), place), Fact(_("Rhythm"), str(terms.rhythm.label))]
    if terms.rhythm is ReportRhythm.MONTHLY:
        facts.append(Fact(_("Due business day"), str(terms.business_day)))
    else:
        facts.append(Fact(_("Due weekday"), str(Weekday.numbered(terms.weekday).label)))
    return [
        *facts,
        Fact(_("Due time"), terms.due_time.isoformat("minutes")),
        Fact(_("Grace in business days"), str(terms.grace_days)),
        Fact(_("First day"), day(terms.starts_on)),
    ]


def words_of(terms: RhythmTerms) -> str:
    """What a version says as one sentence."""
    said = {
        "day": str(Weekday.numbered(terms.weekday).label),
        "number": terms.business_day,
        "time": terms.due_time.isoformat("minutes"),
    }
    sentences = {
        ReportRhythm.WEEKLY: _("Every week, due on %(day)s at %(time)s"),
        ReportRhythm.FORTNIGHTLY: _("Every two weeks, due on %(day)s at %(time)s"),
        ReportRhythm.MONTHLY: _("Every month, due on business day %(number)s at %(time)s"),
    }
    grace = ngettext(
        "%(count)s business day of grace", "%(count)s business days of grace", terms.grace_days
    )
    return f"{sentences[terms.rhythm] % said}, {grace % {'count': terms.grace_days}}"
