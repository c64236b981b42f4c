"""Comparing KPI rows with the tenant: what is new, which periods differ."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Q

from exchange.choices import RowState
from exchange.drafts import KpiRow
from exchange.findings import error, warning
from exchange.profiles.kpis import kpi_key
from exchange.targets.judging import Judged
from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.text import prose
from kpis.indicators.models import FIGURES, Kpi, KpiPeriod
from kpis.indicators.rules import MOST_DECIMALS, figure_of

KEPT = ("unit", "direction")


@dataclass(slots=True)
class KnownKpis:
    """KPIs by code and by goal and name, and their periods by first day, with two queries."""

    kpis: dict[int, Kpi] = field(default_factory=dict)
    by_code: dict[str, int] = field(default_factory=dict)
    by_key: dict[str, int] = field(default_factory=dict)
    periods: dict[tuple[int, str], KpiPeriod] = field(default_factory=dict)

    def kpi(self, draft: KpiRow) -> Kpi | None:
        """A code that is given decides; else goal and name."""
        found = self.by_code.get(draft.code) if draft.code else self.by_key.get(draft.source_key)
        return None if found is None else self.kpis[found]

    def remember(self, kpi: Kpi, key: str) -> None:
        """A KPI as it stands now, which a row knows by its code or by `key`."""
        self.kpis[kpi.pk] = kpi
        self.by_code[kpi.code] = self.by_key[key] = kpi.pk

    def changes(self, draft: KpiRow) -> dict[str, Any]:
        """`2018-10 target` to [before, after], for what differs and is stated."""
        kpi = self.kpi(draft)
        found: dict[str, Any] = {}
        for day, figures in draft.periods.items():
            period = self.periods.get((kpi.pk, day)) if kpi else None
            for name, text in figures.items():
                here = getattr(period, name) if period else None
                stated = text if name == "note" else Decimal(text or 0)
                here = prose(here) if isinstance(here, str) else here
                if here != stated:
                    found[f"{day[:7]} {name}"] = [_text(here), _text(stated)]
        return found


def known_kpis(drafts: Sequence[KpiRow]) -> KnownKpis:
    """What stands of the KPIs that some rows speak of; two queries."""
    codes = {draft.code for draft in drafts}
    keys = {draft.source_key for draft in drafts}
    names = {draft.fields.get("name", "") for draft in drafts}
    by_hand = Q(source_key="", name__in=names)
    rows = Kpi.objects.filter(Q(code__in=codes) | Q(source_key__in=keys) | by_hand)
    known = KnownKpis()
    for kpi in rows.select_related("objective__parent").order_by("-id"):
        # The oldest of several with one name comes last and stays.
        known.remember(kpi, kpi.source_key or _key_by_hand(kpi))
    for period in KpiPeriod.objects.filter(kpi__in=list(known.kpis)):
        known.periods[period.kpi_id, period.starts_on.isoformat()] = period
    return known


@dataclass(slots=True)
class KpiTarget:
    """Judges KPI rows; a KPI is found by its goal and name, however they are spelled."""

    by: Actor

    def judge(self, rows: Sequence[Judged], *, in_file: Mapping[str, str]) -> list[Judged]:
        """Set state, changes and findings of rows that have a draft; two queries."""
        known = known_kpis([row.draft for row in rows if isinstance(row.draft, KpiRow)])
        for row in rows:
            if not isinstance(row.draft, KpiRow):
                row.state = RowState.REFUSED if row.is_refused else RowState.SKIPPED
                continue
            self._judge(row, row.draft, known)
        return list(rows)

    def _judge(self, row: Judged, draft: KpiRow, known: KnownKpis) -> None:
        kpi = known.kpi(draft)
        row.label = draft.fields.get("name", "")
        if not self.by.may_anywhere(Permission.METRIC_MANAGE):
            row.findings.append(error("place_forbidden"))
        if draft.code and kpi is None:
            row.findings.append(error("unknown_kpi", text=draft.code))
        self._check_figures(row, draft)
        if row.is_refused:
            row.state = RowState.REFUSED
        elif kpi is None:
            row.state = RowState.CREATE
        else:
            row.subject, row.changes = kpi.code, known.changes(draft)
            row.state = RowState.CHANGE if row.changes else RowState.UNCHANGED
            for name in KEPT:
                stated, here = draft.fields.get(name, ""), getattr(kpi, name)
                if stated and stated != here:
                    row.findings.append(warning("kept", stated=stated, here=here))

    @staticmethod
    def _check_figures(row: Judged, draft: KpiRow) -> None:
        for figures in draft.periods.values():
            for name in FIGURES:
                text = figures.get(name)
                if text is None:
                    continue
                figure = figure_of(text, MOST_DECIMALS)
                if not isinstance(figure, Decimal):
                    row.findings.append(error("invalid", name, text=figure))
            low, high = figures.get("band_low"), figures.get("band_high")
            if low is not None and high is not None and Decimal(low) > Decimal(high):
                row.findings.append(error("band_crossed"))


def _key_by_hand(kpi: Kpi) -> str:
    """What a KPI that people made is known by to a file without codes."""
    goal = kpi.objective.parent or kpi.objective if kpi.objective else None
    return kpi_key(goal.name if goal else "", kpi.name)


def _text(value: Decimal | str | None) -> str | None:
    if isinstance(value, Decimal):
        return format(value.normalize() if value else Decimal(0), "f")
    return value or None
