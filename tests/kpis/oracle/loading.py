"""Raw measures as rows of the database, past the services that would not let all of it through."""

from datetime import datetime

from django.db import connection
from django.utils import timezone

from governance.audit.choices import AuditAction
from governance.audit.services import Subject, record
from governance.people.choices import Role
from initiatives.models import Measure
from kpis.metrics.services import MetricDraft, metric_create
from kpis.models import Claim, Effect, Metric, Period, Restatement, Validation, ValueYear
from tests.houses import House
from tests.initiatives.making import make_measure
from tests.kpis.oracle.facts import month_at
from tests.kpis.oracle.portfolios import LAST, METRICS, Cells, RawEffect, RawMeasure


def with_metrics(house: House) -> None:
    """The metrics of the oracle."""
    by = house.system(Role.PMO)
    for code, (rule, decimals) in METRICS.items():
        is_money = code != "FTE"
        metric_create(
            draft=MetricDraft(code, code, "" if is_money else "FTE", is_money, rule, decimals),
            by=by,
        )


def loaded(house: House, portfolio: list[RawMeasure]) -> list[Measure]:
    """The measures with their effects, cells and claims; within a transaction of the tenant."""
    rows = [make_measure(house) for _measure in portfolio]
    made = []
    for row, measure in zip(rows, portfolio, strict=True):
        made += [(load_effect(house, row, effect), effect) for effect in measure.effects]
        place(house, row, measure)
    ids = [row.pk for row in rows]
    _restated(house, made)
    return list(
        Measure.objects.select_related("package", "stage_model").filter(pk__in=ids).order_by("id")
    )


def _restated(house: House, made: list[tuple[Effect, RawEffect]]) -> None:
    """Approved restatements, once all cells stand: from then on their months are locked."""
    subject = Subject("period", "x", "x")
    record(AuditAction.PERIOD_LOCKED, subject=subject, by=house.system())
    locked = {position for _effect, raw in made for position in raw.restated}
    Period.objects.bulk_create(
        Period(month=month_at(position).first_day, state="locked") for position in sorted(locked)
    )
    Restatement.objects.bulk_create(
        Restatement(
            effect=effect,
            month=month_at(position).first_day,
            booked_in=month_at(LAST).first_day,
            delta=delta,
            reason="x",
            state="approved",
            proposed_by=house.people["controller"],
            decided_by=house.people["second_finance"],
            decided_at=timezone.now(),
        )
        for effect, raw in made
        for position, delta in raw.restated.items()
    )


def place(house: House, row: Measure, measure: RawMeasure) -> None:
    """Stage, overlay and the month of the closure, as decisions would have left them."""
    fields = {"stage": measure.stage, "overlay": measure.overlay}
    if measure.closed_in is not None:
        closed_in = month_at(measure.closed_in)
        at = datetime(closed_in.year, closed_in.number, 15, 12).isoformat() + "+00:00"
        fields["stage_since"] = at
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL tests.moves_stages = 'on'")
        subject = Subject("measure", row.code, row.name)
        record(AuditAction.MEASURE_CHANGED, subject=subject, by=house.system())
        Measure.objects.filter(pk=row.pk).update(**fields)
        cursor.execute("SET LOCAL tests.moves_stages = 'off'")


def load_effect(house: House, row: Measure, effect: RawEffect) -> Effect:
    start = None if effect.start is None else month_at(effect.start).first_day
    made: Effect = Effect.objects.create(
        measure=row,
        metric=Metric.objects.get(code=effect.metric),
        kind=effect.kind,
        effect_class=effect.effect_class,
        currency=effect.currency,
        run_rate_start=start,
    )
    series = {
        ("plan", 0): effect.plan,
        ("forecast", 0): effect.forecast,
        ("actual_claimed", 0): effect.claimed,
        ("actual_validated", 0): effect.validated,
        **{("baseline", no): cells for no, cells in enumerate(effect.baselines, start=1)},
    }
    for (name, number), cells in series.items():
        # What was restated stands beside its year of validated cells, entered or not.
        years = effect.restated if name == "actual_validated" else {}
        _years(made, name, number, cells, years)
    for month in sorted(effect.rejected):
        _rejected(house, made, month, effect)
    return made


def _years(effect: Effect, series: str, number: int, cells: Cells, also: Cells) -> None:
    years: dict[int, ValueYear] = {}
    for position, amount in (dict.fromkeys(also) | cells).items():
        month = month_at(position)
        row = years.setdefault(
            month.year,
            ValueYear(effect=effect, series=series, baseline_no=number, year=month.year),
        )
        setattr(row, f"m{month.number:02d}", amount)
    ValueYear.objects.insert_many(list(years.values()))


def _rejected(house: House, effect: Effect, position: int, raw: RawEffect) -> None:
    day = month_at(position).first_day
    claim = Claim.objects.create(
        effect=effect, month=day, amount=raw.claimed[position], claimed_by=house.people["owner"]
    )
    Validation.objects.create(
        effect=effect,
        month=day,
        claim=claim,
        outcome="rejected",
        reason="x",
        decided_by=house.people["controller"],
    )
