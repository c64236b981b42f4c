"""Reading which closed measures do not sustain what was confirmed (V2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from django.db.models import QuerySet
from django.utils import timezone

from governance.tenancy.models import Tenant
from initiatives.choices import Overlay, Stage
from initiatives.models import Measure
from kpis.figures.facts import Clock, MeasureFacts
from kpis.figures.selectors import clock_of, facts_of_measures
from kpis.figures.sustain import Sustained, SustainTerms, sustained
from kpis.models import Effect
from kpis.rates.choices import RateKind
from kpis.rates.rules import Converter
from kpis.rates.selectors import converter
from kpis.settings.selectors import value_settings

# A closing month counts whole, and the last month of the period has to be over.
LONGEST_MONTH, MONTHS_BESIDE = 31, 2


@dataclass(frozen=True, slots=True)
class Shortfall:
    """An effect of a closed measure that stays behind in its sustain months."""

    measure: Measure
    effect: Effect
    sustained: Sustained


def sustain_terms() -> SustainTerms:
    """The terms that the value settings name; one query."""
    terms = value_settings()
    return SustainTerms(terms.sustain_months, terms.sustain_percent)


def sustained_in(facts: MeasureFacts, clock: Clock, terms: SustainTerms) -> list[Sustained]:
    """What a closed measure has to sustain, effect by effect; no query."""
    found = [sustained(facts, effect, clock, terms) for effect in facts.effects]
    return [one for one in found if one is not None]


def shortfalls(measures: QuerySet[Measure], tenant: Tenant, terms: SustainTerms) -> list[Shortfall]:
    """Effects of closed measures in their sustain period that stay behind, the largest first.

    By the tenant's currency at plan rate; what is no money comes last. Seven queries for all.
    """
    days = (terms.months + MONTHS_BESIDE) * LONGEST_MONTH
    rows = measures.filter(
        stage=Stage.CLOSED,
        overlay=Overlay.ACTIVE,
        stage_since__gte=timezone.now() - timedelta(days=days),
    )
    closed = list(rows.select_related("package", "stage_model").order_by("id"))
    clock = clock_of(tenant)
    short: list[tuple[Measure, Sustained]] = []
    each = facts_of_measures(closed, tenant, converts=False)
    for measure, facts in zip(closed, each, strict=True):
        short += [
            (measure, one)
            for one in sustained_in(facts, clock, terms)
            if one.is_short and one.last >= clock.latest
        ]
    return _largest_first(short, tenant)


def _largest_first(short: Sequence[tuple[Measure, Sustained]], tenant: Tenant) -> list[Shortfall]:
    keys = [one.effect.key for _measure, one in short]
    effects = Effect.objects.select_related("metric").in_bulk(keys)
    rates = converter(RateKind.PLAN, tenant)

    def size(found: Shortfall) -> Decimal:
        amount = money_behind(found, rates)
        return Decimal(-1) if amount is None else amount

    rows = [Shortfall(measure, effects[one.effect.key], one) for measure, one in short]
    return sorted(rows, key=size, reverse=True)


def money_behind(found: Shortfall, rates: Converter) -> Decimal | None:
    """How much money stays behind, in the currency of `rates`, nothing without a rate.

    None of what is no money.
    """
    if not found.effect.metric.is_monetary:
        return None
    one = found.sustained
    return rates.convert(one.shortfall, found.effect.currency, one.last) or Decimal(0)


def still_short(measures: QuerySet[Measure], tenant: Tenant) -> set[int]:
    """Ids of those measures that are closed and stay behind now, whenever their period ends."""
    rows = measures.filter(stage=Stage.CLOSED, overlay=Overlay.ACTIVE)
    closed = list(rows.select_related("package", "stage_model").order_by("id"))
    clock, terms = clock_of(tenant), sustain_terms()
    each = facts_of_measures(closed, tenant, converts=False)
    return {
        measure.pk
        for measure, facts in zip(closed, each, strict=True)
        if any(one.is_short for one in sustained_in(facts, clock, terms))
    }
