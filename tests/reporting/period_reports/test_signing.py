"""Signing a report: what is frozen, who may, what is refused, and two who sign at once (R4)."""

import json
from datetime import timedelta
from functools import partial

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import ProgrammingError
from django.test.utils import CaptureQueriesContext

from governance.audit.choices import AuditAction
from governance.audit.models import AuditEvent
from governance.audit.rules import body_hash
from governance.audit.services import Subject, record
from governance.errors import Conflict, Forbidden, Invalid
from governance.notifications.models import Notification
from governance.notifications.registry import reason, render
from governance.tree.models import Node
from initiatives.models import Measure
from kpis.figures.models import LightOverride
from reporting.period_reports.models import PeriodReport
from reporting.period_reports.rules import GENESIS, Words
from reporting.period_reports.selectors import last_report, report_hold, said
from reporting.period_reports.services import Signature, report_sign
from tests.houses import House, World
from tests.initiatives.making import make_measure
from tests.kpis.making import add_effect, make_planned, plan
from tests.kpis.staging import moved
from tests.racing import race
from tests.reporting.period_reports.signing import DONE, both, drafted, led, signed, signing, weekly


@pytest.fixture
def house(in_alpha: House, open_stages: None) -> House:
    weekly(in_alpha)
    return in_alpha


def measure(house: House, name: str = "Steel") -> Measure:
    row = make_measure(house, name, owner=house.people["owner"])
    return moved(house, row, "decided")


def test_a_report_freezes_what_was_seen_with_the_words_of_the_signer(house: House) -> None:
    row = measure(house)
    draft = drafted(house, house.program)
    report = signed(house, house.program)
    content = said(report)
    assert {name: content[name] for name in draft.facts} == draft.facts
    assert content["figures"]["by_stage"]["decided"] == 1
    assert content["words"]["achieved"] == DONE.achieved
    assert (report.number, report.previous_hash, content["replaces"]) == (1, GENESIS, None)
    assert report.hash == body_hash(report.body)
    assert json.loads(report.body)["signer"] == report.signer
    # A later change changes nothing of it.
    moved(house, row, overlay="cancelled")
    assert PeriodReport.objects.get(pk=report.pk).body == report.body
    event = AuditEvent.objects.get(action="period_report.signed")
    assert json.loads(event.body)["changes"]["sha256"] == [None, report.hash]
    assert event.subject_key == house.program.code


def test_numbers_have_no_gaps_and_each_continues_the_one_before(house: House) -> None:
    first, second = both(house, house.program)
    other = signed(house, house.package)
    assert [first.number, second.number, other.number] == [1, 2, 1]
    assert second.previous_hash == first.hash
    assert first.due_on < second.due_on
    assert said(second)["since"] == said(first)["signed_at"] or first.due_on < second.first_on


def test_a_period_is_signed_once_and_only_when_it_has_begun(house: House) -> None:
    first, second = both(house, house.program)
    assert list(signing(house, house.program).periods) == []
    for day, code in (
        (first.due_on, "report_period_signed"),
        (second.due_on, "report_period_signed"),
        (second.due_on + timedelta(days=7), "report_period_not_open"),
        (None, "report_period_signed"),
    ):
        signature = Signature(day, "x", DONE)
        with pytest.raises(Conflict, match=code):
            report_sign(node=house.program, signature=signature, by=house.actor("pmo"))
    old = first.due_on - timedelta(days=7)
    with pytest.raises(Conflict, match="report_period_not_open"):
        report_sign(node=house.package, signature=Signature(old, "x"), by=house.actor("pmo"))


def test_without_a_rhythm_nothing_is_signed(in_alpha: House) -> None:
    with pytest.raises(Conflict, match="no_rhythm"):
        report_sign(node=in_alpha.program, signature=Signature(None, "x"), by=in_alpha.actor("pmo"))


