"""A house with few rows and one with many, for counting what a page costs in each."""

from datetime import date, timedelta

from django.utils import timezone

from approvals.choices import Outcome, ReasonCode
from approvals.escalations.models import EscalationPolicy
from approvals.escalations.services.policies import policy_propose, policy_publish
from approvals.exceptions.choices import ExceptionOutcome
from approvals.services.requests import request_withdraw
from governance.audit.choices import AuditAction
from governance.audit.services import Entry, Subject, record, record_many
from governance.calendars.models import CalendarVersion
from governance.calendars.rules import Holiday
from governance.calendars.services import CalendarDraft, calendar_propose, calendar_publish
from governance.kept.selectors import MOST_RECENT
from governance.kept.services import favourite_set, recent_note
from governance.masterdata.choices import Seat
from governance.masterdata.models import BusinessUnit, Forum, Function, LegalEntity
from governance.masterdata.services import master_data_create
from governance.masterdata.services_seats import forum_member_add
from governance.notifications.choices import Delivery, MailForm, MailState
from governance.notifications.models import Notification
from governance.notifications.services import mail_drawn
from governance.people.choices import Role, TokenScope
from governance.people.services import Person, membership_create, token_create
from governance.permissions.services import role_grant
from governance.saved_views.services import ViewDraft, saved_view_create
from governance.tree.choices import Level
from governance.tree.models import Node
from governance.tree.services import NodeDraft
from governance.versions.selectors import version_proposed
from initiatives.bulk.models import BulkEditRow
from initiatives.bulk.services.asking import BulkDraft, bulk_edit_prepare
from initiatives.documents.services import document_version_add
from initiatives.gates.asking import Asking
from initiatives.gates.services import move_request
from initiatives.rhythm.selectors import calendars_proposed
from initiatives.rhythm.services import reporting_calendar_propose, reporting_calendar_publish
from initiatives.services import MeasureDraft, level_create, measure_create
from initiatives.services_reports import ReportDraft, status_report_add
from kpis.choices import EffectKind, Series
from kpis.indicators.services.kpis import KpiDraft, kpi_create
from kpis.indicators.services.objectives import ObjectiveDraft, objective_create
from kpis.indicators.services.periods import PeriodDraft, kpi_periods_write
from kpis.metrics.services import MetricDraft, metric_create
from kpis.models import Metric, Restatement
from kpis.rates.choices import RateKind
from kpis.rates.services import rates_confirm, rates_propose
from kpis.services import EffectDraft, effect_create, values_write
from kpis.settings.models import ValueSettings
from kpis.settings.services import value_settings_propose, value_settings_publish
from kpis.targets.services import TargetDraft, target_approve, target_propose
from tests.approvals.escalations.making import overdue
from tests.approvals.exceptions.opening import asked as exception_asked
from tests.approvals.exceptions.opening import assigned, opened
from tests.approvals.exceptions.opening import decided as exception_decided
from tests.architecture.access.samples import Samples
from tests.governance.failing import dead_letter
from tests.initiatives.gates.short import asked, in_days, staffed, voted
from tests.initiatives.papers import add_milestone, prove, upload

LISTS = (BusinessUnit, Function, LegalEntity, Forum)


def crowd(samples: Samples, count: int) -> None:
    """So many more of everything, in the places that the sample addresses lead to."""
    house = samples.house
    with house.active():
        for number in range(count):
            _person(samples, number)
            _entries(samples, number)
            _branch(samples, number)
            _values(samples, number)
            _reports(samples, number)
            _kpis(samples, number)
            _told(samples, number)
            _views(samples, number)
            _bulk(samples, number)
            _calendars(samples, number)
            _settings(samples)
            _escalations(samples, number)
            _rhythm(samples)
            _rates(samples, number)
            dead_letter(house)
            _targets(samples, number)
            _restatements(samples, number)
            _papers(samples, number)
            _gates(samples, number)
            _exceptions(samples, number)
        subject = Subject("measure", samples.measure.code, samples.measure.name)
        entry = Entry(AuditAction.MEASURE_CHANGED, subject, {"name": ["a", "b"]})
        record_many([entry] * count, by=house.actor("owner"))
        dead = Subject("failed_task", str(samples.failed.public_id), samples.failed.task)
        entry = Entry(AuditAction.TASK_RETRIED, dead, {"task": samples.failed.task})
        record_many([entry] * count, by=house.actor("administrator"))


