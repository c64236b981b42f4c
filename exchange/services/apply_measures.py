"""Writing measure rows: places, measures, effects, months and status reports, chunk by chunk."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any

from exchange.choices import ItemKind, RowState
from exchange.drafts import EffectDraftData, measure_row
from exchange.models import Import, ImportRow
from exchange.services.items import Items, rows_became
from exchange.services.progress import Teller
from exchange.targets.choosing import measure_target
from exchange.targets.judging import merged_changes
from exchange.targets.known import known_of
from exchange.targets.measures import EffectPlan, Plan, merged_rows
from exchange.targets.places import Found, Step
from governance.errors import Conflict
from governance.people.actor import Actor
from governance.tenancy.models import Tenant
from governance.tree.choices import Level
from governance.tree.models import Node
from governance.tree.services import NodeDraft
from governance.tree.services_bulk import PlacedNode, nodes_create
from initiatives.models import Measure
from initiatives.services import MeasureDraft
from initiatives.services_bulk import (
    MeasureChange,
    PlacedMeasure,
    measures_change,
    measures_create,
)
from initiatives.services_imports import ReportEntry, WriteResult, status_reports_write
from kpis.choices import EffectClass, EffectKind, Source
from kpis.metrics.services import MetricDraft, metric_create
from kpis.models import Metric
from kpis.rules import Month, minor_units, month_of
from kpis.services import EffectDraft
from kpis.services_bulk import (
    CellsWrite,
    PlacedEffect,
    effects_create,
    values_write_many,
)
from kpis.totals import note_values

# How an undo that is refused calls a report that somebody corrected since.
REPORT = "a status report"


@dataclass(slots=True)
class Task:
    """The rows of one measure, merged, with what they would do now."""

    rows: list[ImportRow]
    plan: Plan
    measure: Measure | None = None


class MeasureWriter:
    """Writes chunks of measure rows; a chunk holds all rows of its measures."""

    def __init__(self, run: Import, teller: Teller, by: Actor) -> None:
        self.run, self.by, self.teller = run, by, teller
        self.tenant = Tenant.objects.get(pk=run.tenant_id)
        self.target = measure_target(run, by)
        self.items = Items(run)
        self.metrics: dict[str, Metric] = {}

    def write(self, rows: Sequence[ImportRow]) -> None:
        """Write one chunk; raises `Conflict("changed_meanwhile")` where it is not as shown."""
        tasks = self._planned(rows)
        self._ensure_metrics(tasks)
        self._make_places(tasks)
        self._create(tasks)
        self._change(tasks)
        self._write_effects(tasks)
        self._write_reports(tasks)
        self.items.save()
        subjects = {
            row.pk: task.measure.code for task in tasks if task.measure for row in task.rows
        }
        rows_became(rows, subjects)

    def finish(self) -> None:
        """Nothing is left over between chunks."""

    def _planned(self, rows: Sequence[ImportRow]) -> list[Task]:
        drafts = [(row, measure_row(row.draft)) for row in rows]
        groups = [list(pairs) for _group, pairs in groupby(drafts, key=lambda p: p[1].group)]
        merged = [(pairs, merged_rows(draft for _row, draft in pairs)) for pairs in groups]
        known = known_of([draft for _pairs, draft in merged])
        tasks = []
        for pairs, draft in merged:
            plan = self.target.plan(draft, known)
            self._require_as_shown([row for row, _draft in pairs], plan)
            tasks.append(Task([row for row, _draft in pairs], plan, plan.measure))
        return tasks

    @staticmethod
    def _require_as_shown(rows: Sequence[ImportRow], plan: Plan) -> None:
        shown = merged_changes([row.changes for row in rows])
        was_new = any(row.state == RowState.CREATE for row in rows)
        if plan.state is RowState.REFUSED or was_new is not (plan.measure is None):
            raise Conflict("changed_meanwhile")
        if not was_new and shown != plan.changes:
            raise Conflict("changed_meanwhile")

    # --- metrics and places ---------------------------------------------------------------------

    def _ensure_metrics(self, tasks: Sequence[Task]) -> None:
        wanted = [effect.metric for task in tasks for effect in task.plan.effects]
        missing = {m.code: m for m in wanted if isinstance(m, MetricDraft)}
        for code, draft in missing.items():
            if code not in self.metrics:
                self.metrics[code] = metric_create(draft=draft, by=self.by)
        if missing:
            self.target.names.reload_metrics()

    def _metric(self, effect: EffectPlan) -> Metric:
        metric = effect.metric
        return self.metrics[metric.code] if isinstance(metric, MetricDraft) else metric

    def _make_places(self, tasks: Sequence[Task]) -> None:
        """Make missing nodes level by level, then look the places up again."""
        founds = [t.plan.place for t in tasks if t.plan.measure is None and t.plan.place.steps]
        if not founds:
            return
        made: dict[tuple[int, tuple[Step, ...]], Node] = {}
        deepest = max(len(found.steps) for found in founds)
        for depth in range(1, deepest + 1):
            self._make_level(founds, depth, made)
        self._make_own_packages(made)
        self.target.places.forget()
        for task in tasks:
            if task.plan.measure is None:
                task.plan.place = self.target.places.find(task.plan.draft.place)

    def _make_level(
        self,
        founds: Sequence[Found],
        depth: int,
        made: dict[tuple[int, tuple[Step, ...]], Node],
    ) -> None:
        wanted: dict[tuple[int, tuple[Step, ...]], Node] = {}
        for found in founds:
            if found.node is None or len(found.steps) < depth:
                continue
            key = (found.node.pk, found.steps[:depth])
            parent = found.node if depth == 1 else made[found.node.pk, found.steps[: depth - 1]]
            wanted.setdefault(key, parent)
        drafts = [
            (NodeDraft(key[1][-1].level, key[1][-1].name, source_key=key[1][-1].key), parent)
            for key, parent in wanted.items()
        ]
        made.update(zip(wanted, self._nodes(drafts), strict=True))

    def _make_own_packages(self, made: dict[tuple[int, tuple[Step, ...]], Node]) -> None:
        """Each new project brings its default package along (H5)."""
        projects = [node for node in made.values() if node.known_level is Level.PROJECT]
        self._nodes([(NodeDraft(Level.PACKAGE, p.name, is_default=True), p) for p in projects])

    def _nodes(self, drafts: Sequence[tuple[NodeDraft, Node]]) -> list[Node]:
        levels = sorted({draft.level for draft, _parent in drafts})
        codes = {
            level: iter(
                self.teller.codes(level.word, sum(draft.level is level for draft, _p in drafts))
            )
            for level in levels
        }
        placed = [PlacedNode(parent, draft, next(codes[draft.level])) for draft, parent in drafts]
        nodes = nodes_create(placed=placed, by=self.by) if placed else []
        for node in nodes:
            self.items.created(ItemKind.NODE, node.pk, f"{node.code} {node.name}")
        return nodes

    # --- measures -------------------------------------------------------------------------------

    def _create(self, tasks: Sequence[Task]) -> None:
        new = [task for task in tasks if task.plan.measure is None]
        codes = self.teller.codes("measure", len(new))
        placed = []
        for task, code in zip(new, codes, strict=True):
            package = task.plan.place.package
            if package is None:
                raise Conflict("changed_meanwhile")
            draft = MeasureDraft(**task.plan.fields, source_key=task.plan.draft.source_key)
            placed.append(PlacedMeasure(package, code, draft, self._headline_total(task.plan)))
        for task, measure in zip(new, measures_create(placed=placed, by=self.by), strict=True):
            task.measure = measure
            self.items.created(ItemKind.MEASURE, measure.pk, f"{measure.code} {measure.name}")

    def _headline_total(self, plan: Plan) -> int:
        """The sortable plan total of a new measure, as `note_values` would compute it (V8)."""
        total = Decimal(0)
        for effect in plan.effects:
            currency = effect.draft.currency or self.tenant.currency
            is_counted = (
                effect.metric.code == self.tenant.headline_metric
                and not EffectKind(effect.draft.kind).is_cost
                and (currency == self.tenant.currency or not effect.metric.is_monetary)
            )
            if is_counted:
                total += sum((a for a in effect.cells.values() if a is not None), Decimal(0))
        return minor_units(total)

    def _change(self, tasks: Sequence[Task]) -> None:
        changing = [t for t in tasks if t.plan.measure is not None and t.plan.fields]
        before = {t.plan.measure.pk: _before(t.plan) for t in changing if t.plan.measure}
        changes = [
            MeasureChange(t.plan.measure.pk, t.plan.measure.version, t.plan.fields)
            for t in changing
            if t.plan.measure
        ]
        for measure in measures_change(changes=changes, by=self.by) if changes else []:
            label = f"{measure.code} {measure.name}"
            facts = before[measure.pk]
            self.items.changed(ItemKind.MEASURE, measure.pk, label, measure.version, facts)

    # --- effects and reports --------------------------------------------------------------------

    def _write_effects(self, tasks: Sequence[Task]) -> None:
        fresh = [
            (task.measure, effect)
            for task in tasks
            for effect in task.plan.effects
            if effect.effect is None and task.measure is not None
        ]
        placed = [
            PlacedEffect(measure, self._effect_draft(effect), effect.cells)
            for measure, effect in fresh
        ]
        created = effects_create(placed=placed, by=self.by, source=Source.IMPORT)
        for effect in created:
            self.items.created(ItemKind.EFFECT, effect.pk, effect.measure.code)
        writes = [
            CellsWrite(effect.effect.pk, effect.effect.version, effect.cells)
            for task in tasks
            for effect in task.plan.effects
            if effect.effect is not None and effect.cells
        ]
        written = values_write_many(writes=writes, by=self.by, source=Source.IMPORT)
        for one in written:
            facts = {str(month): _text(before) for month, (before, _after) in one.changes.items()}
            label = one.effect.measure.code
            self.items.changed(ItemKind.VALUES, one.effect.pk, label, one.effect.version, facts)
        touched = {one.effect.measure_id for one in written}
        home = {"", self.tenant.currency}
        touched |= {measure.pk for measure, effect in fresh if effect.draft.currency not in home}
        touched |= {t.plan.measure.pk for t in tasks if t.plan.measure and t.plan.effects}
        if touched:
            note_values(sorted(touched))

    def _effect_draft(self, effect: EffectPlan) -> EffectDraft:
        draft: EffectDraftData = effect.draft
        return EffectDraft(
            metric=self._metric(effect),
            kind=EffectKind(draft.kind),
            effect_class=EffectClass(draft.effect_class),
            currency=draft.currency,
            name=draft.name,
        )

    def _write_reports(self, tasks: Sequence[Task]) -> None:
        entries = [
            ReportEntry(
                measure_id=task.measure.pk,
                measure_code=task.measure.code,
                measure_name=task.measure.name,
                reported_on=date.fromisoformat(report.on),
                rater=report.rater,
                light=report.light,
                stated=report.stated,
                commentary=report.text,
            )
            for task in tasks
            if task.measure is not None
            for report in task.plan.reports
        ]
        if not entries:
            return
        result = status_reports_write(entries=entries, by=self.by)
        self._note_reports(result)

    def _note_reports(self, result: WriteResult) -> None:
        """Remember which status reports were added and what the changed ones said before."""
        for pk in result.created:
            self.items.created(ItemKind.REPORT, pk, REPORT)
        for was in result.changed:
            self.items.changed(ItemKind.REPORT, was.id, REPORT, was.written_version, asdict(was))


def _before(plan: Plan) -> dict[str, Any]:
    """What the changed fields were: people and master data by id, days as ISO text."""
    measure = plan.measure
    facts: dict[str, Any] = {}
    for name in plan.fields:
        value = getattr(measure, name)
        if isinstance(value, date):
            facts[name] = value.isoformat()
        elif hasattr(value, "pk"):
            facts[name] = value.pk
        else:
            facts[name] = value
    return facts


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else format(amount, "f")


def months_in(before: dict[str, str | None]) -> dict[Month, Decimal | None]:
    """Kept months as `values_write_many` takes them."""
    return {
        month: None if amount is None else Decimal(amount)
        for text, amount in before.items()
        if (month := month_of(text)) is not None
    }
