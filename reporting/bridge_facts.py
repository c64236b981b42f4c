"""Reading what a bridge is built of: the log from its first day on, and the cells (F8)."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from governance.audit.choices import AuditAction
from governance.audit.models import AuditEvent
from governance.errors import Invalid
from governance.tenancy.models import Tenant
from governance.tree.models import Node
from governance.tree.rules import below
from initiatives.choices import Overlay, Stage
from initiatives.models import Measure
from kpis.choices import EffectKind, Series
from kpis.figures.bridge import Bridge, Event, Move, Turn, replayed
from kpis.figures.choices import Step
from kpis.figures.facts import ZERO
from kpis.rates.choices import RateBasis
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
from reporting.bridge_sql import (
    BridgeRates,
    bridge_rates,
    changes_sql,
    kept_sql,
    known_sql,
    untouched_sql,
    without_rate_sql,
)
from reporting.facts import fetch, path_clause

# What one request replays at most; a longer story is told in parts.
MOST_EVENTS, MOST_MEASURES = 200_000, 50_000
VALUE_KINDS = [kind.value for kind in EffectKind if not kind.is_cost]
SERIES = (Series.PLAN.value, Series.FORECAST.value)
# Plan and forecast of a measure in the horizon.
Sums = dict[str, dict[str, Decimal]]
# Rates take effect at once, after all that happened until then.
LAST = 1_000_000


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
            "start": self.start,
            "end": self.end,
            "first": self.first,
            "last": self.last,
            "low": self.first.year * 12 + self.first.month - 1,
            "high": self.last.year * 12 + self.last.month - 1,
        }


@dataclass(frozen=True, slots=True)
class Log:
    """All that happened from the start until now, and whose it was.

    `changes` are the changed months of measures with the same amount at the rates of the end.
    """

    told: Sequence[Told]
    changes: Sequence[tuple[Event, Decimal]]
    measures: dict[str, Known]


@dataclass(frozen=True, slots=True)
class Ground:
    """What a bridge stands on: the SQL of its place, its parameters and its rates.

    `moved` are measures that may have come or gone: they count even where they lie elsewhere now.
    `named` are those to which anything happened but changed months.
    """

    window: Window
    paths: str
    is_here: Q
    moved: frozenset[str]
    named: frozenset[str]
    params: dict[str, Any]
    rates: BridgeRates

    def ask(self, sql: str, **more: Any) -> list[Any]:
        return fetch(sql, self.params | more)

    def sums(self, log: Log, sql: str) -> tuple[Sums, Sums]:
        """Plan and forecast of the touched measures, at the rates of the start and of the end."""
        found: tuple[Sums, Sums] = tuple(  # type: ignore[assignment]  # two of them
            {code: dict.fromkeys(SERIES, ZERO) for code in log.measures} for _end in range(2)
        )
        for code, series, *amounts in self.ask(sql, codes=list(log.measures)):
            found[0][code][series] += amounts[0]
            found[1][code][series] += amounts[-1]
        return found


def bridge_of(
    paths: Sequence[str],
    window: Window,
    tenant: Tenant,
    basis: RateBasis = RateBasis.PLAN,
    *,
    each: bool = False,
) -> Bridge:
    """F8 below some paths, of the headline metric in the tenant's currency, all classes.

    With `each` every save is a move of its own; without, some are one (the sums are the same).
    The start comes from the log, the end from the cells themselves, so that a month which changed
    without its history shows as a residual. Events count at the rates of the start; what other
    rates make of the end is the step FX. Raises `Invalid` by `from` where more has happened since
    than one request replays.
    """
    told = _told_after(window)
    ground = _ground(paths, window, tenant, told, basis)
    log = _log(ground, told, each=each)
    known = ground.sums(log, known_sql(ground.paths, ground.rates))[0]
    cells, cells_then = ground.sums(log, kept_sql(ground.paths, ground.rates))
    roots = frozenset(int(path.split("/")[-2]) for path in paths)
    backwards = Backwards(log.measures, _places(log.measures, told), roots)
    for event, amount_then in log.changes:
        if event.at > window.end:
            cells[event.measure][event.series.value] -= event.amount
            cells_then[event.measure][event.series.value] -= amount_then
    backwards.wind([event for event in told if event.at > window.end])
    ended = {
        code: (row.state(cells[code]).value, row.state(cells_then[code]).value)
        for code, row in log.measures.items()
    }
    backwards.wind([event for event in told if event.at <= window.end])
    states = {code: row.state(known[code]) for code, row in log.measures.items()}
    events = [event for event, _then in log.changes] + backwards.events
    moves = replayed(states, [event for event in events if event.at <= window.end])
    rest, rest_then = _untouched(ground, log)
    lacking = ground.ask(without_rate_sql(ground.paths, ground.rates))
    return Bridge(
        start=sum((state.value for state in states.values()), rest),
        end=sum((then for _start, then in ended.values()), rest_then),
        moves=[*moves, *_fx_moves(ground, log, ended)],
        without_rate=frozenset(currency for (currency,) in lacking),
    )


def _ground(
    paths: Sequence[str], window: Window, tenant: Tenant, told: Sequence[Told], basis: RateBasis
) -> Ground:
    """What the statements share; a query for what moved and two for each kind of rate."""
    clause, params = path_clause(paths)
    rates = bridge_rates(basis, tenant, window.start, window.end)
    moved = _moved(told)
    named = {event.key for event in told if event.action is not AuditAction.NODE_MOVED} | moved
    gone = [
        {"public_id": key, "code": code, "currency": currency}
        for key, code, currency in _deleted_effects(told, tenant)
    ]
    params |= window.params | rates.params
    params |= {
        "metric": tenant.headline_metric,
        "moved": sorted(moved),
        "named": sorted(named),
        "gone": json.dumps(gone),
        "most": MOST_EVENTS + 1,
    }
    is_here = below(paths, "package__path") | Q(code__in=moved)
    return Ground(window, clause, is_here, moved, frozenset(named), params, rates)


def _log(ground: Ground, told: Sequence[Told], *, each: bool) -> Log:
    rows = _few(ground.ask(changes_sql(ground.paths, ground.rates), each=each), MOST_EVENTS)
    changes = [
        (cells_event(number, at, code, series, amounts[0], cause), amounts[-1])
        for number, at, code, series, cause, *amounts in rows
    ]
    touched = {event.measure for event, _then in changes}
    measures = _measures(ground, touched | ground.named, told)
    kept = [(event, then) for event, then in changes if event.measure in measures]
    return Log(told, kept, measures)


def _told_after(window: Window) -> list[Told]:
    rows = AuditEvent.objects.filter(recorded_at__gt=window.start, action__in=ACTIONS)
    names = ("pk", "recorded_at", "action", "subject_key", "body")
    ordered = rows.order_by("recorded_at", "pk").values_list(*names)
    return told_in(_few(ordered[: MOST_EVENTS + 1], MOST_EVENTS))


def _few(rows: Iterable[Any], most: int) -> list[Any]:
    found = list(rows)
    if len(found) > most:
        text = _("More has happened since then than can be shown at once; choose a later day.")
        raise Invalid({"from": [text]})
    return found


def _deleted_effects(told: Sequence[Told], tenant: Tenant) -> list[tuple[str, str, str]]:
    """(public id, measure, currency) of counted effects that are gone.

    Those deleted before the log named them stay out of it.
    """
    return [
        (str(event.changes["effect"]), event.key, event.changes["currency"][0] or "")
        for event in told
        if event.action is AuditAction.EFFECT_DELETED
        and "effect" in event.changes
        and event.changes["metric"][0] == tenant.headline_metric
        and event.changes["kind"][0] in VALUE_KINDS
    ]


def _moved(told: Sequence[Told]) -> frozenset[str]:
    """Codes of measures that moved, alone or with a node above them."""
    nodes = [event.key for event in told if event.action is AuditAction.NODE_MOVED]
    own = {event.key for event in told if event.action is AuditAction.MEASURE_MOVED}
    if nodes:
        paths = list(Node.objects.filter(code__in=nodes).values_list("path", flat=True))
        rows = Measure.objects.filter(below(paths, "package__path")).order_by("pk")
        codes = rows.values_list("code", flat=True)[: MOST_MEASURES + 1]
        own |= set(_few(codes, MOST_MEASURES))
    return frozenset(own)


def _measures(ground: Ground, codes: set[str], told: Sequence[Told]) -> dict[str, Known]:
    """The measures as they are now, deleted ones as they stood last."""
    rows = Measure.objects.filter(ground.is_here, code__in=codes).order_by("pk")
    names = ("code", "package__code", "stage", "overlay")
    found = {
        code: Known(code, package, Stage(stage), Overlay(overlay))
        for code, package, stage, overlay in _few(
            rows.values_list(*names)[: MOST_MEASURES + 1], MOST_MEASURES
        )
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


def _untouched(ground: Ground, log: Log) -> tuple[Decimal, Decimal]:
    """What nothing happened to, at the rates of the start and of the end."""
    sql = untouched_sql(ground.paths, ground.rates, ground.rates.of_year())
    amounts = ground.ask(sql, codes=list(log.measures))[0]
    return amounts[0], amounts[-1]


def _fx_moves(ground: Ground, log: Log, ended: dict[str, tuple[Decimal, Decimal]]) -> list[Move]:
    """By how much other rates move the end, measure by measure (V8)."""
    if not ground.rates.has_changed:
        return []
    sql = untouched_sql(ground.paths, ground.rates, f"c.code, {ground.rates.of_year()}")
    rows = _few(
        ground.ask(f"{sql} GROUP BY 1 ORDER BY 1 LIMIT %(most)s", codes=list(log.measures)),
        MOST_EVENTS,
    )
    found = {code: (start, end) for code, start, end in rows} | ended
    event = Event(ground.window.end, (LAST, 0), "", Turn.RATES)
    return [
        Move(replace(event, measure=code), Step.FX, end - start)
        for code, (start, end) in sorted(found.items())
        if end != start
    ]
