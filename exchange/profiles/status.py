"""A yearly status file: a row (or column) a project with its rating, dates and money."""

from datetime import date
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from exchange.choices import ProfileCode
from exchange.drafts import EffectDraftData, MeasureRow, PlaceDraft, ReportDraft, row_key
from exchange.profiles.base import Field, Option, Profile, Settings
from exchange.profiles.lights import light_in
from exchange.profiles.measures import spelled
from exchange.profiles.source import SourceRow
from governance.tree.choices import Level
from kpis.choices import EffectClass, EffectKind
from kpis.phasing import spread
from kpis.rules import Month, fiscal_year, months_of_fiscal_year

DECIMALS = 2
UNITS = (
    ("1", _("Single units")),
    ("1000", _("Thousands")),
    ("1000000", _("Millions")),
)
MONTHS = tuple((str(number), str(number)) for number in range(1, 13))
RATINGS = ("rating", "owner_rating")
NOT_A_FIGURE = frozenset({"not_a_number", "percent"})

FIELDS = (
    Field(
        "external_id", _("Id of the project"), aliases=("gmpp id number", "id"), is_required=True
    ),
    Field("name", _("Name"), aliases=("project name", "title"), is_required=True),
    Field("program", _("Program"), aliases=("department", "programme"), is_required=True),
    Field("category", _("Category"), aliases=("annual report category",)),
    Field("description", _("Description"), aliases=("description / aims", "aims")),
    Field(
        "rating",
        _("Rating"),
        _("Green, amber, red, half steps between them; the words are kept."),
        aliases=("ipa delivery confidence assessment", "delivery confidence", "rag", "status"),
    ),
    Field(
        "owner_rating",
        _("The owner's own rating"),
        aliases=("sro delivery confidence assessment",),
    ),
    Field(
        "commentary",
        _("Commentary on the rating"),
        aliases=("departmental commentary on actions planned or taken", "comment"),
    ),
    Field("planned_start", _("Planned start"), aliases=("project - start date", "start date")),
    Field("planned_end", _("Planned end"), aliases=("project - end date", "end date")),
    Field(
        "schedule_note",
        _("Words on the schedule"),
        aliases=("departmental narrative on schedule",),
    ),
    Field("year_baseline", _("Baseline of the year"), aliases=("financial year baseline",)),
    Field("year_forecast", _("Forecast of the year"), aliases=("financial year forecast",)),
    Field(
        "budget_note",
        _("Words on the variance"),
        aliases=("departmental narrative on budget/forecast variance",),
    ),
    Field(
        "whole_life",
        _("Whole-life cost"),
        aliases=("total baseline whole life costs", "whole life cost"),
    ),
    Field(
        "whole_life_note",
        _("Words on the whole-life cost"),
        aliases=("departmental narrative on budgeted whole life costs",),
    ),
)
# Metrics of their own: a year's cost is a part of the whole life's, and the two must never add.
MONEY = {
    "year_baseline": "YEAR_BASELINE",
    "year_forecast": "YEAR_FORECAST",
    "whole_life": "WHOLE_LIFE_COST",
}


