"""Values by month of measures that are here: wide (a column a month) or long (a row a month)."""

from django.utils.translation import gettext_lazy as _

from exchange.choices import ProfileCode
from exchange.drafts import MeasureRow, row_key
from exchange.files.notations import month_in
from exchange.profiles.base import Field, Profile, Settings
from exchange.profiles.measures import (
    EFFECT_FIELDS,
    EFFECT_OPTIONS,
    MEASURE_FIELDS,
    effect_of,
    spelled,
)
from exchange.profiles.source import SourceRow
from kpis.rules import Month

CODE, EXTERNAL_ID = MEASURE_FIELDS[0], MEASURE_FIELDS[1]


class ValuesByMonth(Profile):
    """Plan months of effects; measures are found by code or external id and never made."""

    code = ProfileCode.VALUES
    summary = _("Plan amounts of measures that are here already: a column or a row for each month.")
    fields = (
        Field(CODE.name, CODE.label, _("The code of a measure."), (*CODE.aliases, "measure")),
        EXTERNAL_ID,
        *EFFECT_FIELDS,
        Field("month", _("Month"), _("For one row a month."), ("monat", "period", "date", "datum")),
        Field(
            "amount", _("Amount"), _("For one row a month."), ("betrag", "value", "wert", "plan")
        ),
    )
    options = EFFECT_OPTIONS
    takes_months = True

    def draft(self, source: SourceRow, settings: Settings) -> MeasureRow | None:
        code, external = source.text("code", limit=20), source.text("external_id", limit=150)
        if not code and not external:
            source.fail("no_key")
        cells = source.months()
        month = self._month(source)
        if month is not None and (amount := source.amount("amount")) is not None:
            cells[month] = amount
        if not cells and not any(finding.is_error for finding in source.findings):
            source.warn("no_months")
            return None
        effect = effect_of(source, settings, spelled(cells))
        group = code.upper() or f"list:{external}"
        line = str(month) if month else ""
        return MeasureRow(
            key=row_key(group, *effect.facts, line),
            code=code.upper(),
            source_key=f"list:{external}" if external else "",
            may_create=False,
            effects=[effect],
            line=line,
        )

    @staticmethod
    def _month(source: SourceRow) -> Month | None:
        cell = source.value_cell("month")
        if cell is None:
            return None
        month = month_in(cell if isinstance(cell, str) else str(cell))
        if month is None:
            source.fail("not_a_month", "month", text=str(cell))
        return month
