"""What the tenant holds of the measures that some rows speak of, with a fixed number of queries."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from exchange.drafts import EffectDraftData, MeasureRow, ReportDraft
from governance.text import prose
from initiatives.models import Measure, StatusReport
from initiatives.selectors import MEASURE_RELATIONS
from kpis.choices import Series, Source
from kpis.models import Effect, ValueHistory
from kpis.rules import Month
from kpis.selectors import values_of

# What stands before the external ids of lists; lists of ours tell ids with what stands before.
LISTED = "list:"
Cells = dict[Month, Decimal]
ReportFacts = tuple[str, str, str]


@dataclass(slots=True)
class Known:
    """Measures by code and source key, their effects with plan months, their reports."""

    by_code: dict[str, Measure] = field(default_factory=dict)
    by_key: dict[str, Measure] = field(default_factory=dict)
    effects: dict[tuple[int, str, str, str], list[Effect]] = field(default_factory=dict)
    months: dict[int, Cells] = field(default_factory=dict)
    reports: dict[tuple[int, str, str], ReportFacts] = field(default_factory=dict)
    hand: dict[int, set[Month]] = field(default_factory=dict)
    owners: dict[int, set[int]] = field(default_factory=dict)

    def measure(self, draft: MeasureRow) -> Measure | None:
        """A code that is given decides; else the source key, bare or as a list of ours tells it."""
        if draft.code:
            return self.by_code.get(draft.code)
        key = draft.source_key
        return self.by_key.get(key) or self.by_key.get(key.removeprefix(LISTED))

    def effect(self, measure: Measure, metric: str, draft: EffectDraftData) -> Effect | None:
        """The one of the row's class and currency; else the oldest, which an import brought."""
        named = self.effects.get((measure.pk, metric, draft.kind, draft.name), [])

        def likeness(effect: Effect) -> tuple[bool, bool]:
            is_its_currency = draft.currency in {"", effect.currency}
            return is_its_currency, effect.effect_class == draft.effect_class

        return max(named, key=likeness, default=None)

    def cells(self, effect: Effect) -> Cells:
        return self.months.get(effect.pk, {})

    def by_hand(self, effect: Effect) -> set[Month]:
        """Plan months whose last change came by another door than an import."""
        return self.hand.get(effect.pk, set())

    def effect_owners(self, measure: Measure) -> set[int]:
        """Members that own an effect of a measure; loaded where a row names a controller."""
        return self.owners.get(measure.pk, set())

    def report(self, measure: Measure, draft: ReportDraft) -> ReportFacts | None:
        return self.reports.get((measure.pk, draft.on, draft.rater))


def known_of(drafts: Sequence[MeasureRow]) -> Known:
    """Everything that stands of the rows' measures; eight queries at most."""
    known = Known()
    _load_measures(known, drafts)
    measures = list({m.pk: m for m in (*known.by_code.values(), *known.by_key.values())}.values())
    if not measures:
        return known
    if any(draft.effects for draft in drafts):
        _load_effects(known, measures)
    if any(draft.fields.get("controller") for draft in drafts):
        _load_owners(known, measures)
    if any(draft.reports for draft in drafts):
        _load_reports(known, measures)
    return known


def _load_measures(known: Known, drafts: Sequence[MeasureRow]) -> None:
    rows = Measure.objects.select_related(*MEASURE_RELATIONS)
    codes = {draft.code for draft in drafts if draft.code}
    keys = {draft.source_key for draft in drafts if draft.source_key and not draft.code}
    keys |= {key.removeprefix(LISTED) for key in keys}
    if codes:
        known.by_code = {row.code: row for row in rows.filter(code__in=codes)}
    if keys:
        known.by_key = {row.source_key: row for row in rows.filter(source_key__in=keys)}


def _load_effects(known: Known, measures: Iterable[Measure]) -> None:
    rows = Effect.objects.filter(measure__in=[measure.pk for measure in measures])
    effects = list(rows.select_related("metric", "measure__package").order_by("id"))
    for effect in effects:
        name = (effect.measure_id, effect.metric.code, effect.kind, effect.name)
        known.effects.setdefault(name, []).append(effect)
    for values in values_of(effects):
        known.months[values.effect.pk] = values.series(Series.PLAN)
    by_public = {effect.public_id: effect.pk for effect in effects}
    last = (
        ValueHistory.objects.filter(
            effect_public_id__in=list(by_public), series=Series.PLAN, baseline_no=0
        )
        .order_by("effect_public_id", "month", "-id")
        .distinct("effect_public_id", "month")
    )
    for public_id, day, source in last.values_list("effect_public_id", "month", "source"):
        if source != Source.IMPORT:
            months = known.hand.setdefault(by_public[public_id], set())
            months.add(Month(day.year, day.month))


def _load_owners(known: Known, measures: Iterable[Measure]) -> None:
    rows = Effect.objects.filter(
        measure__in=[measure.pk for measure in measures], owner__isnull=False
    )
    for measure_id, owner_id in rows.values_list("measure_id", "owner_id"):
        known.owners.setdefault(measure_id, set()).add(owner_id)


def _load_reports(known: Known, measures: Iterable[Measure]) -> None:
    rows = StatusReport.objects.filter(measure__in=[measure.pk for measure in measures])
    facts = rows.values_list("measure_id", "reported_on", "rater", "light", "stated", "commentary")
    for measure_id, on, rater, *told in facts:
        known.reports[measure_id, on.isoformat(), rater] = (told[0], told[1], prose(told[2]))
