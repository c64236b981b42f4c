"""The tenant `nordwerk`: an invented industrial group with about three hundred measures."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.utils import timezone, translation

from exchange.demo.data import read_people
from exchange.demo.fates import Deck, Fate, deal, deck_for, schedule_for
from exchange.demo.outline import Branch, MeasureLine, read_outline
from exchange.demo.plans import EffectLine, Schedule, choice, effects_of_line, gaps_of
from exchange.demo.services.accounts import Cast, TenantPlan, tenant_raise
from exchange.demo.services.casting import Company, Parts, Phrases, parts_of
from exchange.demo.services.climbing import climb
from exchange.demo.services.exceptions import exceptions_raise
from exchange.demo.services.rhythm import rhythm_kept
from exchange.demo.services.scene import Climber, Held, Scene
from exchange.demo.services.steering import months_close, rates_set, targets_set
from exchange.demo.wording import description_of, said
from exchange.metrics import metrics_ensure
from governance.calendars.rules import Holiday
from governance.calendars.services import CalendarDraft, calendar_propose, calendar_publish
from governance.masterdata.choices import Seat
from governance.masterdata.models import BusinessUnit, Forum, Function, LegalEntity, MasterData
from governance.masterdata.services import master_data_create
from governance.masterdata.services_seats import forum_member_add, seat_confirm
from governance.people.actor import Actor
from governance.people.choices import Role
from governance.people.models import Membership
from governance.permissions.selectors import actor_for
from governance.permissions.services import role_grant
from governance.tenancy.context import tenant_scope, tenant_transaction
from governance.tenancy.models import Tenant
from governance.tenancy.services import TenantSettings
from governance.tree.choices import Level
from governance.tree.models import Node
from governance.tree.services import NodeDraft
from initiatives.choices import GovernabilityField
from initiatives.models import Measure
from initiatives.services import MeasureDraft, level_create, measure_change, measure_create
from kpis.choices import EffectClass, EffectKind, Series
from kpis.models import Metric
from kpis.services import EffectDraft, effect_create, values_write

SLUG = "nordwerk"
HEADLINE = "EBITDA"
MASTER_DATA: dict[str, type[MasterData]] = {
    "business_units": BusinessUnit,
    "functions": Function,
    "legal_entities": LegalEntity,
    "forums": Forum,
}
# What an outline calls a place, and the field and list it stands for.
PLACES = {
    "unit": ("business_unit", "business_units"),
    "function": ("function", "functions"),
    "entity": ("legal_entity", "legal_entities"),
    "forum": ("forum", "forums"),
}


@dataclass(frozen=True, slots=True)
class _Setting:
    """What measures refer to."""

    cast: Cast
    lists: Mapping[str, Mapping[str, Any]]
    metrics: Mapping[str, Metric]
    by: Actor
    finance: Actor
    texts: Mapping[str, str]
    phrases: Phrases
    currency: str
    fates: Mapping[str, Fate]
    today: date
    climbers: list[Climber] = field(default_factory=list)

    def fate_of(self, line: MeasureLine) -> Fate:
        return self.fates.get(line.title, Fate())

    def when(self, line: MeasureLine) -> Schedule:
        return schedule_for(line, self.fate_of(line), self.today)


def nordwerk_seed(folder: Path, deck: Deck | None = None) -> bool:
    """Build the tenant from the demo's files; False if it is there already.

    `deck` says how many measures meet which fate; left out, the shares of the full demo count.
    """
    if Tenant.objects.filter(slug=SLUG).exists():
        return False
    facts = json.loads((folder / "nordwerk.json").read_text(encoding="utf-8"))
    outline = read_outline((folder / "nordwerk.txt").read_text(encoding="utf-8"))
    plan = TenantPlan(
        slug=SLUG,
        settings=TenantSettings(facts["name"], language="de", time_zone="Europe/Berlin"),
        headline_metric=HEADLINE,
        source_note=facts["note"],
    )
    with transaction.atomic(), translation.override(plan.settings.language):
        _plan_plainly()
        tenant, cast = tenant_raise(plan=plan, people=read_people(folder, SLUG))
        with tenant_scope(tenant.pk):
            by = cast.acting("pmo")
            lists = _master_data(facts, by)
            _fill_forums(lists["forums"], cast, by)
            head = actor_for(cast.by_role[Role.HEAD_OF_CONTROLLING][0], via="command")
            _calendar(facts["holidays"], by, head)
            metrics = metrics_ensure(needed=HEADLINE, by=by)
            setting = _Setting(
                cast,
                lists,
                metrics,
                by,
                head,
                facts["texts"],
                facts["phrases"],
                tenant.currency,
                _fates(outline, deck),
                timezone.localdate(),
            )
            rates_set(facts["plan_rates"], setting.today, by=_controller(cast), second=head)
            for portfolio in outline:
                _grow(setting, cast.root, portfolio, [])
    company = Company(cast)
    _all_climb(tenant, Scene(company, setting.phrases, setting.today), setting.climbers)
    _steer(tenant, facts, company, head)
    return True


def _steer(tenant: Tenant, facts: Mapping[str, Any], company: Company, head: Actor) -> None:
    """Targets, months that close, the rhythm, and exceptions, once all measures stand."""
    accounts, today = company.cast.accounts, timezone.localdate()
    with tenant_transaction(tenant.pk), translation.override(tenant.language):
        by = company.pmo
        targets_set(tenant, today, facts["target_reason"], by=by, second=head)
        months_close(today, by=by, second=head)
        rhythm_kept(tenant, today, by=by, second=head)
        exceptions_raise(
            company,
            facts["exceptions"],
            sponsor=accounts["sponsor"],
            owner=accounts["owner"],
        )


def _controller(cast: Cast) -> Actor:
    return actor_for(cast.by_role[Role.CONTROLLER][0], via="command")


def _calendar(holidays: Mapping[str, str], by: Actor, second: Actor) -> None:
    """The holidays of the house, published by a second person (S5)."""
    days = [Holiday(date.fromisoformat(day), name) for day, name in holidays.items()]
    row = calendar_propose(draft=CalendarDraft(holidays=days), by=by)
    calendar_publish(number=row.number, seen_version=row.version, by=second)


def _all_climb(tenant: Tenant, scene: Scene, climbers: Sequence[Climber]) -> None:
    """Each measure in a transaction of its own.

    In a single one no former version of a row could be cleared away, and every statement would
    wade through all of them.
    """
    for climber in climbers:
        with (
            tenant_transaction(tenant.pk),
            translation.override(tenant.language),
        ):
            _plan_plainly()
            climb(scene, climber)


def _plan_plainly() -> None:
    """Tables of a new database have no statistics yet, and the planner would guess at great cost.

    Until this transaction ends no plan is compiled, and joins go in the order they are written in.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL jit = off")
        cursor.execute("SET LOCAL join_collapse_limit = 1")


