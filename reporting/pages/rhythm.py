"""The page of the transformation office: who keeps the rhythm, and a nudge for many (R3)."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from governance.errors import Forbidden, Invalid
from governance.ui.charts import Chart, Kind, Series, Unit
from governance.ui.parts import Column
from governance.web.csv_files import csv_file, csv_text
from governance.web.requests import TenantRequest
from initiatives.choices import GovernabilityField
from initiatives.gates.transitions import TABLE
from initiatives.pages.reporting_calendars import words_of
from reporting.period_reports.models import PeriodReport
from reporting.rules_rhythm import AGE_BOUNDS, PERIODS_COUNTED, Aged
from reporting.selectors_rhythm import (
    READS,
    RUNS,
    OwnerLine,
    ProgramLine,
    RhythmView,
    rhythm_view,
)
from reporting.services_rhythm import owners_nudge

MOST_BARS = 15
# Beyond these a page says how many there are; the file and the API have them all.
MOST_PROGRAMS, MOST_OWNERS = 100, 100
TONES = ("green", "brand", "amber", "red")


@require_http_methods(["GET", "HEAD", "POST"])
def rhythm(request: TenantRequest, tenant_slug: str) -> HttpResponse:
    """Programs and owners by their rates, gates by age; chosen owners are nudged."""
    require_sight(request)
    if request.method == "POST":
        request.actor.require_anywhere(RUNS)
        return _nudge(request)
    view = rhythm_view(request.actor, request.tenant)
    return render(request, "reporting/rhythm.html", _context(request, view))


@require_safe
def owners_csv(request: TenantRequest, tenant_slug: str) -> HttpResponse:
    """The owners with their exact rates."""
    require_sight(request)
    view = rhythm_view(request.actor, request.tenant)
    header = (
        "owner", "email", "measures", "owed", "late", "missed", "waiting", "stale", "overriding",
        "lateness", "override_rate", "forecast_bias",
    )  # fmt: skip
    return csv_file("rhythm-owners", header, [_owner_row(line) for line in view.owners])


def require_sight(request: TenantRequest) -> None:
    """Whoever runs the rhythm somewhere, or reads everything; raises `Forbidden`."""
    may = request.actor.may_anywhere
    if not (may(RUNS) or may(READS)):
        raise Forbidden


def _owner_row(line: OwnerLine) -> Sequence[object]:
    kept = line.kept
    rates = (kept.lateness, kept.override_rate, line.bias.ratio)
    return (
        csv_text(line.owner.name),
        csv_text(line.owner.user.email),
        kept.measures,
        kept.owed,
        kept.late,
        kept.missed,
        kept.waiting,
        kept.stale,
        kept.overriding,
        *("" if rate is None else f"{rate:.4f}" for rate in rates),
    )


def _nudge(request: TenantRequest) -> HttpResponse:
    try:
        people = [UUID(text) for text in request.POST.getlist("owner")]
    except ValueError as error:
        raise Invalid({"owner": [_("Choose owners of this page.")]}) from error
    if not people:
        messages.info(request, _("Nobody was chosen, so nobody was reminded."))
        return redirect(request.get_full_path())
    told, before = owners_nudge(people=people, tenant=request.tenant, by=request.actor)
    text = ngettext("%(count)s owner was reminded.", "%(count)s owners were reminded.", told)
    if told:
        messages.success(request, text % {"count": told})
    if before:
        text = ngettext(
            "%(count)s owner had been reminded today already.",
            "%(count)s owners had been reminded today already.",
            before,
        )
        messages.info(request, text % {"count": before})
    if not told and not before:
        messages.info(request, _("Nothing is owed by the people you chose."))
    return redirect(request.get_full_path())


def _context(request: TenantRequest, view: RhythmView) -> dict[str, Any]:
    slug = request.tenant.slug
    may_nudge = request.actor.may_anywhere(RUNS)
    return {
        "view": view,
        "programs": [_program(line, view) for line in _latest(view)],
        "more_programs": max(len(view.programs) - MOST_PROGRAMS, 0),
        "owners": view.owners[:MOST_OWNERS],
        "more_owners": max(len(view.owners) - MOST_OWNERS, 0),
        "unsigned_columns": _unsigned_columns(),
        "program_columns": [
            Column("program", _("Program")),
            Column("rhythm", _("Rhythm")),
            Column("due", _("Next due")),
            Column("measures", _("Owe updates"), numeric=True),
            Column("waiting", _("Late now"), numeric=True),
            Column("stale", _("Stale"), numeric=True),
            Column("overriding", _("Overriding"), numeric=True),
            Column("lateness", _("Lateness"), numeric=True),
            Column("report", _("Last report")),
        ],
        "owner_columns": [
            Column("choose", _("Choose"), hide_label=True),
            Column("owner", _("Owner")),
            Column("measures", _("Owes updates"), numeric=True),
            Column("waiting", _("Late now"), numeric=True),
            Column("stale", _("Stale"), numeric=True),
            Column("lateness", _("Lateness"), numeric=True),
            Column("overrides", _("Overrides"), numeric=True),
            Column("bias", _("Forecast bias"), numeric=True),
        ],
        "missing": _missing(view, slug),
        "lateness_chart": lateness_chart(view, slug),
        "bias_chart": bias_chart(view, slug),
        "gate_chart": gate_chart(view),
        "nudge_refusal": "" if may_nudge else _("The transformation office (PMO) reminds owners."),
        "periods": PERIODS_COUNTED,
    }


def _latest(view: RhythmView) -> list[ProgramLine]:
    """The programs in which most is late, by their codes."""

    def weight(line: ProgramLine) -> tuple[int, int]:
        return -line.kept.waiting, -line.kept.stale

    shown = sorted(view.programs, key=weight)[:MOST_PROGRAMS]
    return sorted(shown, key=lambda line: line.program.code)


def _program(line: ProgramLine, view: RhythmView) -> tuple[ProgramLine, str, PeriodReport | None]:
    """A program with its calendar in words and its last report."""
    words = words_of(line.terms) if line.terms else ""
    return line, words, view.signatures.last.get(line.program.pk)


def _unsigned_columns() -> list[Column]:
    return [
        Column("node", _("Place")),
        Column("level", _("Level")),
        Column("lead", _("Lead")),
        Column("due", _("Period to")),
    ]


def _missing(view: RhythmView, slug: str) -> list[tuple[str, int, str]]:
    """What is missing, the most frequent first, each with the list of the measures."""
    url = reverse("initiatives:measures", args=[slug])
    found = [
        (str(field.label), view.missing[field.value], f"{url}?missing={field.value}")
        for field in GovernabilityField
        if view.missing[field.value]
    ]
    return sorted(found, key=lambda row: -row[1])


def age_names() -> list[str]:
    """The buckets in words."""
    first, *rest = AGE_BOUNDS
    names = [_("up to %(days)s days") % {"days": first}]
    for low, high in zip(AGE_BOUNDS, rest, strict=False):
        names.append(_("%(low)s to %(high)s days") % {"low": low + 1, "high": high})
    return [*names, _("over %(days)s days") % {"days": AGE_BOUNDS[-1]}]


def gate_name(row: Aged) -> str:
    """A move as people call it."""
    known = TABLE.get(row.transition)
    return f"{row.transition} {known.label}" if known else row.transition


def lateness_chart(view: RhythmView, slug: str) -> Chart:
    """Updates of the last periods by owner: late and missing ones as shares of those owed."""
    shown = [line for line in view.owners if line.kept.owed]
    shown.sort(key=lambda line: line.kept.lateness or Decimal(0), reverse=True)
    shown = shown[:MOST_BARS]
    return Chart(
        id="lateness",
        kind=Kind.BAR,
        title=_("Lateness by owner"),
        description=_("Updates late or missing ÷ updates owed, over the last %(count)s periods.")
        % {"count": PERIODS_COUNTED},
        categories=[line.owner.name for line in shown],
        series=[Series(_("Lateness"), [line.kept.lateness for line in shown], tone="amber")],
        unit=Unit.PERCENT,
        csv_url=reverse("reporting:rhythm-owners-csv", args=[slug]),
    )


def bias_chart(view: RhythmView, slug: str) -> Chart:
    """Forecast bias by owner: above zero too much was forecast."""
    shown = [line for line in view.owners if line.bias.ratio is not None]
    shown.sort(key=lambda line: abs(line.bias.ratio or Decimal(0)), reverse=True)
    shown = shown[:MOST_BARS]
    return Chart(
        id="forecast-bias",
        kind=Kind.BAR,
        title=_("Forecast bias by owner"),
        description=_(
            "Σ (forecast - validated) ÷ Σ |forecast| over validated months; above zero more was "
            "forecast than came."
        ),
        categories=[line.owner.name for line in shown],
        series=[Series(_("Forecast bias"), [line.bias.ratio for line in shown], tone="brand")],
        unit=Unit.PERCENT,
        csv_url=reverse("reporting:rhythm-owners-csv", args=[slug]),
    )


def gate_chart(view: RhythmView) -> Chart:
    """Open requests by move, stacked by age."""
    return Chart(
        id="gate-ages",
        kind=Kind.STACKED,
        title=_("Gate queue by age"),
        description=_("Open requests by the days since they were asked."),
        categories=[gate_name(row) for row in view.gates],
        series=[
            Series(name, [Decimal(row.numbers[at]) for row in view.gates], tone=TONES[at])
            for at, name in enumerate(age_names())
        ],
        unit=Unit.COUNT,
    )
