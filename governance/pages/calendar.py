"""The calendar of business days: a year of it, proposing a version, publishing or withdrawing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.dates import MONTHS, WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from governance.calendars.choices import Weekday
from governance.calendars.models import CalendarVersion
from governance.calendars.rules import (
    FIRST_DAY,
    LAST_DAY,
    MONDAY_TO_FRIDAY,
    ONE_DAY,
    STANDARD,
    BusinessCalendar,
    Holiday,
    business_days_between,
    holidays_text,
    read_holidays,
)
from governance.calendars.selectors import today_of
from governance.calendars.services import CALENDAR, CalendarDraft, calendar_propose
from governance.pages.crumbs import status_of
from governance.pages.versions import (
    VersionPages,
    crumbs,
    home_context,
    proposed_answer,
    publish_page,
    version_context,
    withdraw_page,
)
from governance.people.choices import Permission
from governance.ui.parts import Column
from governance.versions.selectors import version_in_force, version_numbered
from governance.web.forms import refusals_in
from governance.web.requests import TenantRequest

TEXT_LENGTH = 60_000
PAGES = VersionPages(
    CALENDAR,
    title=gettext_lazy("Calendar"),
    home="governance:calendar",
    effect=gettext_lazy(
        "Deadlines of everything submitted from now on count by it. "
        "What was submitted before keeps its calendar."
    ),
    standard=gettext_lazy(
        "The standard: Monday to Friday, without holidays, until a version is published."
    ),
    first=gettext_lazy("Propose one with the holidays of your company."),
    needs=gettext_lazy(
        "Changing the calendar needs the role Administrator, Transformation office (PMO) or Head "
        "of controlling on the whole tenant."
    ),
    icon="calendar-event",
)


class HolidaysField(forms.CharField):
    """One holiday per line; each fault names its line and what was typed stays."""

    def clean(self, value: Any) -> tuple[Holiday, ...]:
        read = read_holidays(super().clean(value))
        if read.said:
            raise forms.ValidationError([str(fault) for fault in read.said])
        return read.holidays


class CalendarForm(forms.Form):
    """What the next version says."""

    working_days = forms.MultipleChoiceField(
        label=gettext_lazy("Working days"),
        choices=Weekday.choices,
        widget=forms.CheckboxSelectMultiple,
    )
    holidays = HolidaysField(
        label=gettext_lazy("Holidays"),
        required=False,
        max_length=TEXT_LENGTH,
        strip=False,
        help_text=gettext_lazy("One per line: the day, then its name: 2026-12-25 Christmas Day"),
        widget=forms.Textarea(attrs={"rows": 16, "spellcheck": "false"}),
    )

    @classmethod
    def over(cls, row: CalendarVersion | None) -> "CalendarForm":
        """Begin with what is in force."""
        days = row.weekdays if row else [Weekday.numbered(n) for n in sorted(MONDAY_TO_FRIDAY)]
        text = holidays_text(row.holiday_list) if row else ""
        return cls(initial={"working_days": [day.value for day in days], "holidays": text})

    @property
    def draft(self) -> CalendarDraft:
        days = [Weekday(value).number for value in self.cleaned_data["working_days"]]
        return CalendarDraft(days, self.cleaned_data["holidays"])


@dataclass(frozen=True, slots=True)
class MonthRow:
    """A month with its business days and holidays."""

    name: str
    business_days: int


@dataclass(frozen=True, slots=True)
class HolidayRow:
    """A holiday; on a day off it takes no business day away."""

    day: date
    weekday: str
    name: str
    is_day_off: bool


@require_safe
def calendar(request: TenantRequest, tenant_slug: str) -> HttpResponse:
    """The calendar in force, year by year, what is proposed, and all versions."""
    by = request.actor
    by.require_anywhere(Permission.TREE_VIEW)
    versions = home_context(PAGES, by)
    year = year_context(request, versions["row"])
    context = {**year, **versions, "zone": request.tenant.time_zone}
    return render(request, "governance/calendar.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def propose(request: TenantRequest, tenant_slug: str) -> HttpResponse:
    """Write down the next version; a second person publishes it (S5)."""
    by = request.actor
    by.require_anywhere(Permission.GOVERNANCE_MANAGE)
    form = CalendarForm(request.POST) if request.method == "POST" else None
    if form is not None and form.is_valid():
        with refusals_in(form):
            return proposed_answer(PAGES, request, calendar_propose(draft=form.draft, by=by))
    form = form or CalendarForm.over(version_in_force(CalendarVersion))
    context = {"form": form, "breadcrumbs": crumbs(PAGES, request, _("Propose a version"))}
    return render(request, "governance/calendar_propose.html", context, status=status_of(form))


@require_safe
def version(request: TenantRequest, tenant_slug: str, number: int) -> HttpResponse:
    """One version as it was proposed, with its history."""
    request.actor.require_anywhere(Permission.TREE_VIEW)
    row = version_numbered(CalendarVersion, number)
    context = {**year_context(request, row), **version_context(PAGES, request, row)}
    return render(request, "governance/calendar_version.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def publish(request: TenantRequest, tenant_slug: str, number: int) -> HttpResponse:
    """Ask whether to bring a proposal into force, then do it."""
    return publish_page(PAGES, request, number)


@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: TenantRequest, tenant_slug: str, number: int) -> HttpResponse:
    """Ask whether to take a proposal back, then do it."""
    return withdraw_page(PAGES, request, number)


def year_context(request: TenantRequest, row: CalendarVersion | None) -> dict[str, Any]:
    """One year of a calendar: months with their business days, holidays, and the years beside."""
    year = asked_year(request)
    counted = row.calendar if row else STANDARD
    months = months_of(year, counted)
    holidays = row.holiday_list if row else []
    return {
        "year": year,
        "before": year - 1 if year > FIRST_DAY.year else None,
        "after": year + 1 if year < LAST_DAY.year else None,
        "months": months,
        "total": sum(month.business_days for month in months),
        "holidays": holiday_rows([h for h in holidays if h.day.year == year], counted),
        "weekdays": weekday_names(counted.working_days),
        "month_columns": [
            Column("month", _("Month")),
            Column("days", _("Business days"), numeric=True),
        ],
        "holiday_columns": [
            Column("day", _("Day")),
            Column("weekday", _("Weekday")),
            Column("name", _("Holiday")),
        ],
    }


def asked_year(request: TenantRequest) -> int:
    """The year in the address if it is one that calendars know, else this year."""
    given = request.GET.get("year", "")
    if given.isascii() and given.isdigit() and len(given) == len("2026"):
        year = int(given)
        if FIRST_DAY.year <= year <= LAST_DAY.year:
            return year
    return today_of(request.tenant).year


def months_of(year: int, counted: BusinessCalendar) -> list[MonthRow]:
    starts = [date(year, month, 1) for month in MONTHS] + [date(year + 1, 1, 1)]
    return [
        MonthRow(
            str(MONTHS[start.month]),
            business_days_between(start - ONE_DAY, following - ONE_DAY, counted),
        )
        for start, following in pairwise(starts)
    ]


def holiday_rows(holidays: Sequence[Holiday], counted: BusinessCalendar) -> list[HolidayRow]:
    return [
        HolidayRow(
            holiday.day,
            str(WEEKDAYS[holiday.day.weekday()]),
            holiday.name,
            holiday.day.isoweekday() not in counted.working_days,
        )
        for holiday in holidays
    ]


def weekday_names(numbers: frozenset[int]) -> str:
    return ", ".join(str(Weekday.numbered(number).label) for number in sorted(numbers))