def _fates(outline: Sequence[Branch], deck: Deck | None) -> dict[str, Fate]:
    """The log-in of the owner is in the circle of the first program of each portfolio."""
    lines = [line for portfolio in outline for line in portfolio.walk()]
    first = [portfolio.branches[0] for portfolio in outline if portfolio.branches]
    at_home = {line.title for program in first for line in program.walk()}
    return deal(lines, deck_for(len(lines)) if deck is None else deck, at_home)


def _master_data(facts: Mapping[str, Any], by: Actor) -> dict[str, dict[str, Any]]:
    return {
        name: {
            code: master_data_create(model=model, code=code, name=label, by=by)
            for code, label in facts[name].items()
        }
        for name, model in MASTER_DATA.items()
    }


def _fill_forums(forums: Mapping[str, Any], cast: Cast, by: Actor) -> None:
    """Every forum has a sponsor in the chair, who confirms all forum members (S6)."""
    sponsors = cast.by_role[Role.SPONSOR]
    for index, forum in enumerate(forums.values()):
        chair = sponsors[index % len(sponsors)]
        forum_member_add(forum=forum, membership=chair, seat=Seat.CHAIR, by=by)
        for member in cast.by_role[Role.FORUM_MEMBER]:
            forum_member_add(forum=forum, membership=member, seat=Seat.MEMBER, by=by)
            seat_confirm(forum=forum, membership=member, by=actor_for(chair, via="command"))


