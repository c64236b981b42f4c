"""Reading what a bridge is built of: the log from its first day on, and the cells (F8)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from governance.audit.choices import AuditAction
from governance.audit.models import AuditEvent
from governance.errors import Invalid
from governance.tenancy.models import Tenant
from governance.tree.models import Node
from governance.tree.rules import below
from initiatives.choices import Overlay, Stage
from initiatives.models import Measure
from kpis.choices import Cause, EffectKind, Series
from kpis.figures.bridge import Bridge, Event, replayed
from kpis.figures.facts import ZERO
from kpis.models import Effect, Metric, ValueHistory, ValueYear
from reporting.bridge_log import (
    ACTIONS,
    Backwards,
    Known,
    Place,
    Told,
    cells_event,
    codes_in,
    told_in,
)
from reporting.facts import fetch, path_clause
from reporting.value_sql import span

# What one request replays at most; a longer story is told in parts.
MOST_EVENTS, MOST_MEASURES = 20_000, 5_000
VALUE_KINDS = [kind for kind in EffectKind if not kind.is_cost]
SERIES = (Series.PLAN.value, Series.FORECAST.value)
# Plan and forecast of a measure in the horizon.
Sums = dict[str, dict[str, Decimal]]
HORIZON = "month >= %(first)s AND month < %(last)s"
EFFECT, METRIC, YEAR, MEASURE, NODE = (
    model._meta.db_table for model in (Effect, Metric, ValueYear, Measure, Node)
)
COUNTED = """
  e.tenant_id = %(tenant)s AND t.tenant_id = %(tenant)s AND t.code = %(metric)s
  AND e.currency IN ('', %(currency)s) AND e.kind IN ('recurring', 'one_off')
"""
CELLS = f"sum({span('%(low)s', '%(high)s')})"
YEARS = f"(SELECT *, year * 12 AS start FROM {YEAR} WHERE tenant_id = %(tenant)s)"
# The latest word on each month up to a moment, added up.
AS_KNOWN = f"""
SELECT effect_public_id, series, sum(after) FROM (
  SELECT DISTINCT ON (effect_public_id, series, month) effect_public_id, series, after
  FROM {ValueHistory._meta.db_table}
  WHERE tenant_id = %(tenant)s AND effect_public_id = ANY(%(effects)s)
    AND series IN ('plan', 'forecast') AND {HORIZON} AND changed_at <= %(at)s
  ORDER BY effect_public_id, series, month, id DESC
) latest GROUP BY 1, 2
"""
AS_KEPT = f"""
SELECT e.public_id, y.series, {CELLS}
FROM {EFFECT} e JOIN {YEARS} y ON y.effect_id = e.id
WHERE e.tenant_id = %(tenant)s AND e.public_id = ANY(%(effects)s)
  AND y.series IN ('plan', 'forecast') GROUP BY 1, 2
"""
# What nothing happened to counts in the same way at both ends.
UNTOUCHED = f"""
SELECT coalesce({CELLS}, 0)
FROM {MEASURE} m
JOIN {NODE} n ON n.tenant_id = m.tenant_id AND n.id = m.package_id
JOIN {EFFECT} e ON e.tenant_id = m.tenant_id AND e.measure_id = m.id
JOIN {METRIC} t ON t.tenant_id = e.tenant_id AND t.id = e.metric_id
JOIN {YEARS} y ON y.effect_id = e.id
WHERE m.tenant_id = %(tenant)s AND n.tenant_id = %(tenant)s AND {COUNTED}
  AND m.overlay = 'active' AND NOT m.code = ANY(%(codes)s)
  AND y.series = CASE WHEN m.stage IN ('decided', 'implemented', 'closed')
                      THEN 'forecast' ELSE 'plan' END
