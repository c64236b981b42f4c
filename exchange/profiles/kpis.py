"""KPIs by period: a row a KPI and period, with target, actual and tolerance band."""

import re
from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from exchange.choices import ProfileCode
from exchange.drafts import KpiRow, fitting, row_key
from exchange.files.notations import month_in
from exchange.profiles.base import Field, Option, Profile, Settings, Target
from exchange.profiles.source import SourceRow

YEAR = re.compile(r"(?:FY ?)?((?:19|20|21)\d\d)")
WORDS = re.compile(r"[^\w]+")
DIRECTIONS = {
    "increase": "increase",
    "increasing": "increase",
    "up": "increase",
    "higher": "increase",
    "steigend": "increase",
    "decrease": "decrease",
    "decreasing": "decrease",
    "down": "decrease",
    "lower": "decrease",
    "fallend": "decrease",
    "with in range": "within_band",
    "within range": "within_band",
    "within band": "within_band",
    "range": "within_band",
    "within_band": "within_band",
}
TARGET_WORDS = frozenset({"target", "plan", "planned", "geplant", "soll", "ziel"})
ACTUAL_WORDS = frozenset({"actual", "real", "ist", "tatsächlich", "gemessen"})
SOURCE_KEY_LENGTH = 200
NUMBERS = ("target", "actual", "band_low", "band_high")


class KpiPeriods(Profile):
    """Rows of one name are one KPI; a period is a year, or a month where one is written."""

    code = ProfileCode.KPIS
    target = Target.KPIS
    summary = _("One row for each KPI and period: target, actual, tolerance band, objective.")
    fields = (
        Field(
            "code",
            _("Code"),
            _("The code of a KPI that is here; without it, goal and name find it."),
            example="K-0012",
        ),
        Field("name", _("KPI"), aliases=("kpi", "indicator", "category"), is_required=True),
        Field("period", _("Period"), aliases=("year", "jahr", "month", "monat"), is_required=True),
        Field("goal", _("Goal"), aliases=("goal", "ziel")),
        Field(
            "objective", _("Objective"), aliases=("strategic objective", "2018 strategic objective")
        ),
        Field("target", _("Target"), aliases=("target", "soll")),
        Field("actual", _("Actual"), aliases=("actual", "ist")),
        Field("band_low", _("Lower limit"), aliases=("min target", "minimum")),
        Field("band_high", _("Upper limit"), aliases=("max target", "maximum")),
        Field(
            "value",
            pgettext_lazy("a single one", "Value"),
            _("With the column that says what it is."),
            ("co2", "wert"),
        ),
        Field("series", _("What the value is"), _("Target or actual."), ("type", "art")),
        Field("unit", _("Unit"), aliases=("unit", "einheit")),
        Field("direction", _("Desired direction"), aliases=("desired direction", "richtung")),
        Field("description", _("Description"), aliases=("description",)),
        Field("notes", _("Note on the period"), aliases=("notes", "note", "further questions")),
    )
    options = (
        Option("goal", _("Goal"), _("Where a row names none.")),
        Option("objective", _("Objective"), _("Where a row names none.")),
    )

    def __init__(self) -> None:
        # Which row stated a figure: KPI, period and figure to its number.
        self.stated: dict[tuple[str, str, str], int] = {}

    def draft(self, source: SourceRow, settings: Settings) -> KpiRow | None:
        name = source.text("name", required=True)
        goal = source.text("goal") or settings.option("goal")
        objective = source.text("objective") or settings.option("objective")
        period = self._period(source, settings.fiscal_year_start)
        code = source.text("code", limit=20).upper()
        source_key = kpi_key(goal, name)
        fields = {
            "name": name,
            "unit": source.text("unit", limit=40),
            "direction": self._direction(source),
            "description": source.prose("description"),
        }
        figures = self._figures(source)
        if note := source.prose("notes", limit=2_000):
            figures["note"] = note
        self._require_first(source, code or source_key, period, figures)
        return KpiRow(
            key=row_key(code or source_key, period, *sorted(figures)),
            code=code,
            source_key=source_key,
            goal=goal,
            objective=objective,
            fields={field: text for field, text in fields.items() if text},
            periods={period: figures} if period else {},
        )

    def _require_first(
        self, source: SourceRow, key: str, period: str, figures: Mapping[str, str | None]
    ) -> None:
        """A figure of a period is stated once; who states it again is told where it stands."""
        firsts = [self.stated.setdefault((key, period, f), source.number) for f in figures]
        if repeated := [number for number in firsts if number != source.number]:
            source.fail("repeated", number=repeated[0])

    @staticmethod
    def _period(source: SourceRow, year_start: int) -> str:
        """The first day of the period, as ISO text."""
        cell = source.value_cell("period")
        text = "" if cell is None else str(cell).strip()
        if match := YEAR.fullmatch(text.removesuffix(".0")):
            year = int(match.group(1)) - (1 if year_start > 1 else 0)
            return f"{year:04d}-{year_start:02d}-01"
        month = month_in(text) if text else None
        if month is None:
            source.fail("not_a_period" if text else "required", "period", text=text)
            return ""
        return month.first_day.isoformat()

    @staticmethod
    def _direction(source: SourceRow) -> str:
        text = source.text("direction")
        if not text:
            return ""
        direction = DIRECTIONS.get(" ".join(text.casefold().split()), "")
        if not direction:
            source.warn("unknown_direction", "direction", text=text)
        return direction

    @staticmethod
    def _series(source: SourceRow) -> str:
        text = source.text("series").casefold()
        if text in TARGET_WORDS:
            return "target"
        return "actual" if text in ACTUAL_WORDS or not text else text

    def _figures(self, source: SourceRow) -> dict[str, str | None]:
        amounts = {name: source.amount(name) for name in NUMBERS}
        if source.has("value"):
            series = self._series(source)
            if series not in {"target", "actual"}:
                source.warn("counted_as_actual", "series", text=series)
                series = "actual"
            value = source.amount("value")
            if value is not None and amounts[series] is not None:
                source.fail("stated_twice", "value")
            amounts[series] = amounts[series] if value is None else value
        return {name: format(a, "f") for name, a in amounts.items() if a is not None}


def kpi_key(goal: str, name: str) -> str:
    """What an import knows a KPI by where no code is given."""
    return fitting(f"kpi:{folded(goal)}:{folded(name)}", SOURCE_KEY_LENGTH)


def folded(text: str) -> str:
    """A name without case, punctuation and blanks: two spellings of one are one."""
    return WORDS.sub("", text.casefold())
