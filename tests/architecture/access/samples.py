"""Things to stand in addresses: for each word, what fills the places of an address in a house."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from approvals.models import ApprovalCondition, ApprovalRequest
from exchange.exports.making import Wanted
from exchange.exports.services import export_request
from exchange.models import Export, Import
from governance.people.choices import Role, TokenScope
from governance.people.models import ApiToken
from governance.people.services import token_create
from governance.permissions.models import NodeGrant
from initiatives.models import Measure, StatusReport
from initiatives.services import MeasureDraft, measure_create
from initiatives.services_reports import ReportDraft, status_report_add
from kpis.choices import EffectKind
from kpis.indicators.services.kpis import KpiDraft, kpi_create
from kpis.indicators.services.objectives import ObjectiveDraft, objective_create
from kpis.models import Effect, Kpi, Objective
from kpis.services import EffectDraft, MetricDraft, effect_create, metric_create
from tests.exchange.importing import uploaded
from tests.houses import House
from tests.initiatives.climbing import ask_gate, go_with_condition, make_ready, publish_short_model


@dataclass(frozen=True)
class Samples:
    """A house with one of everything."""

    house: House
    measure: Measure
    effect: Effect
    report: StatusReport
    objective: Objective
    kpi: Kpi
    grant: NodeGrant
    tokens: dict[str, ApiToken]
    exports: dict[str, Export]
    run: Import
    # A measure that waits for a word, and one that passed a gate on a condition and asks again.
    waiting: Measure
    climbed: Measure
    request: ApprovalRequest
    condition: ApprovalCondition


def furnish(house: House) -> Samples:
    """Add what a house does not have by itself."""
    with house.active():
        pmo = house.actor("pmo")
        # The owner owns it, so that rights over one's own measures show too.
        draft = MeasureDraft("Sample", owner=house.people["owner"])
        measure = measure_create(package=house.package, draft=draft, by=pmo)
        metric = metric_create(draft=MetricDraft("X1", "Sample metric"), by=pmo)
        effect = effect_create(
            measure=measure, draft=EffectDraft(metric, EffectKind.RECURRING), by=pmo
        )
        report = status_report_add(
            measure=measure,
            draft=ReportDraft(date(2026, 1, 31), "green"),
            by=house.actor("owner"),
        )
        objective = objective_create(draft=ObjectiveDraft("Sample objective"), by=pmo)
        kpi = kpi_create(
            draft=KpiDraft("Sample KPI", objective, update_owner=house.people["owner"]), by=pmo
        )
        grant = NodeGrant.objects.get(membership=house.people["owner"])
        tokens = {name: _token(house, name) for name in (*Role.values, "guest")}
        exports = {name: _export(house, name) for name in (*Role.values, "guest")}
        run = uploaded(b"name,project\nSample,PJ-0001\n", "measures", by=pmo)
    publish_short_model(house)
    waiting, climbed = make_ready(house, "Waiting"), make_ready(house, "Climbed")
    go_with_condition(house, climbed)
    request = ask_gate(house, climbed)
    with house.active():
        condition = ApprovalCondition.objects.get()
    return Samples(
        waiting=waiting,
        climbed=climbed,
        request=request,
        condition=condition,
        house=house,
        measure=measure,
        effect=effect,
        report=report,
        objective=objective,
        kpi=kpi,
        grant=grant,
        tokens=tokens,
        exports=exports,
        run=run,
    )


def _token(house: House, name: str) -> ApiToken:
    return token_create(
        membership=house.people[name],
        name="sample",
        scopes=[TokenScope.READ],
        days=1,
        by=house.actor(name),
    ).token


def _export(house: House, name: str) -> Export:
    """A file of somebody's own; a guest, who may take nothing out, had roles once."""
    asked = Wanted("measures", "q=nothing-of-this-name")
    by = house.actor("executive" if name == "guest" else name)
    by = replace(by, membership_id=house.people[name].pk)
    return export_request(wanted=asked, tenant=house.tenant, by=by)


Fill = Callable[[Samples, str], dict[str, Any]]


def _code(pick: Callable[[Samples], Any]) -> Fill:
    return lambda samples, _who: {"code": pick(samples).code}


# What fills an address, by the word in the table; `who` is asking, for what is personal.
FILLS: dict[str, Fill] = {
    "": lambda _s, _who: {},
    "root": _code(lambda s: s.house.root),
    "portfolio": _code(lambda s: s.house.portfolio),
    "program": _code(lambda s: s.house.program),
    "project": _code(lambda s: s.house.project),
    "package": _code(lambda s: s.house.package),
    "measure": _code(lambda s: s.measure),
    "objective": _code(lambda s: s.objective),
    "kpi": _code(lambda s: s.kpi),
    "unit": _code(lambda s: s.house.unit),
    "function": _code(lambda s: s.house.function),
    "entity": _code(lambda s: s.house.entity),
    "forum": _code(lambda s: s.house.forum),
    "kind": lambda _s, _who: {"kind": "business-units"},
    "entry": lambda s, _who: {"kind": "business-units", "code": s.house.unit.code},
    "seat": lambda s, _who: {
        "code": s.house.forum.code,
        "person_id": s.house.people["forum_member"].public_id,
    },
    "effect": lambda s, _who: {"effect_id": s.effect.public_id},
    "climbed": _code(lambda s: s.climbed),
    "attested": lambda s, _who: {"code": s.waiting.code, "criterion": "counted_once"},
    "request": lambda s, _who: {"request_id": s.request.public_id},
    "condition": lambda s, _who: {"condition_id": s.condition.public_id},
    "report": lambda s, _who: {"report_id": s.report.public_id},
    "cell": lambda s, _who: {"effect_id": s.effect.public_id, "month": "2026-01"},
    "person": lambda s, _who: {"person_id": s.house.people["sponsor"].public_id},
    "grant": lambda s, _who: {
        "person_id": s.house.people["owner"].public_id,
        "grant_id": s.grant.public_id,
    },
    "token": lambda s, who: {"token_id": s.tokens[who if who in s.tokens else "guest"].public_id},
    "import": lambda s, _who: {"import_id": s.run.public_id},
    "template": lambda _s, _who: {"profile": "measures", "extension": "csv"},
    "export": lambda s, who: {"export_id": s.exports[who].public_id},
    "others-export": lambda s, _who: {"export_id": s.exports["consultant"].public_id},
    "others-token": lambda s, _who: {"token_id": s.tokens["consultant"].public_id},
}