def _told(samples: Samples, number: int) -> None:
    """One more notice for the transformation office, and one more mail that failed."""
    pmo = samples.house.people["pmo"]
    Notification.objects.create(
        recipient=pmo, kind="sample", key=f"n{number}", delivery=Delivery.OFF, caused_by=pmo
    )
    mail = mail_drawn(recipient=pmo, form=MailForm.NOTICE, key=f"n{number}")
    mail.state, mail.reason, mail.settled_at = MailState.FAILED, "550 no", timezone.now()
    mail.save()


def _bulk(samples: Samples, number: int) -> None:
    """One more change of many measures with a measure of its own, which is starred and opened."""
    house = samples.house
    measure = measure_create(
        package=house.package, draft=MeasureDraft(f"Bulk {number}"), by=house.system(Role.PMO)
    )
    if number < MOST_RECENT // 2:
        places = (house.portfolio, house.program, house.project, house.package)
        found = [("measure", measure.code), *((one.known_level.word, one.code) for one in places)]
        for kind, code in found:
            favourite_set(kind=kind, code=code, is_favourite=True, by=house.actor("pmo"))
            recent_note(kind=kind, code=code, by=house.actor("pmo"))
    draft = BulkDraft([measure.pk], {"planned_end": date(2030, 1, 1)})
    bulk_edit_prepare(draft=draft, by=house.actor("pmo"))
    BulkEditRow.objects.create(
        edit=samples.bulk,
        position=number + 2,
        measure_id=measure.pk,
        code=measure.code,
        name=measure.name,
        seen_version=1,
    )


def _views(samples: Samples, number: int) -> None:
    """One more view of each of two people, shared with everybody or not."""
    for who, is_shared in (("pmo", number % 2 == 0), ("administrator", True)):
        by = samples.house.actor(who)
        draft = ViewDraft("measures", f"View {number}", f"q=word{number}", is_shared)
        saved_view_create(draft=draft, by=by)


def _person(samples: Samples, number: int) -> None:
    """A member with a role on the sample program, a seat, and a token of the asker's."""
    house = samples.house
    by, pmo = house.system(Role.ADMINISTRATOR, Role.PMO), house.actor("pmo")
    email = f"p{number}@{house.slug}.example"
    member = membership_create(person=Person(email, f"Person {number}"), by=by)
    role_grant(membership=member, role=Role.EXECUTIVE, node=house.program, by=by)
    # The same person several times, for the pages of one person.
    roles = [role for role in Role if role is not Role.SPONSOR]
    role_grant(
        membership=house.people["sponsor"],
        role=roles[number % len(roles)],
        node=(house.program, house.project, house.package)[number % 3],
        by=by,
    )
    forum_member_add(forum=house.forum, membership=member, seat=Seat.MEMBER, by=by)
    token_create(membership=house.people["pmo"], name="x", scopes=[TokenScope.READ], days=1, by=pmo)


def _calendars(samples: Samples, number: int) -> None:
    """One more version that came into force, with a holiday more; the next one waits."""
    admin, pmo = samples.house.actor("administrator"), samples.house.actor("pmo")
    waiting = version_proposed(CalendarVersion)
    assert waiting is not None
    calendar_publish(number=waiting.number, seen_version=1, by=admin)
    days = [Holiday(date(2026, 1, 1) + timedelta(days=day), "Day") for day in range(number + 1)]
    calendar_propose(draft=CalendarDraft(holidays=days), by=pmo)


