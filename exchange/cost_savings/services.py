"""Importing a cost-savings file through the product's own services, as one transaction."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.db import connection, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from exchange.cost_savings import rules
from exchange.cost_savings.findings import Finding, FindingKind, find_dirt, fiscal_years
from exchange.cost_savings.reader import BadFile
from exchange.cost_savings.records import Record
from exchange.cost_savings.report import Outcome, Report, State, YearChange
from exchange.cost_savings.selectors import (
    first_effects,
    measures_by_key,
    months_by_hand,
    node_known,
)
from exchange.metrics import metrics_ensure
from governance.audit.choices import AuditAction
from governance.audit.services import Subject
from governance.audit.services import record as audit
from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.tenancy.context import active_tenant_id
from governance.tenancy.models import Tenant
from governance.text import one_line
from governance.tree.choices import Level
from governance.tree.models import Node
from governance.tree.selectors import root_node
from governance.tree.services import NodeDraft
from initiatives.models import Measure
from initiatives.services import MeasureDraft, level_create, measure_create
from kpis.choices import Series, Source
from kpis.models import Effect, Metric
from kpis.rules import Month, by_fiscal_year
from kpis.selectors import values_of
from kpis.services import EffectDraft, effect_create, values_write

IMPORT_LOCK = 4721


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that was read: its name, the SHA-256 of its bytes, its records."""

    name: str
    digest: str
    records: Sequence[Record]


def digest_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@transaction.atomic
def cost_savings_import(
    *, source: SourceFile, portfolio: str, by: Actor, is_dry_run: bool = False
) -> Report:
    """Bring the records in as measures below a portfolio of that name, and say what was seen.

    Known records are found by their source key wherever they stand now; of them only plan months
    that the file changed are written, and never months that were edited by hand since (V10).
    Stages are never set: measures start Identified (G1). Amounts of the report's totals are
    $ million, of its changes dollars. Raises `Forbidden`, and `BadFile` where an amount is finer
    than the metric keeps; then nothing was written. A dry run writes too: its caller rolls back.
    """
    by.require(Permission.IMPORT_RUN, root_node().path)
    _lock_imports()
    tenant = Tenant.objects.get(pk=by.tenant_id)
    with translation.override(tenant.language):
        metric = metrics_ensure(needed=rules.METRIC_CODE, by=by)[rules.METRIC_CODE]
    _require_fit(metric, source)
    run = _Run(metric, portfolio, tenant.language, by)
    run.know(source.records)
    outcomes = [run.write(record) for record in source.records]
    report = Report(
        file_name=source.name,
        digest=source.digest,
        tenant=tenant.slug,
        portfolio=portfolio,
        outcomes=outcomes,
        dirt=find_dirt(source.records),
        new_nodes=dict(run.new_nodes),
        stored=run.stored(),
        is_dry_run=is_dry_run,
    )
    if any(outcome.state is not State.UNCHANGED for outcome in outcomes):
        counts = {state.value: [None, report.count(state)] for state in State}
        subject = Subject("import", source.digest[:16], source.name)
        audit(AuditAction.IMPORT_APPLIED, subject=subject, by=by, changes=counts)
    return report