def _grow(setting: _Setting, parent: Node, branch: Branch, owners: list[Membership]) -> None:
    """Create a level and all below it; a program brings its own circle of owners."""
    node = _node(setting, parent, branch, owners)
    if branch.level is Level.PROGRAM:
        admin = setting.cast.acting("admin")
        for owner in owners:
            role_grant(membership=owner, role=Role.OWNER, node=node, by=admin)
    for line in branch.measures:
        _measure(setting, node, line, owners)
    everybody, count = setting.cast.by_role[Role.OWNER], len(branch.branches)
    for index, below in enumerate(branch.branches):
        circle = everybody[index::count] if below.level is Level.PROGRAM else owners
        _grow(setting, node, below, circle)


def _node(setting: _Setting, parent: Node, branch: Branch, owners: list[Membership]) -> Node:
    lines = [setting.when(line) for line in branch.walk()]
    draft = NodeDraft(
        branch.level,
        branch.name,
        description=branch.description,
        owner=choice(owners, branch.name) if owners else setting.cast.accounts["executive"],
        sponsor=choice(setting.cast.by_role[Role.SPONSOR], branch.name),
        planned_start=min(when.planned_start for when in lines),
        planned_end=max(when.planned_end for when in lines),
    )
    return level_create(parent=parent, draft=draft, by=setting.by)


def _measure(setting: _Setting, node: Node, line: MeasureLine, owners: list[Membership]) -> None:
    fate = setting.fate_of(line)
    parts = parts_of(setting.cast, line.title, fate, owners)
    missing = gaps_of(line)
    draft = _draft(setting, line, parts, missing)
    measure = measure_create(package=node, draft=draft, by=setting.by)
    if GovernabilityField.CONTROLLER not in missing:
        measure = measure_change(
            measure=measure,
            seen_version=measure.version,
            fields={"controller": parts.controller},
            by=setting.finance,
        )
    held = [
        _effect(setting, measure, item, parts, fate)
        for item in _effect_lines(line, setting.when(line), fate)
    ]
    if not fate.is_untouched:
        when = setting.when(line)
        setting.climbers.append(Climber(measure, line.title, fate, when, parts, held))


def _draft(
    setting: _Setting,
    line: MeasureLine,
    parts: Parts,
    missing: frozenset[GovernabilityField],
) -> MeasureDraft:
    """What the office enters; what gates ask for besides only where the measure climbs."""
    when, places = setting.when(line), line.place
    fields: dict[str, Any] = {
        "owner": parts.owner,
        "sponsor": parts.sponsor,
        **{PLACES[word][0]: setting.lists[PLACES[word][1]][code] for word, code in places.items()},
    }
    kept = {name: value for name, value in fields.items() if name not in missing}
    if not setting.fate_of(line).is_untouched:
        kept["receiver"] = parts.receiver
        kept["calculation_method"] = said(setting.phrases, "method", line.title)
    return MeasureDraft(
        name=line.title,
        description=description_of(line, setting.texts, setting.currency, when),
        planned_start=when.planned_start,
        planned_end=when.planned_end,
        **kept,
    )


def _effect_lines(line: MeasureLine, when: Schedule, fate: Fate) -> list[EffectLine]:
    """What the line's amounts become; who climbs says of one-time cost at least that it is 0."""
    items = list(effects_of_line(line, when))
    kinds = {item.kind for item in items}
    if not fate.is_untouched and EffectKind.ONE_TIME_COST not in kinds:
        nothing = {when.start: Decimal(0)}
        cost = EffectKind.ONE_TIME_COST
        items.append(EffectLine(HEADLINE, cost, EffectClass.HARD, line.currency, nothing))
    return items


def _effect(
    setting: _Setting, measure: Measure, item: EffectLine, parts: Parts, fate: Fate
) -> Held:
    draft = EffectDraft(setting.metrics[item.metric], item.kind, item.effect_class, item.currency)
    if not fate.is_untouched and not item.kind.is_cost:
        starts = min(item.cells).first_day if item.kind is EffectKind.RECURRING else None
        draft = replace(draft, owner=parts.owner, run_rate_start=starts)
    effect = effect_create(measure=measure, draft=draft, by=setting.by)
    effect = values_write(
        effect=effect,
        series=Series.PLAN,
        cells={str(month): amount for month, amount in item.cells.items()},
        seen_version=effect.version,
        by=setting.by,
    )
    return Held(effect, item)
