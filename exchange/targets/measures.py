"""Comparing measure rows with the tenant: what is new, what differs, what stays (V10, G1)."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone

from exchange.choices import RowState
from exchange.drafts import (
    EFFECT_SEPARATOR,
    KEY_SEPARATOR,
    EffectDraftData,
    MeasureRow,
    ReportDraft,
    row_key,
)
from exchange.findings import Finding, error, warning
from exchange.targets.judging import Judged
from exchange.targets.known import Known, known_of
from exchange.targets.names import Names
from exchange.targets.places import Found, Places
from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.text import prose
from governance.tree.services import said
from initiatives.choices import Overlay, Stage
from initiatives.models import Measure
from initiatives.rules import (
    Hands,
    change_refusal,
    dates_refusal,
    locked_refusal,
    may_set,
    people_refusal,
    plan_refusal,
)
from initiatives.rules_reports import report_faults, tidy_report
from initiatives.selectors import hands_at, hands_in
from kpis.metrics.services import MetricDraft
from kpis.models import Effect, Metric
from kpis.rules import FIRST_YEAR, LAST_YEAR, MONTHS, Month, fits, may_plan, month_of

Cells = dict[Month, Decimal | None]


@dataclass(slots=True)
class EffectPlan:
    """An effect of a row: the one that stands or None, and the months to write."""

    draft: EffectDraftData
    metric: Metric | MetricDraft
    effect: Effect | None
    cells: Cells


@dataclass(slots=True)
class Plan:
    """Everything a measure row would do, resolved to what the services take."""

    draft: MeasureRow
    measure: Measure | None
    place: Found
    fields: dict[str, Any] = field(default_factory=dict)
    effects: list[EffectPlan] = field(default_factory=list)
    reports: list[ReportDraft] = field(default_factory=list)
    changes: dict[str, Any] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    @property
    def state(self) -> RowState:
        if any(finding.is_error for finding in self.findings):
            return RowState.REFUSED
        if self.measure is None:
            return RowState.CREATE
        return RowState.CHANGE if self.changes else RowState.UNCHANGED


@dataclass(slots=True)
class MeasureTarget:
    """Judges measure rows of one file; keeps what it looked up."""

    by: Actor
    names: Names
    places: Places
    headings: Mapping[str, str]
    default_currency: str
    hands: dict[str, Hands] = field(default_factory=dict)

    def judge(self, rows: Sequence[Judged], *, in_file: Mapping[str, str]) -> list[Judged]:
        """Set state, changes and findings of rows that have a draft.

        `in_file` holds groups that earlier rows of the file make: what only adds to them is fine.
        """
        made = dict(in_file)
        drafts = [row.draft for row in rows if isinstance(row.draft, MeasureRow)]
        known = known_of(drafts)
        for row in rows:
            if not isinstance(row.draft, MeasureRow):
                row.state = RowState.REFUSED if row.is_refused else RowState.SKIPPED
                continue
            plan = self.plan(row.draft, known, follows=made.get(row.draft.group, ""))
            told = {(finding.code, finding.column) for finding in row.findings}
            row.findings += [f for f in plan.findings if (f.code, f.column) not in told]
            row.state = RowState.REFUSED if row.is_refused else plan.state
            row.changes = {} if row.is_refused else plan.changes
            row.label = row.draft.fields.get("name", "") or (
                plan.measure.name if plan.measure else made.get(row.draft.group, "")
            )
            row.label = row.label[:300]
            row.subject = plan.measure.code if plan.measure else ""
            row.draft.key = own_key(plan)
            if row.state is RowState.CREATE and row.draft.may_create:
                made[row.draft.group] = row.label
        return list(rows)

    def plan(self, draft: MeasureRow, known: Known, *, follows: str = "") -> Plan:
        """What one row, or the merged rows of one measure, would do."""
        measure = known.measure(draft)
        plan = Plan(draft, measure, Found())
        fields, faults = self.names.values(draft.fields, self.headings)
        plan.findings += faults
        if measure is None:
            self._plan_new(plan, fields, is_follower=bool(follows))
        else:
            self._plan_known(plan, measure, fields, known)
        hands = self._hands(plan)
        if hands is not None:
            self._check_rights(plan, hands)
        self._plan_effects(plan, known)
        self._plan_reports(plan, known)
        return plan

    # --- the measure itself ---------------------------------------------------------------------

    def _plan_new(self, plan: Plan, fields: dict[str, Any], *, is_follower: bool) -> None:
        draft = plan.draft
        plan.fields = fields
        if is_follower:
            return
        if not draft.may_create:
            plan.findings.append(error("unknown_measure", text=draft.code or draft.source_key))
            return
        if not draft.source_key:
            plan.findings.append(error("no_key"))
            return
        if not draft.fields.get("name"):
            plan.findings.append(error("required", self.headings.get("name", "")))
        plan.place = self.places.find(draft.place)
        if plan.place.fault is not None:
            plan.findings.append(plan.place.fault)
        ids = {name: person.pk for name, person in fields.items() if hasattr(person, "email")}
        self._check_people(plan, ids)
        self._check_dates(plan, fields)

    def _plan_known(
        self, plan: Plan, measure: Measure, fields: dict[str, Any], known: Known
    ) -> None:
        if not self.by.may(Permission.TREE_VIEW, measure.path):
            text = plan.draft.code or plan.draft.source_key
            plan.findings.append(error("unknown_measure", text=text))
            return
        if not self.by.may(Permission.IMPORT_RUN, measure.path):
            plan.findings.append(error("place_forbidden"))
        for name, value in fields.items():
            before = getattr(measure, name)
            if not is_same(before, value):
                plan.fields[name] = value
                plan.changes[name] = [said(before), said(value)]
                self._refuse_frozen(plan, measure, name, was_empty=before in {None, ""})
        after = {
            name: getattr(measure, f"{name}_id") for name in ("owner", "sponsor", "controller")
        }
        after |= {name: value.pk for name, value in plan.fields.items() if name in after}
        self._check_people(plan, after)
        if "controller" in plan.fields and after["controller"] in known.effect_owners(measure):
            plan.findings.append(error("controller_is_judged"))
        days = {"planned_start": measure.planned_start, "planned_end": measure.planned_end}
        self._check_dates(plan, days | {n: v for n, v in plan.fields.items() if n in days})
        self._note_place(plan, measure)

    @staticmethod
    def _refuse_frozen(plan: Plan, measure: Measure, name: str, *, was_empty: bool) -> None:
        """G1, V2, T15: no import gets round a gate, whatever field it names; said once a row."""
        stage, overlay = Stage(measure.stage), Overlay(measure.overlay)
        refusal = locked_refusal(stage, overlay) or change_refusal(name, stage, was_empty=was_empty)
        if refusal is not None and refusal not in {finding.code for finding in plan.findings}:
            plan.findings.append(error(refusal))

    def _note_place(self, plan: Plan, measure: Measure) -> None:
        """An import moves nothing: a file that names another place is told so."""
        if not plan.draft.place.steps:
            return
        found = self.places.find(plan.draft.place)
        if found.package is None or found.package.pk != measure.package_id:
            package = measure.package
            plan.findings.append(
                warning("stands_elsewhere", place=f"{package.code} {package.name}")
            )

    def _check_people(self, plan: Plan, ids: Mapping[str, int | None]) -> None:
        reason = people_refusal(ids.get("owner"), ids.get("sponsor"), ids.get("controller"))
        if reason is not None:
            plan.findings.append(error(reason))

    def _check_dates(self, plan: Plan, days: Mapping[str, date | None]) -> None:
        if dates_refusal(days):
            plan.findings.append(error("end_before_start", self.headings.get("planned_end", "")))

    def _hands(self, plan: Plan) -> Hands | None:
        if plan.measure is not None:
            return hands_at(plan.measure, self.by)
        if plan.place.node is None:
            return None
        path = plan.place.node.path
        if path not in self.hands:
            self.hands[path] = hands_in(path, self.by)
        return self.hands[path]

    def _check_rights(self, plan: Plan, hands: Hands) -> None:
        for name in plan.fields:
            own = name == "owner" and plan.fields[name].pk == self.by.membership_id
            if not may_set(name, hands) and not (own and plan.measure is None):
                heading = self.headings.get(name, name)
                plan.findings.append(error("field_forbidden", heading))
        if plan.draft.effects and not may_plan(hands):
            plan.findings.append(error("place_forbidden"))

    # --- effects --------------------------------------------------------------------------------

    def _plan_effects(self, plan: Plan, known: Known) -> None:
        for draft in plan.draft.effects:
            metric = self.names.metric(draft.metric)
            if not draft.metric:
                plan.findings.append(error("no_effect"))
            elif metric is None:
                plan.findings.append(error("unknown_metric", text=draft.metric))
            else:
                self._plan_effect(plan, known, draft, metric)

    def _plan_effect(
        self, plan: Plan, known: Known, draft: EffectDraftData, metric: Metric | MetricDraft
    ) -> None:
        stated = self._stated(plan, draft, metric)
        effect = known.effect(plan.measure, metric.code, draft) if plan.measure else None
        if effect is not None:
            self._note_kept(plan, effect, draft)
        elif isinstance(metric, Metric) and not metric.is_active:
            plan.findings.append(error("inactive_metric", text=metric.code))
        self._settle(draft, metric, effect)
        here = known.cells(effect) if effect else {}
        cells = {m: a for m, a in stated.items() if here.get(m) != a}
        plan.effects.append(EffectPlan(draft, metric, effect, cells))
        if plan.measure is None:
            return
        if effect is None or cells:
            self._refuse_locked(plan, plan.measure)
            label = EFFECT_SEPARATOR.join(draft.facts)
            plan.changes[label] = {
                str(m): [_text(here.get(m)), _text(a)] for m, a in sorted(cells.items())
            }
        if effect is not None:
            by_hand = known.by_hand(effect) & cells.keys()
            if by_hand:
                plan.findings.append(warning("edited_here", count=len(by_hand)))

    @staticmethod
    def _refuse_locked(plan: Plan, measure: Measure) -> None:
        """V2: what a passed gate froze is not imported; said once a row."""
        refusal = plan_refusal(Stage(measure.stage), Overlay(measure.overlay))
        if refusal is not None and refusal not in {finding.code for finding in plan.findings}:
            plan.findings.append(error(refusal))

    @staticmethod
    def _stated(
        plan: Plan, draft: EffectDraftData, metric: Metric | MetricDraft
    ) -> dict[Month, Decimal | None]:
        """The months a row gives, with a finding for each that cannot be kept."""
        stated: dict[Month, Decimal | None] = {}
        far = [text for text in draft.cells if month_of(text) is None]
        if far:
            first, last = Month(FIRST_YEAR, 1), Month(LAST_YEAR, MONTHS)
            plan.findings.append(error("month_out_of_range", text=far[0], first=first, last=last))
        for text, said_amount in draft.cells.items():
            month = month_of(text)
            if month is None:
                continue
            amount = None if said_amount is None else Decimal(said_amount)
            if amount is not None and not fits(amount, metric.decimals):
                plan.findings.append(error("too_many_decimals", text, decimals=metric.decimals))
            stated[month] = amount
        return stated

    def _settle(
        self, draft: EffectDraftData, metric: Metric | MetricDraft, effect: Effect | None
    ) -> None:
        """Spell out which effect is meant, so that two rows that mean one say so."""
        draft.metric = metric.code
        if effect is not None:
            draft.effect_class = effect.effect_class
        if metric.is_monetary:
            draft.currency = draft.currency or (
                effect.currency if effect is not None else self.default_currency
            )

    def _note_kept(self, plan: Plan, effect: Effect, draft: EffectDraftData) -> None:
        stated, here = draft.effect_class, effect.effect_class
        if stated != here:
            plan.findings.append(warning("kept", stated=stated, here=here))
        if not effect.metric.is_monetary or effect.currency == draft.currency:
            return
        if draft.currency:
            here = effect.currency
            plan.findings.append(error("other_currency", stated=draft.currency, here=here))
        elif effect.currency != self.default_currency:
            stated, here = self.default_currency, effect.currency
            plan.findings.append(warning("kept", stated=stated, here=here))

    # --- status reports -------------------------------------------------------------------------

    def _plan_reports(self, plan: Plan, known: Known) -> None:
        today = timezone.now().date()
        told: set[tuple[str, str]] = set()
        for draft in plan.draft.reports:
            if (draft.on, draft.rater) in told:
                plan.findings.append(error("two_reports", on=draft.on, rater=draft.rater))
            told.add((draft.on, draft.rater))
            kept = tidy_report(
                {
                    "reported_on": date.fromisoformat(draft.on),
                    "rater": draft.rater,
                    "light": draft.light,
                    "stated": draft.stated,
                    "commentary": draft.text,
                }
            )
            for name, texts in report_faults(kept, today).items():
                plan.findings += [error("invalid", name, text=text) for text in texts]
            here = known.report(plan.measure, draft) if plan.measure else None
            if here == (kept["light"], kept["stated"], kept["commentary"]):
                continue
            plan.reports.append(draft)
            if plan.measure is not None:
                name = f"status {draft.on} {draft.rater}".strip()
                plan.changes[name] = [here[0] if here else None, draft.light]


def is_same(here: Any, stated: Any) -> bool:
    """Whether a field says the same; texts may differ in how an é or a line end is written."""
    if isinstance(here, str) and isinstance(stated, str):
        return _as_read(here) == _as_read(stated)
    return bool(here == stated)


def _as_read(text: str) -> str:
    return unicodedata.normalize("NFC", prose(text))


def own_key(plan: Plan) -> str:
    """What tells a row from all others, whichever name it gives its measure and metric."""
    draft = plan.draft
    group, *line = draft.key.split(KEY_SEPARATOR)
    if plan.measure is not None:
        group = plan.measure.code
    if draft.line is not None and plan.effects:
        line = [*plan.effects[0].draft.facts, draft.line]
    return row_key(group, *line)


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else format(amount.normalize() if amount else Decimal(0), "f")


def merged_rows(drafts: Iterable[MeasureRow]) -> MeasureRow:
    """The rows of one measure as one draft: the first that says something about a field counts."""
    first, *others = list(drafts)
    for other in others:
        first.fields = {**other.fields, **first.fields}
        first.reports += other.reports
        first.may_create = first.may_create or other.may_create
        if not first.place.steps:
            first.place = other.place
        for effect in other.effects:
            _merge_effect(first.effects, effect)
    return first


def _merge_effect(effects: list[EffectDraftData], new: EffectDraftData) -> None:
    for effect in effects:
        if effect.facts == new.facts:
            effect.cells.update(new.cells)
            return
    effects.append(new)