def _lock_imports() -> None:
    """Two imports into one tenant go one after the other, so that neither creates twice."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [IMPORT_LOCK, active_tenant_id()])


def _require_fit(metric: Metric, source: SourceFile) -> None:
    if not metric.is_monetary:
        fault = _("The metric %(code)s is not money here.") % {"code": metric.code}
        raise BadFile([(source.name, fault)])
    text = _("The metric %(code)s keeps %(decimals)s decimals of a dollar; this has more.")
    values = {"code": metric.code, "decimals": metric.decimals}
    faults = [
        (f"{record.label}: fy{year}.amount", text % values)
        for record in source.records
        for year in rules.unkept_years(record, metric.decimals)
    ]
    if faults:
        raise BadFile(faults)


@dataclass(slots=True)
class _Run:
    """What one import knows while it goes through the records."""

    metric: Metric
    portfolio: str
    language: str
    by: Actor
    keys: Mapping[int, str] = field(default_factory=dict)
    measures: dict[str, Measure] = field(default_factory=dict)
    effects: dict[int, Effect] = field(default_factory=dict)
    cells: dict[int, dict[Month, Decimal]] = field(default_factory=dict)
    nodes: dict[tuple[str, ...], Node] = field(default_factory=dict)
    new_nodes: Counter[Level] = field(default_factory=Counter)

    def know(self, records: Sequence[Record]) -> None:
        """Load all there is already, with a fixed number of queries."""
        self.keys = rules.record_keys(records)
        former = (rules.former_key(record, self.keys) for record in records)
        self.measures = measures_by_key({*self.keys.values(), *filter(None, former)})
        self.effects = first_effects(
            self.measures.values(), metric=self.metric.code, kind=rules.KIND
        )
        for values in values_of(self.effects.values()):
            self.cells[values.effect.measure_id] = values.series(Series.PLAN)

    def write(self, record: Record) -> Outcome:
        """Create the record's measure, or bring its months up to date."""
        measure = self._known(record)
        return self._create(record) if measure is None else self._update(record, measure)

    def stored(self) -> dict[int, Decimal]:
        """Dollars per fiscal year of the imported effects, read back."""
        years: dict[int, Decimal] = {}
        for values in values_of(self.effects.values()):
            plan = by_fiscal_year(values.series(Series.PLAN), rules.FISCAL_YEAR_START)
            for year, amount in plan.items():
                years[year] = years.get(year, Decimal(0)) + amount
        return dict(sorted(years.items()))

    def _known(self, record: Record) -> Measure | None:
        """A record that got its id since the last file is the measure it was without one."""
        former = rules.former_key(record, self.keys)
        by_key = self.measures.get(self.keys[record.number])
        return by_key or (self.measures.get(former) if former else None)

    def _create(self, record: Record) -> Outcome:
        with translation.override(self.language):
            text = rules.description(record)
        key = self.keys[record.number]
        draft = MeasureDraft(name=record.title, description=text, source_key=key)
        measure = measure_create(package=self._project(record), draft=draft, by=self.by)
        effect = effect_create(
            measure=measure,
            draft=EffectDraft(
                self.metric, rules.KIND, rules.CLASSES[record.amount_type], rules.CURRENCY
            ),
            by=self.by,
        )
        cells = rules.plan_cells(record, self.metric.decimals)
        self.effects[measure.pk] = self._write_cells(effect, cells) if cells else effect
        return Outcome(record, measure.code, State.CREATED)

    def _update(self, record: Record, measure: Measure) -> Outcome:
        effect = self.effects.get(measure.pk)
        if effect is None:
            text = _("The imported effect was removed here; it was not added again.")
            removed = Finding(FindingKind.KEPT, record.label, "amount", text)
            return Outcome(record, measure.code, State.UNCHANGED, kept=(removed,))
        here = self.cells[measure.pk]
        stated = rules.plan_cells(record, self.metric.decimals)
        by_hand = months_by_hand(effect) if stated != here else set()
        merge = rules.merge(stated, here, by_hand)
        if merge.cells:
            self._write_cells(effect, merge.cells)
        changes = tuple(
            YearChange(year, rules.year_total(here, year), rules.year_total(stated, year))
            for year in merge.years
        )
        kept = (*_kept_texts(record, measure, effect), *_kept_years(record, merge))
        state = State.CHANGED if changes else State.UNCHANGED
        return Outcome(record, measure.code, state, changes, kept)

    def _write_cells(self, effect: Effect, cells: Mapping[Month, Decimal | None]) -> Effect:
        return values_write(
            effect=effect,
            series=Series.PLAN,
            cells={str(month): amount for month, amount in cells.items()},
            seen_version=effect.version,
            by=self.by,
            source=Source.IMPORT,
        )

    def _project(self, record: Record) -> Node:
        portfolio = self._node(root_node(), Level.PORTFOLIO, self.portfolio)
        program = self._node(portfolio, Level.PROGRAM, record.initiative)
        return self._node(program, Level.PROJECT, rules.project_name(record))

    def _node(self, parent: Node, level: Level, name: str) -> Node:
        """The child of that name, made on first need; names and keys of this import agree."""
        place = (parent.path, level.word, name)
        if place not in self.nodes:
            key = rules.node_key(name)
            node = node_known(parent, level, name=name, key=key)
            if node is None:
                draft = NodeDraft(level, name, source_key=key)
                node = level_create(parent=parent, draft=draft, by=self.by)
                self.new_nodes[level] += 1
            self.nodes[place] = node
        return self.nodes[place]


def _kept_texts(record: Record, measure: Measure, effect: Effect) -> list[Finding]:
    """Where title or class differ from the file: either may have been changed here on purpose."""
    stated = {
        "strategyTitle": (one_line(record.title), measure.name),
        "amountType": (rules.CLASSES[record.amount_type].value, effect.effect_class),
    }
    text = _("«%(stated)s» in the file, «%(here)s» here; left as it is here.")
    return [
        Finding(FindingKind.KEPT, record.label, name, text % {"stated": there, "here": here})
        for name, (there, here) in stated.items()
        if there != here
    ]


def _kept_years(record: Record, merge: rules.Merge) -> list[Finding]:
    if not merge.kept_years:
        return []
    text = _("%(years)s differ from the file and were edited here since; left as they are here.")
    values = {"years": fiscal_years(merge.kept_years)}
    return [Finding(FindingKind.KEPT, record.label, "amount", text % values)]
