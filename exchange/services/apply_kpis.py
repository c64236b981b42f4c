"""Writing KPI rows through the services of KPIs: goals, objectives, KPIs, periods."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from exchange.choices import ItemKind, RowState
from exchange.drafts import KpiRow, fitting, kpi_row
from exchange.models import Import, ImportRow
from exchange.profiles.kpis import SOURCE_KEY_LENGTH, folded
from exchange.services.items import Items, rows_became
from exchange.targets.kpis import KnownKpis, known_kpis
from governance.errors import Conflict
from governance.people.actor import Actor
from kpis.choices import Source
from kpis.indicators.choices import Direction, Rhythm
from kpis.indicators.models import FIGURES, Kpi, Objective
from kpis.indicators.rules import carries
from kpis.indicators.services.kpis import KpiDraft, kpi_change, kpi_create
from kpis.indicators.services.objectives import ObjectiveDraft, objective_create
from kpis.indicators.services.periods import PeriodDraft, kpi_periods_write

MONTHS_OF_QUARTER = 3


class KpiWriter:
    """Writes chunks of KPI rows; a chunk holds all rows of its KPIs."""

    def __init__(self, run: Import, by: Actor) -> None:
        self.run, self.by = run, by
        self.items = Items(run)
        self.objectives: dict[str, Objective] = {}

    def write(self, rows: Sequence[ImportRow]) -> None:
        """Write one chunk; raises `Conflict("changed_meanwhile")` where it is not as shown."""
        pairs = [(row, kpi_row(row.draft)) for row in rows]
        known = known_kpis([draft for _row, draft in pairs])
        # Rows with a code and rows with only its name may mean one KPI, which is written once.
        groups: dict[str, list[tuple[ImportRow, KpiRow]]] = {}
        for row, draft in pairs:
            kpi = known.kpi(draft)
            groups.setdefault(kpi.code if kpi else draft.group, []).append((row, draft))
        subjects: dict[int, str] = {}
        for mine in groups.values():
            written = self._write_one(mine, known)
            subjects |= {row.pk: written.code for row, _draft in mine}
        self.items.save()
        rows_became(rows, subjects)

    def finish(self) -> None:
        """Nothing is left over between chunks."""

    def _write_one(self, mine: list[tuple[ImportRow, KpiRow]], known: KnownKpis) -> Kpi:
        drafts = [draft for _row, draft in mine]
        kpi = known.kpi(drafts[0])
        for row, draft in mine:
            if (row.state == RowState.CREATE) is not (kpi is None):
                raise Conflict("changed_meanwhile")
            if kpi is not None and row.changes != known.changes(draft):
                raise Conflict("changed_meanwhile")
        places = max(carries(Decimal(f)) for f in _figures(drafts)) if _figures(drafts) else 0
        is_new = kpi is None
        if kpi is None:
            kpi = self._create(drafts, places)
        elif places > kpi.decimals:
            fields = {"decimals": places}
            kpi = kpi_change(kpi=kpi, seen_version=kpi.version, fields=fields, by=self.by)
        before = self._before(kpi, drafts, known)
        kpi = kpi_periods_write(
            kpi=kpi,
            periods=_periods(drafts),
            seen_version=kpi.version,
            by=self.by,
            source=Source.IMPORT,
        )
        if is_new:
            self.items.created(ItemKind.KPI, kpi.pk, kpi.code, kpi.version)
        else:
            self.items.changed(ItemKind.KPI_VALUES, kpi.pk, kpi.code, kpi.version, before)
        return kpi

    def _create(self, drafts: Sequence[KpiRow], places: int) -> Kpi:
        fields: dict[str, str] = {}
        for draft in drafts:
            fields = {**draft.fields, **fields}
        return kpi_create(
            draft=KpiDraft(
                name=fields["name"],
                objective=self._objective(drafts[0]),
                description=fields.get("description", ""),
                unit=fields.get("unit", ""),
                decimals=places,
                direction=Direction(fields.get("direction", Direction.UNKNOWN)),
                rhythm=_rhythm(drafts),
                source_key=drafts[0].source_key,
            ),
            by=self.by,
        )

    def _objective(self, draft: KpiRow) -> Objective | None:
        goal = self._made(draft.goal, None, f"goal:{folded(draft.goal)}") if draft.goal else None
        if not draft.objective:
            return goal
        key = f"objective:{folded(draft.goal)}:{folded(draft.objective)}"
        return self._made(draft.objective, goal, key)

    def _made(self, name: str, parent: Objective | None, key: str) -> Objective:
        key = fitting(key, SOURCE_KEY_LENGTH)
        if key not in self.objectives:
            found = Objective.objects.filter(source_key=key).first()
            if found is None:
                draft = ObjectiveDraft(name[:300], parent, key)
                found = objective_create(draft=draft, by=self.by)
                self.items.created(ItemKind.OBJECTIVE, found.pk, found.code, found.version)
            self.objectives[key] = found
        return self.objectives[key]

    @staticmethod
    def _before(kpi: Kpi, drafts: Sequence[KpiRow], known: KnownKpis) -> dict[str, Any]:
        """What the periods said before: first day to figures, or None where there was none."""
        before: dict[str, Any] = {}
        for draft in drafts:
            for day in draft.periods:
                period = known.periods.get((kpi.pk, day))
                if period is None:
                    before[day] = None
                    continue
                figures = {name: getattr(period, name) for name in FIGURES}
                said = {n: None if v is None else format(v, "f") for n, v in figures.items()}
                before[day] = said | {"note": period.note}
        return before


def _figures(drafts: Sequence[KpiRow]) -> list[str]:
    return [
        text
        for draft in drafts
        for figures in draft.periods.values()
        for name, text in figures.items()
        if name in FIGURES and text is not None
    ]


def _periods(drafts: Sequence[KpiRow]) -> dict[date, PeriodDraft | None]:
    merged: dict[str, dict[str, Any]] = {}
    for draft in drafts:
        for day, figures in draft.periods.items():
            merged.setdefault(day, {}).update(figures)
    return {date.fromisoformat(day): PeriodDraft(**given) for day, given in merged.items()}


def _rhythm(drafts: Sequence[KpiRow]) -> Rhythm:
    """Yearly where each year has one period at most."""
    days = [date.fromisoformat(day) for draft in drafts for day in draft.periods]
    starts = {day.month for day in days}
    if len(starts) <= 1:
        return Rhythm.YEAR
    return Rhythm.QUARTER if {m % MONTHS_OF_QUARTER for m in starts} == {1} else Rhythm.MONTH