def _settings(samples: Samples) -> None:
    """One more version of the value settings that came into force; the next one waits."""
    admin, pmo = samples.house.actor("administrator"), samples.house.actor("pmo")
    waiting = version_proposed(ValueSettings)
    assert waiting is not None
    value_settings_publish(number=waiting.number, seen_version=1, by=admin)
    value_settings_propose(terms=waiting.terms, by=pmo)


def _escalations(samples: Samples, number: int) -> None:
    """One more thing overdue on the sample measure; one more version of the policies in force."""
    admin, pmo = samples.house.actor("administrator"), samples.house.actor("pmo")
    overdue(samples.house, samples.measure, f"more {number}")
    waiting = version_proposed(EscalationPolicy)
    assert waiting is not None
    policy_publish(number=waiting.number, seen_version=1, by=admin)
    policy_propose(said={}, by=pmo)


def _rhythm(samples: Samples) -> None:
    """One more version of the reporting calendar that came into force; the next one waits."""
    admin, pmo = samples.house.actor("administrator"), samples.house.actor("pmo")
    [waiting] = calendars_proposed(pmo)
    reporting_calendar_publish(number=waiting.number, seen_version=1, by=admin)
    reporting_calendar_propose(terms=waiting.terms, by=pmo)


def _restatements(samples: Samples, number: int) -> None:
    """One more restatement of the sample's effect, refused."""
    first, house = samples.restatement, samples.house
    subject = Subject("measure", first.effect.measure.code, "")
    record(AuditAction.RESTATEMENT_REFUSED, subject=subject, by=house.system())
    Restatement.objects.create(
        effect=first.effect,
        month=first.month,
        booked_in=first.booked_in,
        delta=number + 1,
        reason="x",
        proposed_by=house.people["controller"],
        state="refused",
        decided_by=house.people["second_finance"],
        decided_at=timezone.now(),
    )


def _rates(samples: Samples, number: int) -> None:
    """Rates of one more currency that hold, and one more that waits, of each kind."""
    house, currency = samples.house, f"X{chr(65 + number // 26)}{chr(65 + number % 26)}"
    by, other = house.actor("controller"), house.actor("second_finance")
    for kind in RateKind:
        made = rates_propose(kind=kind, rates={currency: {"2026-01": "1"}}, by=by)
        rates_confirm(ids=[row.public_id for row in made], by=other)
        rates_propose(kind=kind, rates={currency: {"2026-01": "2"}}, by=by)


def _exceptions(samples: Samples, number: int) -> None:
    """One more of each state on a measure; the transformation office owns one of them."""
    house, passed = samples.house, samples.gated.passed
    opened(house, passed, title=f"Late {number}", amount=str(number))
    assigned(house, opened(house, passed), to="pmo")
    exception_decided(
        house,
        exception_asked(house, assigned(house, opened(house, passed))),
        outcome=ExceptionOutcome.ACCEPT,
    )


def _targets(samples: Samples, number: int) -> None:
    """A target in force of one more year, of the sample program and of one below, and proposals."""
    house = samples.house
    by, other, owner = house.actor("pmo"), house.actor("head_of_controlling"), house.people["pmo"]
    metric = Metric.objects.get(code="X1")
    for node in (house.program, house.project):
        for year, is_decided in ((2027 + number, True), (2060 + number, False)):
            draft = TargetDraft(metric, year, EffectKind.RECURRING.value, "7", owner, "Agreed.")
            made = target_propose(node=node, draft=draft, by=by)
            if is_decided:
                target_approve(target=made, by=other)


def _entries(samples: Samples, number: int) -> None:
    by = samples.house.system(Role.PMO)
    for model in LISTS:
        master_data_create(model=model, code=f"X{number}", name=f"Entry {number}", by=by)
    metric_create(draft=MetricDraft(f"Y{number}", f"Metric {number}"), by=by)


