"""The tenant `nordwerk`: an invented industrial group with about three hundred measures."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import translation

from exchange.demo.data import read_people
from exchange.demo.outline import Branch, MeasureLine, read_outline
from exchange.demo.plans import EffectLine, choice, effects_of_line, gaps_of, schedule_of
from exchange.demo.services.accounts import Cast, TenantPlan, tenant_raise
from exchange.demo.wording import description_of
from exchange.metrics import metrics_ensure
from governance.masterdata.choices import Seat
from governance.masterdata.models import BusinessUnit, Forum, Function, LegalEntity, MasterData
from governance.masterdata.services import forum_member_add, master_data_create
from governance.people.actor import Actor
from governance.people.choices import Role
from governance.people.models import Membership
from governance.permissions.selectors import actor_for
from governance.permissions.services import role_grant
from governance.tenancy.context import tenant_scope
from governance.tenancy.models import Tenant
from governance.tenancy.services import TenantSettings
from governance.tree.choices import Level
from governance.tree.models import Node
from governance.tree.services import NodeDraft
from initiatives.choices import GovernabilityField
from initiatives.models import Measure
from initiatives.services import MeasureDraft, level_create, measure_change, measure_create
from kpis.choices import Series
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
    currency: str


def nordwerk_seed(folder: Path) -> bool:
    """Build the tenant from the demo's files; False if it is there already."""
    if Tenant.objects.filter(slug=SLUG).exists():
        return False
    facts = json.loads((folder / "nordwerk.json").read_text(encoding="utf-8"))
    outline = read_outline((folder / "nordwerk.txt").read_text(encoding="utf-8"))
    plan = TenantPlan(
        slug=SLUG,
        settings=TenantSettings(facts["name"], currency="EUR", fiscal_year_start=1, language="de"),
        headline_metric=HEADLINE,
        source_note=facts["note"],
    )
    with transaction.atomic(), translation.override(plan.settings.language):
        tenant, cast = tenant_raise(plan=plan, people=read_people(folder, SLUG))
        with tenant_scope(tenant.pk):
            by = cast.acting("pmo")
            lists = _master_data(facts, by)
            _fill_forums(lists["forums"], cast, by)
            head = actor_for(cast.by_role[Role.HEAD_OF_CONTROLLING][0], via="command")
            metrics = metrics_ensure(needed=HEADLINE, by=by)
            setting = _Setting(cast, lists, metrics, by, head, facts["texts"], tenant.currency)
            for portfolio in outline:
                _grow(setting, cast.root, portfolio, [])
    return True


def _master_data(facts: Mapping[str, Any], by: Actor) -> dict[str, dict[str, Any]]:
    return {
        name: {
            code: master_data_create(model=model, code=code, name=label, by=by)
            for code, label in facts[name].items()
        }
        for name, model in MASTER_DATA.items()
    }


def _fill_forums(forums: Mapping[str, Any], cast: Cast, by: Actor) -> None:
    """Every forum has a sponsor in the chair and all forum members."""
    sponsors = cast.by_role[Role.SPONSOR]
    for index, forum in enumerate(forums.values()):
        chair = sponsors[index % len(sponsors)]
        forum_member_add(forum=forum, membership=chair, seat=Seat.CHAIR, by=by)
        for member in cast.by_role[Role.FORUM_MEMBER]:
            forum_member_add(forum=forum, membership=member, seat=Seat.MEMBER, by=by)


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
    lines = [schedule_of(line) for line in branch.walk()]
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
    when, cast = schedule_of(line), setting.cast
    people: dict[str, Any] = {
        "owner": choice(owners, line.title, "owner"),
        "sponsor": choice(cast.by_role[Role.SPONSOR], line.title, "sponsor"),
    }
    places = {
        PLACES[word][0]: setting.lists[PLACES[word][1]][code] for word, code in line.place.items()
    }
    missing = gaps_of(line)
    fields = {name: value for name, value in {**people, **places}.items() if name not in missing}
    draft = MeasureDraft(
        name=line.title,
        description=description_of(line, setting.texts, setting.currency),
        planned_start=when.planned_start,
        planned_end=when.planned_end,
        **fields,
    )
    measure = measure_create(package=node, draft=draft, by=setting.by)
    if GovernabilityField.CONTROLLER not in missing:
        controller = choice(cast.by_role[Role.CONTROLLER], line.title, "controller")
        measure = measure_change(
            measure=measure,
            seen_version=measure.version,
            fields={"controller": controller},
            by=setting.finance,
        )
    for item in effects_of_line(line):
        _effect(setting, measure, item)


def _effect(setting: _Setting, measure: Measure, item: EffectLine) -> None:
    metric = setting.metrics[item.metric]
    effect = effect_create(
        measure=measure,
        draft=EffectDraft(metric, item.kind, item.effect_class, item.currency),
        by=setting.by,
    )
    values_write(
        effect=effect,
        series=Series.PLAN,
        cells={str(month): amount for month, amount in item.cells.items()},
        seen_version=effect.version,
        by=setting.by,
    )