def test_what_was_not_seen_is_not_signed(house: House) -> None:
    draft = drafted(house, house.program)
    measure(house)
    signature = Signature(draft.period.due_on, draft.hash, DONE)
    with pytest.raises(Conflict, match="figures_changed"):
        report_sign(node=house.program, signature=signature, by=house.actor("pmo"))
    assert not PeriodReport.objects.exists()
    assert signed(house, house.program).number == 1


def test_words_are_checked_by_field(house: House) -> None:
    draft = drafted(house, house.program)
    words = Words(achieved="x" * 4001)
    signature = Signature(draft.period.due_on, draft.hash, words)
    with pytest.raises(Invalid) as caught:
        report_sign(node=house.program, signature=signature, by=house.actor("pmo"))
    assert list(caught.value.errors) == ["achieved"]


# --- who signs ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "code"),
    [
        ("owner", None),
        ("pmo", None),
        ("executive", "forbidden"),
        ("controller", "forbidden"),
        ("administrator", "forbidden"),
        ("auditor", "forbidden"),
        ("sponsor", "forbidden"),
        ("consultant", "forbidden"),
    ],
)
def test_the_lead_signs_and_the_office_in_their_stead(
    house: House, who: str, code: str | None
) -> None:
    led(house, house.package, owner="owner", sponsor="sponsor")
    if code is None:
        assert signed(house, house.package, who).signed_by == house.people[who]
        return
    with pytest.raises(Forbidden, match=code):
        signed(house, house.package, who)


def test_the_lead_of_a_place_above_signs_and_none_beside_it(house: House) -> None:
    led(house, house.program, owner="executive")
    assert signed(house, house.package, "executive").number == 1
    led(house, house.project, owner="owner")
    with pytest.raises(Forbidden):
        signed(house, house.program, "owner")


def test_neither_sponsor_nor_consultant_nor_administrator_signs_as_a_lead(house: House) -> None:
    led(house, house.program, owner="consultant", sponsor="pmo")
    with pytest.raises(Forbidden, match="consultant_signs_nothing"):
        signed(house, house.program, "consultant")
    with pytest.raises(Forbidden, match="sponsor_reads_the_report"):
        signed(house, house.program, "pmo")
    led(house, house.project, owner="administrator")
    with pytest.raises(Forbidden, match="forbidden"):
        signed(house, house.project, "administrator")


# --- corrections ----------------------------------------------------------------------------------


def test_a_correction_is_the_next_number_and_names_what_it_replaces(house: House) -> None:
    first = signed(house, house.program)
    row = measure(house)
    with pytest.raises(Invalid) as caught:
        signed(house, house.program, correction=" ")
    assert list(caught.value.errors) == ["reason"]
    second = signed(house, house.program, correction="A measure was left out.")
    assert (second.number, second.replaces, second.due_on) == (2, first, first.due_on)
    content = said(second)
    assert (content["replaces"], content["reason"]) == (1, "A measure was left out.")
    assert content["since"] == said(first)["since"]
    assert content["figures"]["measures"] == said(first)["figures"]["measures"] + 1
    with pytest.raises(Conflict, match="report_not_newest"):
        report_sign(
            node=house.program,
            signature=Signature(first.due_on, "x", DONE, 1, "Again."),
            by=house.actor("pmo"),
        )
    # The next period follows the correction.
    third = signed(house, house.program)
    assert (third.number, third.replaces) == (3, None)
    assert third.due_on > second.due_on
    assert row.pk


# --- what it tells --------------------------------------------------------------------------------