def _branch(samples: Samples, number: int) -> None:
    """A node of each level below the sample's parent, and a measure with all its people."""
    house, by = samples.house, samples.house.system(Role.PMO)
    people = {"owner": house.people["owner"], "sponsor": house.people["sponsor"]}
    parents = {
        Level.PORTFOLIO: house.root,
        Level.PROGRAM: house.portfolio,
        Level.PROJECT: house.program,
        Level.PACKAGE: house.project,
    }
    made: dict[Level, Node] = {
        level: level_create(
            parent=parent, draft=NodeDraft(level, f"{level.label} {number}", **people), by=by
        )
        for level, parent in parents.items()
    }
    coded = {
        "business_unit": house.unit,
        "function": house.function,
        "legal_entity": house.entity,
        "forum": house.forum,
    }
    for package in (house.package, made[Level.PACKAGE]):
        draft = MeasureDraft(f"Measure {number}", **people, **coded)
        measure = measure_create(package=package, draft=draft, by=by)
        draft_effect = EffectDraft(Metric.objects.get(code="X1"), EffectKind.RECURRING)
        effect = effect_create(measure=measure, draft=draft_effect, by=by)
        status_report_add(measure=measure, draft=ReportDraft(date(2026, 1, 31), "red"), by=by)
        cells = {f"{2026 + number % 3}-01": str(number + 1)}
        values_write(effect=effect, series=Series.PLAN, cells=cells, seen_version=1, by=by)


def _reports(samples: Samples, number: int) -> None:
    """One more status report of the sample measure, older than the sample's own."""
    day = date(2025, 1, 1) + timedelta(days=number)
    draft = ReportDraft(day, "amber", rater="IPA", commentary="x " * 300)
    status_report_add(measure=samples.measure, draft=draft, by=samples.house.system(Role.PMO))


def _papers(samples: Samples, number: int) -> None:
    """One more milestone of the sample measure with its proof, and one more version."""
    house = samples.house
    step = add_milestone(house, samples.measure, f"Step {number}")
    prove(house, step)
    by = house.actor("owner")
    document_version_add(document=samples.document, upload=upload(), by=by)


def _gates(samples: Samples, number: int) -> None:
    """One more measure that passed a gate with conditions, one that asks, one request withdrawn."""
    house = samples.house
    voted(
        house,
        asked(house, staffed(house, f"Passed {number}")),
        Outcome.CONDITIONAL_GO,
        conditions=2,
    )
    asked(house, staffed(house, f"Asked {number}"))
    asking = Asking("Waits.", ReasonCode.TIMING, in_days(10))
    by = house.actor("owner")
    held = move_request(measure=samples.gated.passed, word="hold", asking=asking, by=by)
    request_withdraw(request=held, comment="", by=by)


def _values(samples: Samples, number: int) -> None:
    """One more effect of the sample measure, and more months in the sample effect's history."""
    by = samples.house.system(Role.PMO)
    line = EffectDraft(Metric.objects.get(code="X1"), EffectKind.ONE_OFF)
    effect = effect_create(measure=samples.measure, draft=line, by=by)
    values_write(effect=effect, series=Series.PLAN, cells={"2026-01": "1"}, seen_version=1, by=by)
    values_write(
        effect=samples.effect,
        series=Series.PLAN,
        cells={"2026-01": str(number + 1), f"{2027 + number % 5}-02": "1"},
        seen_version=number + 1,
        by=by,
    )


def _kpis(samples: Samples, number: int) -> None:
    """A KPI below an objective and a goal of its own, and one more period of the sample KPI."""
    by = samples.house.system(Role.PMO)
    goal = objective_create(draft=ObjectiveDraft(f"Goal {number}"), by=by)
    objective = objective_create(draft=ObjectiveDraft(f"Objective {number}", goal), by=by)
    owner = samples.house.people["owner"]
    kpi = kpi_create(draft=KpiDraft(f"KPI {number}", objective, update_owner=owner), by=by)
    periods = {date(2000 + number, 1, 1): PeriodDraft("1", "2")}
    kpi_periods_write(kpi=kpi, periods=periods, seen_version=1, by=by)
    kpi_periods_write(kpi=samples.kpi, periods=periods, seen_version=number + 1, by=by)