class YearlyStatus(Profile):
    """Each project becomes a project with one measure, which carries its status and money.

    A whole-life cost is what was stated at a date: it stands in the month of that date, and the
    next year's file adds the next statement. Amounts of a year lie evenly in its months.
    """

    code = ProfileCode.STATUS
    summary = _("A list of projects as of one date: rating, dates, money of the year and in all.")
    fields = FIELDS
    options = (
        Option("as_of", _("Date of the status"), is_day=True, is_required=True),
        Option("portfolio", _("Portfolio"), _("Made if it is not here."), default="Major projects"),
        Option("currency", _("Currency"), default="GBP"),
        Option("unit", _("Amounts are in"), default="1000000", choices=UNITS),
        Option(
            "year_start", _("The year of the file begins in month"), default="4", choices=MONTHS
        ),
    )

    def draft(self, source: SourceRow, settings: Settings) -> MeasureRow | None:
        external = source.text("external_id", limit=150, required=True).upper()
        name = source.text("name", required=True)
        key = f"status:{external}"
        program = source.text("program", limit=180, required=True)
        steps = [
            [Level.PORTFOLIO.word, settings.option("portfolio"), ""],
            [Level.PROGRAM.word, program, ""],
            [Level.PROJECT.word, name[:180], key],
        ]
        notes: list[str] = []
        as_of = date.fromisoformat(settings.option("as_of"))
        effects = self._effects(source, settings, as_of, notes)
        return MeasureRow(
            key=row_key(key),
            source_key=key,
            place=PlaceDraft("", steps),
            fields=self._fields(source, name),
            effects=effects,
            reports=self._reports(source, as_of, notes),
        )

    def _fields(self, source: SourceRow, name: str) -> dict[str, str]:
        found = {"name": name, "description": source.prose("description")}
        for field in ("planned_start", "planned_end"):
            day = self._day(source, field)
            found[field] = day.isoformat() if day else ""
        if found["planned_start"] and found["planned_end"] < found["planned_start"]:
            found.pop("planned_end")
        return {field: text for field, text in found.items() if text}

    def _day(self, source: SourceRow, field: str) -> date | None:
        day = source.day(field)
        self._forgive(source, field, {"not_a_date"})
        return day

    def _effects(
        self, source: SourceRow, settings: Settings, as_of: date, notes: list[str]
    ) -> list[EffectDraftData]:
        effects = []
        for field, metric in MONEY.items():
            amount = self._money(source, settings, field, notes)
            if amount is None:
                continue
            effects.append(
                EffectDraftData(
                    metric=metric,
                    kind=EffectKind.ONE_TIME_COST.value,
                    effect_class=EffectClass.HARD.value,
                    currency=settings.option("currency").upper(),
                    cells=spelled(self._spread(field, amount, settings, as_of)),
                )
            )
        return effects

    def _money(
        self, source: SourceRow, settings: Settings, field: str, notes: list[str]
    ) -> Decimal | None:
        """An amount; a reason written in its place is kept as a note and not refused."""
        words = str(source.cell(field) or "").strip()
        amount = source.amount(field)
        if amount is None:
            if self._forgive(source, field, NOT_A_FIGURE) and words:
                notes.append(f"{source.heading(field).split('(')[0].strip()}: {words}")
            return None
        return amount * Decimal(settings.option("unit"))

    @staticmethod
    def _spread(
        field: str, amount: Decimal, settings: Settings, as_of: date
    ) -> dict[Month, Decimal]:
        month = Month(as_of.year, as_of.month)
        if field == "whole_life":
            return {month: amount}
        start = int(settings.option("year_start"))
        return spread(amount, months_of_fiscal_year(fiscal_year(month, start), start), DECIMALS)

    @staticmethod
    def _forgive(source: SourceRow, field: str, codes: set[str] | frozenset[str]) -> bool:
        """Turn «this is no figure» into «a reason stands here»; whether there was one."""
        heading = source.heading(field)
        faults = [f for f in source.findings if f.column == heading and f.code in codes]
        for fault in faults:
            source.findings.remove(fault)
            source.warn("reason_instead", field, text=source.cell(field))
        return bool(faults)

    def _reports(self, source: SourceRow, as_of: date, notes: list[str]) -> list[ReportDraft]:
        texts = [
            source.prose("commentary", limit=6_000),
            source.prose("schedule_note", limit=5_000),
            source.prose("budget_note", limit=4_000),
            source.prose("whole_life_note", limit=4_000),
            *notes,
        ]
        commentary = "\n\n".join(text for text in texts if text)[:20_000]
        reports = []
        for field in RATINGS:
            stated = source.prose(field, limit=4_000)
            if not source.has(field) or not stated:
                continue
            rater = source.heading(field).split(" ")[0][:40]
            light = light_in(source, field, stated)
            report = ReportDraft(as_of.isoformat(), light, rater, stated[:200], commentary)
            reports.append(report)
        if not reports and commentary:
            reports.append(ReportDraft(as_of.isoformat(), "grey", "", "", commentary))
        return reports
