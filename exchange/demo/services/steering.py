"""What the house steers by: plan rates, targets from above, and how its months close."""

from collections.abc import Mapping
from datetime import date
from decimal import ROUND_UP, Decimal

from django.db.models import F, Sum, Value
from django.db.models.functions import Coalesce

from governance.people.actor import Actor
from governance.tenancy.models import Tenant
from governance.tree.choices import Level
from governance.tree.models import Node
from governance.tree.rules import below
from kpis.actuals.rules import month_at
from kpis.choices import EffectKind, Series
from kpis.models import MONTH_COLUMNS, Metric, ValueYear
from kpis.rates.choices import RateKind
from kpis.rates.services import rates_confirm, rates_propose
from kpis.settings.rules import ValueTerms
from kpis.settings.services import value_settings_propose, value_settings_publish
from kpis.targets.services import TargetDraft, target_approve, target_propose

# A target asks for more than is planned, in steps that people would name.
STRETCH, STEP = Decimal("1.15"), Decimal(50_000)
YEARS_OF_RATES = range(-2, 5)


def rates_set(rates: Mapping[str, str], today: date, *, by: Actor, second: Actor) -> None:
    """One plan rate a currency for every year of the demo, confirmed by a second person (V8)."""
    years = [today.year + offset for offset in YEARS_OF_RATES]
    cells = {currency: {f"{year}-01": rate for year in years} for currency, rate in rates.items()}
    rows = rates_propose(kind=RateKind.PLAN, rates=cells, by=by)
    rates_confirm(ids=[row.public_id for row in rows], by=second)


def months_close(today: date, *, by: Actor, second: Actor) -> None:
    """From the running month on months close on working days 5 and 10 (V4, S5)."""
    terms = ValueTerms(closes_from=month_at(today))
    row = value_settings_propose(terms=terms, by=by)
    value_settings_publish(number=row.number, seen_version=row.version, by=second)


def targets_set(tenant: Tenant, today: date, reason: str, *, by: Actor, second: Actor) -> None:
    """A run-rate target for each program (H7); that of the last one still waits for approval."""
    metric = Metric.objects.get(code=tenant.headline_metric)
    programs = list(Node.objects.filter(level=Level.PROGRAM).order_by("path"))
    for program in programs:
        planned = _planned(program, metric, today.year)
        if planned <= 0:
            continue
        amount = (planned * STRETCH / STEP).quantize(Decimal(1), ROUND_UP) * STEP
        draft = TargetDraft(
            metric=metric,
            fiscal_year=today.year,
            kind=EffectKind.RECURRING.value,
            amount=str(amount),
            gap_owner=program.owner or program.sponsor,
            reason=reason,
        )
        target = target_propose(node=program, draft=draft, by=by)
        if program != programs[-1]:
            target_approve(target=target, by=second)


def _planned(program: Node, metric: Metric, year: int) -> Decimal:
    """What recurs of the headline metric below a program in a calendar year, by plan."""
    months = sum((Coalesce(F(column), Value(Decimal(0))) for column in MONTH_COLUMNS), Value(0))
    rows = ValueYear.objects.filter(
        below([program.path], "effect__measure__package__path"),
        series=Series.PLAN,
        year=year,
        effect__metric=metric,
        effect__kind=EffectKind.RECURRING,
    )
    total: Decimal | None = rows.aggregate(total=Sum(months))["total"]
    return total or Decimal(0)