def test_updates_overrides_and_figures_stand_in_it(house: House) -> None:
    plan(house, add_effect(house, make_planned(house)), {"2026-03": "100"})
    row = measure(house)
    record(AuditAction.MEASURE_CHANGED, subject=Subject("measure", "x", "x"), by=house.system())
    Measure.objects.filter(pk=row.pk).update(created_at=row.created_at - timedelta(days=90))
    for stated, days in (("amber", 3), ("red", -1)):
        LightOverride.objects.create(
            measure=row,
            light="potential" if days > 0 else "evidence",
            derived="green",
            stated=stated,
            reason="Signed.",
            expires_on=signing(house, house.program).rhythms.now.date() + timedelta(days=days),
            stated_by=house.people["owner"],
        )
    facts = drafted(house, house.program).facts
    assert (facts["updates"]["owed"], facts["updates"]["missing"]["count"]) == (1, 1)
    assert facts["updates"]["missing"]["items"][0]["measure"] == row.code
    assert [(one["light"], one["stated"]) for one in facts["overrides"]["items"]] == [
        ("potential", "amber")
    ]
    assert facts["figures"]["years"]["2026"]["plan"] == "100"
    assert facts["bridge"]["end"] == "100"
    # Another place knows nothing of it.
    other = drafted(house, house.other_program).facts
    assert (other["figures"]["measures"], other["updates"]["owed"]) == (0, 0)


def test_a_draft_takes_as_many_queries_for_one_measure_as_for_eight(house: House) -> None:
    measure(house)
    with CaptureQueriesContext(connection) as few:
        drafted(house, house.program)
    for number in range(7):
        measure(house, f"Measure {number}")
    with CaptureQueriesContext(connection) as many:
        drafted(house, house.program)
    assert len(many) == len(few)


# --- who hears of it ------------------------------------------------------------------------------


def test_sponsor_and_office_hear_of_a_programs_report_once(house: House) -> None:
    led(house, house.program, owner="owner", sponsor="sponsor")
    signed(house, house.package)
    assert not Notification.objects.filter(kind="period_report.signed").exists()
    signed(house, house.program, "owner")
    rows = Notification.objects.filter(kind="period_report.signed")
    told = {row.recipient_id for row in rows}
    assert told == {house.people["sponsor"].pk, house.people["pmo"].pk}
    assert {row.delivery for row in rows} == {"digest"}
    told_so = render("period_report.signed", rows[0].params)
    assert told_so.title.startswith(f"Owner signed report 1 of {house.program.code}")
    assert told_so.lines == (DONE.achieved,)
    assert told_so.path == f"period-reports/{house.program.code}/1/"
    assert "owner" not in reason("period_report.signed", rows[0].params)


# --- the database ---------------------------------------------------------------------------------


def test_nobody_changes_or_deletes_a_report(house: House) -> None:
    report = signed(house, house.program)
    rows = PeriodReport.objects.filter(pk=report.pk)
    for change in (lambda: rows.update(hash="0" * 64), rows.delete):
        with pytest.raises((IntegrityError, ProgrammingError)), transaction.atomic():
            change()
    assert last_report(house.program) == report


def test_a_place_with_a_report_stays(house: House) -> None:
    assert report_hold([house.other_program.pk]) == ""
    signed(house, house.other_program)
    assert report_hold([house.other_program.pk]) == "node_has_reports"


@pytest.mark.django_db(transaction=True)
def test_of_two_who_sign_at_once_exactly_one_does(lasting_world: World, open_stages: None) -> None:
    house = lasting_world.alpha
    with house.active():
        weekly(house)
        draft = drafted(house, house.program)
        led(house, house.program, owner="owner")
        draft = drafted(house, house.program)
    signature = Signature(draft.period.due_on, draft.hash, DONE)

    def sign(who: str) -> PeriodReport:
        with house.active():
            node = Node.objects.get(pk=house.program.pk)
            return report_sign(node=node, signature=signature, by=house.actor(who))

    found = race(*(partial(sign, who) for who in ("pmo", "owner", "pmo", "owner")))
    reports = [one for one in found if isinstance(one, PeriodReport)]
    refused = [one for one in found if isinstance(one, Conflict)]
    assert (len(reports), len(refused)) == (1, 3)
    assert {one.code for one in refused} == {"report_period_signed"}
    with house.active():
        assert PeriodReport.objects.filter(node=house.program).count() == 1