"""


@dataclass(frozen=True, slots=True)
class Window:
    """Two moments, and the months of the horizon: from `first` to before `last`."""

    start: datetime
    end: datetime
    first: date
    last: date

    @property
    def params(self) -> dict[str, Any]:
        return {
            "first": self.first,
            "last": self.last,
            "low": self.first.year * 12 + self.first.month - 1,
            "high": self.last.year * 12 + self.last.month - 1,
        }


@dataclass(frozen=True, slots=True)
class Log:
    """All that happened from the start until now, and whose it was."""

    told: Sequence[Told]
    history: Sequence[ValueHistory]
    measures: dict[str, Known]
    # Public id of each counted effect to the code of its measure.
    effects: dict[UUID, str]

    def events(self) -> list[Event]:
        """The changed months of counted effects."""
        return [
            cells_event(
                row.pk,
                row.changed_at,
                self.effects[row.effect_public_id],
                row.series,
                (row.after or ZERO) - (row.before or ZERO),
                cause_of(row),
            )
            for row in self.history
            if row.effect_public_id in self.effects
        ]

    def by_measure(self, rows: Iterable[tuple[UUID, str, Decimal | None]]) -> Sums:
        """Sums of effects by series, added up by measure."""
        sums: Sums = {code: dict.fromkeys(SERIES, ZERO) for code in self.measures}
        for effect, series, amount in rows:
            sums[self.effects[effect]][series] += amount or ZERO
        return sums


def bridge_of(paths: Sequence[str], window: Window, tenant: Tenant) -> Bridge:
    """F8 below some paths, of the headline metric in the tenant's currency, all classes.

    The start comes from the log, the end from the cells themselves, so that a month which changed
    without its history shows as a residual. Raises `Invalid` by `from` where more has happened
    since than one request replays.
    """
    clause, params = path_clause(paths)
    log = _log(window, tenant)
    params |= window.params | {
        "metric": tenant.headline_metric,
        "currency": tenant.currency,
        "effects": list(log.effects),
        "codes": list(log.measures),
        "at": window.start,
    }
    known = log.by_measure(fetch(AS_KNOWN, params))
    cells = log.by_measure(fetch(AS_KEPT, params))
    rest = fetch(f"{UNTOUCHED} AND ({clause})", params)[0][0]
    roots = frozenset(int(path.split("/")[-2]) for path in paths)
    backwards = Backwards(log.measures, _places(log.measures, log.told), roots)
    events = log.events()
    for event in events:
        if event.at > window.end:
            cells[event.measure][event.series.value] -= event.amount
    backwards.wind([event for event in log.told if event.at > window.end])
    end = sum((row.state(cells[code]).value for code, row in log.measures.items()), rest)
    backwards.wind([event for event in log.told if event.at <= window.end])
    states = {code: row.state(known[code]) for code, row in log.measures.items()}
    start = sum((state.value for state in states.values()), rest)
    within = [event for event in [*events, *backwards.events] if event.at <= window.end]
    return Bridge(start, end, replayed(states, within))


def _log(window: Window, tenant: Tenant) -> Log:
    told, history = _told_after(window), _history_after(window)
    gone = _deleted_effects(told, tenant)
    touched = Effect.objects.filter(
        public_id__in={row.effect_public_id for row in history}, **_counted(tenant)
    )
    codes = _codes_of(told) | set(touched.values_list("measure__code", flat=True))
    measures = _measures(codes | set(gone.values()), told)
    effects = Effect.objects.filter(measure__code__in=list(measures), **_counted(tenant))
    kept = dict(effects.values_list("public_id", "measure__code"))
    lost = {effect: code for effect, code in gone.items() if code in measures}
    return Log(told, history, measures, {**lost, **kept})


def cause_of(row: ValueHistory) -> str:
    """Why a month changed (V10); `value` where nobody said."""
    return row.cause or Cause.VALUE.value


def _told_after(window: Window) -> list[Told]:
    rows = AuditEvent.objects.filter(recorded_at__gt=window.start, action__in=ACTIONS)
    names = ("pk", "recorded_at", "action", "subject_key", "body")
    return told_in(_few(rows.order_by("recorded_at", "pk").values_list(*names), MOST_EVENTS))


def _history_after(window: Window) -> list[ValueHistory]:
    rows = ValueHistory.objects.filter(
        changed_at__gt=window.start,
        series__in=SERIES,
        month__gte=window.first,
        month__lt=window.last,
    )
    return _few(rows.order_by("changed_at", "pk"), MOST_EVENTS)


def _few(rows: Any, most: int) -> list[Any]:
    found = list(rows[: most + 1])
    if len(found) > most:
        text = _("More has happened since then than can be shown at once; choose a later day.")
        raise Invalid({"from": [text]})
    return found


def _counted(tenant: Tenant) -> dict[str, Any]:
    return {
        "metric__code": tenant.headline_metric,
        "currency__in": ["", tenant.currency],
        "kind__in": VALUE_KINDS,
    }


def _deleted_effects(told: Sequence[Told], tenant: Tenant) -> dict[UUID, str]:
    """Counted effects that are gone; those deleted before the log named them stay out of it."""
    found = {}
    for event in told:
        if event.action is AuditAction.EFFECT_DELETED and "effect" in event.changes:
            changes = event.changes
            is_money = (changes["currency"][0] or "") in {"", tenant.currency}
            is_headline = changes["metric"][0] == tenant.headline_metric
            if is_money and is_headline and changes["kind"][0] in VALUE_KINDS:
                found[UUID(changes["effect"])] = event.key
    return found


def _codes_of(told: Sequence[Told]) -> set[str]:
    """Codes of all measures that the trail speaks of, and of those below a moved node."""
    moved = [e.key for e in told if e.action is AuditAction.NODE_MOVED]
    own = {e.key for e in told if e.action is not AuditAction.NODE_MOVED}
    paths = list(Node.objects.filter(code__in=moved).values_list("path", flat=True))
    rows = Measure.objects.filter(below(paths, "package__path")).order_by("pk")
    return own | set(_few(rows.values_list("code", flat=True), MOST_MEASURES))


def _measures(codes: set[str], told: Sequence[Told]) -> dict[str, Known]:
    """The measures as they are now, deleted ones as they stood last."""
    rows = Measure.objects.filter(code__in=codes).select_related("package").order_by("pk")
    found = {
        row.code: Known(row.code, row.package.code, Stage(row.stage), Overlay(row.overlay))
        for row in _few(rows, MOST_MEASURES)
    }
    for event in told:
        if event.action is AuditAction.MEASURE_DELETED and event.key not in found:
            package = event.changes["measure_package"][0] or ""
            found[event.key] = Known(event.key, package, exists=False)
    return found


def _places(measures: dict[str, Known], told: Sequence[Told]) -> dict[str, Place]:
    codes = {known.package for known in measures.values()} | codes_in(told)
    rows = Node.objects.filter(code__in=codes).values_list("code", "pk", "path")
    return {code: Place(pk, path) for code, pk, path in rows}
