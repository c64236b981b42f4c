"""Things to stand in addresses: for each word, what fills the places of an address in a house."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from approvals.choices import Outcome
from approvals.escalations.services.policies import policy_propose
from approvals.models import (
    ApprovalCondition,
    ApprovalRequest,
    Delegation,
    Escalation,
    EscalationPolicy,
    GovernanceException,
)
from approvals.services.delegations import DelegationDraft, delegation_give
from exchange.models import Export, Import
from governance.audit.choices import AuditAction
from governance.audit.services import Subject, record
from governance.background.models import FailedTask
from governance.calendars.models import CalendarVersion
from governance.calendars.selectors import today_of
from governance.calendars.services import CalendarDraft, calendar_propose
from governance.masterdata.choices import Seat
from governance.masterdata.services_seats import forum_member_add
from governance.notifications.choices import Delivery, MailForm, MailState
from governance.notifications.models import Mail, Notification
from governance.notifications.services import mail_drawn
from governance.people.choices import Role
from governance.people.models import ApiToken
from governance.permissions.models import NodeGrant
from governance.permissions.services import role_grant
from governance.saved_views.models import SavedView
from initiatives.bulk.models import BulkEdit
from initiatives.documents.choices import DocumentKind
from initiatives.models import Document, Measure, Milestone, ReportingCalendar, StatusReport
from initiatives.rhythm.rules import RhythmTerms
from initiatives.rhythm.services import reporting_calendar_propose
from initiatives.services import MeasureDraft, measure_create
from initiatives.services_reports import ReportDraft, status_report_add
from kpis.actuals.rules import month_at
from kpis.choices import EffectKind
from kpis.indicators.services.kpis import KpiDraft, kpi_create
from kpis.indicators.services.objectives import ObjectiveDraft, objective_create
from kpis.metrics.services import MetricDraft, metric_create
from kpis.models import (
    Claim,
    Effect,
    Kpi,
    Metric,
    Objective,
    Period,
    Rate,
    Restatement,
    Target,
    Validation,
)
from kpis.periods.services import period_submit
from kpis.rates.choices import RateKind
from kpis.rates.services import rates_propose
from kpis.services import EffectDraft, effect_create
from kpis.settings.models import ValueSettings
from kpis.settings.rules import ValueTerms
from kpis.settings.services import value_settings_propose, value_settings_publish
from kpis.targets.services import TargetDraft, target_propose
from tests.approvals.escalations.making import overdue
from tests.approvals.exceptions.opening import one_of_each
from tests.architecture.access.arranged import bulk, export, token, views
from tests.exchange.importing import uploaded
from tests.governance.failing import dead_letter
from tests.houses import House
from tests.initiatives.gates.short import asked, short_model, staffed, voted
from tests.initiatives.papers import add_document, add_milestone
from tests.reporting.period_reports.signing import signed, weekly


@dataclass(frozen=True)
class Samples:
    """A house with one of everything."""

    house: House
    measure: Measure
    effect: Effect
    validation: Validation
    restatement: Restatement
    rate: Rate
    target: Target
    report: StatusReport
    document: Document
    milestone: Milestone
    objective: Objective
    kpi: Kpi
    grant: NodeGrant
    tokens: dict[str, ApiToken]
    exports: dict[str, Export]
    run: Import
    calendar: CalendarVersion
    settings: ValueSettings
    rhythm: ReportingCalendar
    pending: NodeGrant
    failed: FailedTask
    gated: "Gated"
    delegation: Delegation
    notices: dict[str, Notification]
    mail: Mail
    escalation: Escalation
    policy: EscalationPolicy
    exceptions: dict[str, GovernanceException]
    views: dict[str, SavedView]
    bulk: BulkEdit


@dataclass(frozen=True)
class Gated:
    """What a gate makes: an open request, and a measure that passed one with a condition."""

    request: ApprovalRequest
    passed: Measure
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
        # The owner keeps its plan; the sponsor accepts what was done.
        milestone = add_milestone(house, measure)
        document = add_document(house, measure, kind=DocumentKind.MILESTONE, milestone=milestone)
        objective = objective_create(draft=ObjectiveDraft("Sample objective"), by=pmo)
        kpi = kpi_create(
            draft=KpiDraft("Sample KPI", objective, update_owner=house.people["owner"]), by=pmo
        )
        gated = _gated(house)
        return Samples(
            house=house,
            measure=measure,
            effect=effect,
            report=report,
            document=document,
            milestone=milestone,
            objective=objective,
            kpi=kpi,
            **_besides(house),
            validation=_validation(house, metric),
            rate=_rate(house),
            target=_target(house, metric),
            restatement=_restatement(house),
            gated=gated,
            delegation=_delegation(house),
            escalation=overdue(house, measure),
            policy=policy_propose(said={}, by=pmo),
            exceptions=one_of_each(house, gated.passed),
            bulk=bulk(house, measure),
        )


def _besides(house: House) -> dict[str, Any]:
    """What hangs on no measure: grants, tokens, files, an import and a calendar to be."""
    pmo, names = house.actor("pmo"), (*Role.values, "guest")
    return {
        "grant": NodeGrant.objects.get(membership=house.people["owner"]),
        "tokens": {name: token(house, name) for name in names},
        "exports": {name: export(house, name) for name in names},
        "pending": _pending(house),
        "failed": dead_letter(house),
        "notices": {name: _notice(house, name) for name in names},
        "mail": failed_mail(house),
        "views": views(house),
        "calendar": calendar_propose(draft=CalendarDraft(), by=pmo),
        "settings": _settings(house),
        "rhythm": _rhythm(house),
        "run": uploaded(b"name,project\nSample,PJ-0001\n", "measures", by=pmo),
    }


def _settings(house: House) -> ValueSettings:
    """Months that close, the last one without claims; and a version that waits (S5)."""
    pmo, last = house.actor("pmo"), month_at(today_of(house.tenant)).plus(-1)
    terms = ValueTerms(closes_from=last.plus(-1), claim_day=60, validation_day=60)
    row = value_settings_propose(terms=terms, by=pmo)
    by = house.actor("administrator")
    value_settings_publish(number=row.number, seen_version=1, by=by)
    period_submit(month=last, by=house.actor("controller"))
    return value_settings_propose(terms=terms, by=pmo)


def _rhythm(house: House) -> ReportingCalendar:
    """A week with updates owed and a report signed; and a version that waits (S5)."""
    weekly(house)
    signed(house, house.project)
    return reporting_calendar_propose(terms=RhythmTerms(), by=house.actor("pmo"))


def _pending(house: House) -> NodeGrant:
    """A role that waits for its second granter, and a seat that does (S6)."""
    by = house.actor("administrator")
    guest = house.people["guest"]
    forum_member_add(forum=house.forum, membership=guest, seat=Seat.MEMBER, by=by)
    return role_grant(membership=guest, role=Role.SPONSOR, node=house.program, by=by)


def _gated(house: House) -> Gated:
    """By a stage model of short gates, in force from here on."""
    short_model(house)
    passed = staffed(house, "Passed")
    voted(house, asked(house, passed), Outcome.CONDITIONAL_GO, conditions=1)
    return Gated(
        request=asked(house, staffed(house)),
        passed=passed,
        condition=ApprovalCondition.objects.get(subject_id=passed.pk),
    )


def _validation(house: House, metric: Metric) -> Validation:
    """A claim that was judged; written past its services, for no gate was passed."""
    pmo = house.actor("pmo")
    measure = measure_create(package=house.package, draft=MeasureDraft("Judged"), by=pmo)
    draft = EffectDraft(metric, EffectKind.RECURRING)
    effect = effect_create(measure=measure, draft=draft, by=pmo)
    record(
        AuditAction.ACTUAL_VALIDATED,
        subject=Subject("measure", measure.code, measure.name),
        by=house.system(),
    )
    month = {"effect": effect, "month": date(2020, 1, 1)}
    claim = Claim.objects.create(**month, amount=1, claimed_by=house.people["owner"])
    return Validation.objects.create(
        **month, claim=claim, outcome="validated", amount=1, decided_by=house.people["controller"]
    )


def _target(house: House, metric: Metric) -> Target:
    """A proposal of the transformation office for the program."""
    owner = house.people["owner"]
    draft = TargetDraft(metric, 2026, EffectKind.RECURRING.value, "100", owner, "Agreed.")
    return target_propose(node=house.program, draft=draft, by=house.actor("pmo"))


def _restatement(house: House) -> Restatement:
    """The controller proposes one for a locked month; written past its services, as no gate was."""
    last = month_at(today_of(house.tenant))
    measure = measure_create(
        package=house.package, draft=MeasureDraft("Restated"), by=house.actor("pmo")
    )
    draft = EffectDraft(Metric.objects.get(code="X1"), EffectKind.RECURRING)
    effect = effect_create(measure=measure, draft=draft, by=house.actor("pmo"))
    Period.objects.create(month=last.plus(-9).first_day, state="locked")
    subject = Subject("measure", measure.code, measure.name)
    record(AuditAction.RESTATEMENT_PROPOSED, subject=subject, by=house.system())
    return Restatement.objects.create(
        effect=effect,
        month=last.plus(-9).first_day,
        booked_in=last.first_day,
        delta=1,
        reason="x",
        proposed_by=house.people["controller"],
    )


def _rate(house: House) -> Rate:
    """A rate that waits for another person (S5)."""
    rates = {"USD": {"2026-01": "0.9"}}
    by = house.actor("controller")
    return rates_propose(kind=RateKind.PLAN, rates=rates, by=by)[0]


def _delegation(house: House) -> Delegation:
    today = timezone.localdate()
    draft = DelegationDraft(house.people["pmo"], house.program, today, today + timedelta(days=7))
    return delegation_give(draft=draft, by=house.actor("sponsor"))


def _notice(house: House, name: str) -> Notification:
    """Something that a person was told; of a kind that no app knows, as after an upgrade."""
    row: Notification = Notification.objects.create(
        recipient=house.people[name], kind="sample", key="sample", delivery=Delivery.OFF
    )
    return row


def failed_mail(house: House) -> Mail:
    row = mail_drawn(recipient=house.people["owner"], form=MailForm.NOTICE, key="notice:sample")
    row.state, row.reason, row.settled_at = MailState.FAILED, "550 no", timezone.now()
    row.text, row.html = "Text", "<p>Text</p>"
    row.save()
    return row


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
    "waiting-seat": lambda s, _who: {
        "code": s.house.forum.code,
        "person_id": s.house.people["guest"].public_id,
    },
    "calendar": lambda s, _who: {"number": s.calendar.number},
    "failed-task": lambda s, _who: {"failed_id": s.failed.public_id},
    "escalation": lambda s, _who: {"escalation_id": s.escalation.public_id},
    "policy": lambda s, _who: {"number": s.policy.number},
    "settings": lambda s, _who: {"number": s.settings.number},
    "rhythm": lambda s, _who: {"number": s.rhythm.number},
    "signed": lambda s, _who: {"code": s.house.project.code, "number": 1},
    # A month whose claims finance ended, and the one before it, which can be locked.
    "month": lambda s, _who: {"month": str(month_at(today_of(s.house.tenant)).plus(-2))},
    "ended-month": lambda s, _who: {"month": str(month_at(today_of(s.house.tenant)).plus(-1))},
    "effect": lambda s, _who: {"effect_id": s.effect.public_id},
    "validation": lambda s, _who: {"validation_id": s.validation.public_id},
    "restatement": lambda s, _who: {"restatement_id": s.restatement.public_id},
    "report": lambda s, _who: {"report_id": s.report.public_id},
    "document": lambda s, _who: {"document_id": s.document.public_id},
    "milestone": lambda s, _who: {"milestone_id": s.milestone.public_id},
    "passed": _code(lambda s: s.gated.passed),
    "criterion": lambda s, _who: {"code": s.gated.passed.code, "criterion": "counted_once"},
    "request": lambda s, _who: {"request_id": s.gated.request.public_id},
    "delegation": lambda s, _who: {"delegation_id": s.delegation.public_id},
    "exception": lambda s, _who: {"code": s.exceptions["open"].code},
    "owned-exception": lambda s, _who: {"code": s.exceptions["owned"].code},
    "asked-exception": lambda s, _who: {"code": s.exceptions["asked"].code},
    "decided-exception": lambda s, _who: {"code": s.exceptions["decided"].code},
    "stage-model": lambda _s, _who: {"code": "standard", "number": 1},
    "condition": lambda s, _who: {"condition_id": s.gated.condition.public_id},
    "metric": _code(lambda s: s.effect.metric),
    "rate": lambda s, _who: {"rate_id": s.rate.public_id},
    "target": lambda s, _who: {"target_id": s.target.public_id},
    "cockpit": lambda _s, _who: {"name": "shortfalls"},
    "cell": lambda s, _who: {"effect_id": s.effect.public_id, "month": "2026-01"},
    "person": lambda s, _who: {"person_id": s.house.people["sponsor"].public_id},
    "grant": lambda s, _who: {
        "person_id": s.house.people["owner"].public_id,
        "grant_id": s.grant.public_id,
    },
    "pending": lambda s, _who: {
        "person_id": s.house.people["guest"].public_id,
        "grant_id": s.pending.public_id,
    },
    "token": lambda s, who: {"token_id": s.tokens[who if who in s.tokens else "guest"].public_id},
    "import": lambda s, _who: {"import_id": s.run.public_id},
    "template": lambda _s, _who: {"profile": "measures", "extension": "csv"},
    "export": lambda s, who: {"export_id": s.exports[who].public_id},
    "others-export": lambda s, _who: {"export_id": s.exports["consultant"].public_id},
    "notice": lambda s, who: {"notice_id": s.notices[who].public_id},
    "others-notice": lambda s, _who: {"notice_id": s.notices["consultant"].public_id},
    "measure-field": lambda s, _who: {"code": s.measure.code, "field": "planned_end"},
    "starred": lambda s, _who: {"kind": "measure", "code": s.measure.code},
    "bulk": lambda s, _who: {"edit_id": s.bulk.public_id},
    "shared-view": lambda s, _who: {"view_id": s.views["shared"].public_id},
    "own-view": lambda s, _who: {"view_id": s.views["own"].public_id},
    "deleted-view": lambda s, _who: {"view_id": s.views["deleted"].public_id},
    "mail": lambda s, _who: {"mail_id": s.mail.public_id},
    "others-token": lambda s, _who: {"token_id": s.tokens["consultant"].public_id},
}
