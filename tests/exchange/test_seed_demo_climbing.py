"""The demo's measures have climbed: by the acts of people, as the trail tells, to every stage."""

import json
import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from approvals.models import ApprovalBar, ApprovalCondition, ApprovalRequest, ApprovalVote
from approvals.selectors import inbox
from exchange.demo.data import account_email
from exchange.demo.fates import (
    SHARES,
    Ending,
    Fate,
    deal,
    deck_for,
    milestone_days,
    schedule_for,
)
from exchange.demo.outline import read_outline
from exchange.demo.papers import pdf_of
from exchange.demo.services.nordwerk import SLUG, nordwerk_seed
from governance.audit.models import AuditEvent
from governance.people.models import Membership
from governance.permissions.selectors import actor_for
from governance.tenancy.context import tenant_transaction
from governance.tenancy.models import Tenant
from governance.tree.models import Node
from governance.tree.services import said
from initiatives.choices import Overlay, Stage
from initiatives.documents.models import DocumentVersion
from initiatives.gates.asking import Asking
from initiatives.gates.readiness import readiness_of
from initiatives.gates.services import gate_request
from initiatives.milestones.models import Milestone
from initiatives.models import Measure
from initiatives.selectors import MEASURE_RELATIONS
from initiatives.stage_models.choices import Track
from kpis.actuals.models import Claim, Validation
from kpis.models import Effect
from kpis.rules import Month
from tests.houses import Plot
from tests.initiatives.gates.replaying import replayed
from tests.sealing import seal_all

READY = 5
DECK = {**dict.fromkeys(SHARES, 1), Fate(Stage.IMPLEMENTED, Ending.READY): READY}
LINES = 40
STAGES = {stage: sum(n for fate, n in DECK.items() if fate.stage is stage) for stage in Stage}
STAGES[Stage.IDENTIFIED] = LINES - sum(DECK.values()) + STAGES[Stage.IDENTIFIED]
HEAD = """
* Zukunftsprogramm | entity=NW-SE forum=LK-ZP
** Einkauf | function=EK
*** Energie | unit=ZB
"""
AMOUNTS = ("60 | cost=20", "1450 | cost=45", "90 | co2=12 cash=30", "640")
OUTLINE = HEAD + "".join(f"Maßnahme {n} | {AMOUNTS[n % 4]}\n" for n in range(LINES))
TODAY = date(2026, 11, 25)


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    """The demo's files with an outline just large enough for every fate."""
    folder = tmp_path / "demo"
    shutil.copytree(settings.DEMO_DATA, folder)
    (folder / "nordwerk.txt").write_text(OUTLINE, encoding="utf-8")
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    return folder


def by_account(account: str) -> Membership:
    email = account_email(account, SLUG)
    found: Membership = Membership.objects.select_related("user").get(user__email=email)
    return found


@pytest.mark.django_db(transaction=True)
def test_measures_have_climbed_to_every_stage_and_the_trail_tells_how(folder: Path) -> None:
    assert nordwerk_seed(folder, DECK)
    tenant = Tenant.objects.get(slug=SLUG)
    with tenant_transaction(tenant.pk):
        _stages_are_such_as_the_trail_tells()
        _every_fate_has_come()
        _people_find_their_requests()
        _nobody_decides_what_is_theirs()
        _the_owner_can_close()
        _actuals_are_of_months_that_are_over()
        root = Node.objects.get(level=0)
        before = AuditEvent.objects.count()
    assert not nordwerk_seed(folder, DECK)
    with tenant_transaction(tenant.pk):
        assert AuditEvent.objects.count() == before
    seal_all(Plot(tenant, root))
    call_command("verify_audit", tenant=SLUG)


def _stages_are_such_as_the_trail_tells() -> None:
    bodies = [json.loads(event.body) for event in AuditEvent.objects.order_by("id")]
    measures = list(Measure.objects.select_related(*MEASURE_RELATIONS))
    assert {measure.stage for measure in measures} == set(Stage.values)
    states: dict[int, dict[str, str]] = {measure.pk: {} for measure in measures}
    for request in ApprovalRequest.objects.all():
        states[request.subject_id][str(request.public_id)] = request.state
    for measure in measures:
        told = replayed(measure.code)
        assert (told.stage, told.overlay) == (measure.stage, measure.overlay)
        assert told.requests == states[measure.pk]
        for role, text in told.roles.items():
            assert said(getattr(measure, role)) == text
    for stage, count in STAGES.items():
        assert sum(measure.stage == stage for measure in measures) == count, stage
    assert {body["actor"]["via"] for body in bodies} <= {"command", "system"}


def _every_fate_has_come() -> None:
    def count(**facts: Any) -> int:
        return Measure.objects.filter(**facts).count()

    assert count(overlay=Overlay.ON_HOLD) == 3
    assert count(overlay=Overlay.CANCELLED) == 2
    assert count(track=Track.LIGHT, stage=Stage.DECIDED) == 1
    assert count(rework_count=1) == 2
    assert ApprovalCondition.objects.filter(state="open").count() == 2
    asked = list(ApprovalRequest.objects.filter(state="open").values_list("transition", flat=True))
    assert sorted(asked) == ["T2", "T2", "T3", "T3", "T4", "T5"]
    reopened = ApprovalRequest.objects.get(transition="T13")
    assert Measure.objects.get(pk=reopened.subject_id).stage == Stage.IMPLEMENTED
    assert Milestone.objects.filter(accepted_at__isnull=False, is_critical=True).exists()
    assert DocumentVersion.objects.filter(content_type="application/pdf").exists()


def _people_find_their_requests() -> None:
    for account in ("sponsor", "controller", "member"):
        waiting = inbox(actor_for(by_account(account), via="test"))
        assert waiting.exists(), account


def _nobody_decides_what_is_theirs() -> None:
    for vote in ApprovalVote.objects.select_related("request"):
        assert vote.voter_id != vote.request.requested_by_id
        bars = ApprovalBar.objects.filter(request=vote.request, membership=vote.voter_id)
        assert not bars.exists()


def _the_owner_can_close() -> None:
    owner, controller = by_account("owner"), by_account("controller")
    by = actor_for(owner, via="test")
    rows = Measure.objects.filter(stage=Stage.IMPLEMENTED, owner=owner, controller=controller)
    closable = 0
    for measure in rows.select_related(*MEASURE_RELATIONS):
        readiness = readiness_of(measure, requester_id=owner.pk)
        assert readiness is not None
        assert readiness.gate.transition == "T5"
        if not readiness.is_ready:
            continue
        with transaction.atomic():
            asked = gate_request(
                measure=measure, to_stage=Stage.CLOSED, asking=Asking(comment="Bitte."), by=by
            )
            assert Decimal(asked.details["supported"]) > 0
            transaction.set_rollback(True)
        closable += 1
    assert closable == READY


def _actuals_are_of_months_that_are_over() -> None:
    this_month = timezone.localdate().replace(day=1)
    months = Claim.objects.values_list("month", flat=True)
    assert months
    assert max(months) < this_month
    waiting = Claim.objects.exclude(pk__in=Validation.objects.values("claim"))
    assert waiting.exists()
    for effect in Effect.objects.filter(
        pk__in=Claim.objects.values("effect"), run_rate_start__isnull=False
    ):
        begun = effect.run_rate_start
        latest = Month(this_month.year, this_month.month).plus(-4).first_day
        assert begun is not None
        assert begun <= latest


def test_fates_are_dealt_the_same_every_time_and_nobody_climbs_with_gaps() -> None:
    lines = [line for branch in read_outline(OUTLINE) for line in branch.walk()]
    at_home = {line.title for line in lines}
    dealt = deal(lines, DECK, at_home)
    assert dealt == deal(reversed(lines), DECK, at_home)
    assert sorted(dealt.values(), key=str) == sorted(
        (fate for fate, count in DECK.items() for _one in range(count)), key=str
    )
    assert deal(lines, DECK, set()).keys() < at_home
    assert Ending.READY not in {fate.ending for fate in deal(lines, DECK, set()).values()}


def test_the_full_demo_deals_the_shares_it_promises() -> None:
    deck = deck_for(301)
    by_stage = dict.fromkeys(Stage, 0)
    for fate, count in deck.items():
        by_stage[fate.stage] += count
    shares = {stage: count / 301 for stage, count in by_stage.items()}
    assert 0.07 < shares[Stage.DETAILED] < 0.10
    assert 0.07 < shares[Stage.DECIDED] < 0.10
    assert 0.05 < shares[Stage.IMPLEMENTED] < 0.08
    assert 0.01 < shares[Stage.CLOSED] < 0.03
    assert deck[Fate(Stage.IMPLEMENTED, Ending.READY)] >= READY
    assert not any(deck_for(3).values())


@pytest.mark.parametrize("today", [date(2026, 1, 15), TODAY, date(2031, 3, 31)])
def test_value_that_shows_has_begun_whenever_the_demo_is_loaded(today: date) -> None:
    (line,) = list(read_outline(HEAD + "Strom beschaffen | 650 | cost=45\n")[0].walk())
    when = schedule_for(line, Fate(Stage.CLOSED), today)
    assert when.value_start <= Month(today.year, today.month).plus(-4)
    assert len(when.value_months) >= 12
    assert when.start < when.value_start
    days = milestone_days(when, 3, today, are_over=True)
    assert sorted(days) == list(days)
    assert days[-1] == when.planned_end < today


def test_a_paper_is_a_pdf_whose_table_points_at_its_parts() -> None:
    content = pdf_of(["Zum Beispiel (nichts)", "Übergröße"])
    table = int(content.rpartition(b"startxref\n")[2].split(b"\n")[0])
    assert content.startswith(b"%PDF-1.4")
    assert content[table:].startswith(b"xref\n0 6\n")
    for number, line in enumerate(content[table:].splitlines()[3:8], start=1):
        assert content[int(line.split()[0]) :].startswith(b"%d 0 obj" % number)
    assert rb"\(nichts\)" in content
    assert "Übergröße".encode("latin-1") in content
