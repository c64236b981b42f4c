"""The tabs «Documents» and «Plan», and every form behind them, without JavaScript."""

from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from initiatives.documents.services import document_version_add
from initiatives.milestones.services import milestone_change
from initiatives.models import Document, DocumentVersion, Measure, Milestone
from initiatives.pages.plan import lanes
from tests.houses import House
from tests.initiatives.making import make_measure
from tests.initiatives.papers import DUE, PDF, add_document, add_milestone, done, prove, upload
from tests.initiatives.stages import put_at

TYPED = {"title": "Business case", "kind": "business_case", "milestone": "", "comment": "First"}
PLANNED = {
    "title": "Contract signed",
    "weight": "30",
    "is_critical": "True",
    "plan_on": "2026-09-30",
    "forecast_on": "",
    "acceptor": "sponsor@alpha.example",
}


@pytest.fixture
def measure(alpha: House) -> Measure:
    return make_measure(alpha, owner=alpha.people["owner"])


def page(house: House, measure: Measure, path: str = "documents/") -> str:
    return house.page(f"measures/{measure.code}/{path}")


def at(house: House, row: Any, verb: str) -> str:
    noun = "documents" if isinstance(row, Document) else "milestones"
    return house.page(f"{noun}/{row.public_id}/{verb}/")


def shown(house: House, url: str, who: str = "owner") -> str:
    html: str = house.client(who).get(url).content.decode()
    return html


def file(content: bytes = PDF, name: str = "case.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


@pytest.fixture
def document(alpha: House, measure: Measure) -> Document:
    with alpha.active():
        return add_document(alpha, measure)


@pytest.fixture
def step(alpha: House, measure: Measure) -> Milestone:
    with alpha.active():
        return add_milestone(alpha, measure, is_critical=True)


# --- documents ----------------------------------------------------------------------------------


def test_without_documents_the_tab_says_what_to_do_first(alpha: House, measure: Measure) -> None:
    html = shown(alpha, page(alpha, measure))
    assert "No document yet" in html
    assert f'href="{page(alpha, measure, "documents/new/")}"' in html


@pytest.mark.parametrize("who", ["executive", "auditor", "controller", "administrator", "sponsor"])
def test_who_brings_nothing_sees_why(
    alpha: House, measure: Measure, document: Document, who: str
) -> None:
    html = shown(alpha, page(alpha, measure), who)
    assert "Business case" in html
    assert "or the named controller brings" in html
    assert "withdraws it" in html
    for url in (page(alpha, measure, "documents/new/"), at(alpha, document, "versions/new")):
        assert url not in html
        assert alpha.client(who).get(url).status_code == 403
        assert alpha.client(who).post(url, {**TYPED, "file": file()}).status_code == 403
    assert alpha.client(who).get(at(alpha, document, "withdraw")).status_code == 403
    assert alpha.client(who).get(at(alpha, document, "content")).content == PDF


def test_a_document_is_brought_by_its_form(alpha: House, measure: Measure) -> None:
    url = page(alpha, measure, "documents/new/")
    form = shown(alpha, url)
    assert 'enctype="multipart/form-data"' in form
    answer = alpha.client("owner").post(url, {**TYPED, "file": file()}, follow=True)
    html = answer.content.decode()
    assert "The document was added." in html
    with alpha.active():
        version = DocumentVersion.objects.get(document__measure=measure)
    assert f"{version.sha256[:12]}…" in html
    for said in ("Business case", "case.pdf", "version 1", "First", "Owner"):
        assert said in html


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"title": ""}, "title"),
        ({"kind": "poem"}, "kind"),
        ({"kind": "milestone"}, "milestone"),
        ({"milestone": "x"}, "milestone"),
        ({"file": ""}, "file"),
        ({"file": (b"", "a.pdf")}, "file"),
        ({"file": (b"<html>", "a.pdf")}, "file"),
        ({"file": (b"MZ", "a.exe")}, "file"),
    ],
)
def test_bad_input_is_named_at_its_field_and_kept(
    alpha: House, measure: Measure, given: dict[str, Any], field: str
) -> None:
    body: dict[str, Any] = {**TYPED, "file": (PDF, "a.pdf"), **given}
    if isinstance(body["file"], tuple):
        body["file"] = file(*body["file"])
    answer = alpha.client("owner").post(page(alpha, measure, "documents/new/"), body)
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {field}
    assert 'value="First"' in answer.content.decode()
    with alpha.active():
        assert not Document.objects.exists()


def test_versions_stand_beside_each_other(
    alpha: House, measure: Measure, document: Document
) -> None:
    url = at(alpha, document, "versions/new")
    owner = alpha.client("owner")
    assert owner.post(url, {"file": file(b"", "a.pdf"), "comment": ""}).status_code == 422
    owner.post(url, {"file": file(PDF + b"2", "case 2.pdf"), "comment": "Second"})
    html = shown(alpha, page(alpha, measure))
    assert "1 earlier version" in html
    assert html.index("case 2.pdf") < html.index(">case.pdf")
    content = at(alpha, document, "content")
    assert f"{content}?version=1" in html
    assert owner.get(content).content == PDF + b"2"
    assert owner.get(f"{content}?version=1").content == PDF
    for bad in ("0", "3", "x", "-1", "9" * 30, "٣"):
        assert owner.get(content, {"version": bad}).status_code == 404


def test_a_document_is_withdrawn_after_a_question(
    alpha: House, measure: Measure, document: Document
) -> None:
    url, owner = at(alpha, document, "withdraw"), alpha.client("owner")
    assert "Withdraw «Business case»?" in shown(alpha, url)
    bare = owner.post(url, {"seen_version": "1", "reason": ""})
    assert (bare.status_code, set(bare.context["form"].errors)) == (422, {"reason"})
    with alpha.active():
        document_version_add(document=document, upload=upload(), by=alpha.actor("pmo"))
    late = owner.post(url, {"seen_version": "1", "reason": "Wrong"})
    assert late.status_code == 409
    html = owner.post(url, {"seen_version": "2", "reason": "Wrong"}, follow=True).content.decode()
    assert "The document was withdrawn." in html
    assert "Withdrawn" in html
    assert "This document was withdrawn; add a new one instead." in html
    assert at(alpha, document, "versions/new") not in html


def test_names_and_reasons_are_text(alpha: House, measure: Measure) -> None:
    with alpha.active():
        add_document(
            alpha, measure, title="<b>x</b>", file=upload(PDF, "<i>.pdf", comment="<u>y</u>")
        )
    html = shown(alpha, page(alpha, measure))
    assert "&lt;b&gt;x" in html
    for bad in ("<b>x", "<i>.pdf", "<u>y"):
        assert bad not in html


def test_a_closed_measure_says_why(alpha: House, measure: Measure, document: Document) -> None:
    with put_at(measure, stage="closed"):
        html = shown(alpha, page(alpha, measure))
        assert "This measure is closed" in html
        answer = alpha.client("owner").post(
            page(alpha, measure, "documents/new/"), {**TYPED, "file": file()}
        )
    assert answer.status_code == 422
    assert "This measure is closed" in answer.content.decode()


# --- the plan -----------------------------------------------------------------------------------


def test_without_milestones_the_tab_says_what_to_do_first(alpha: House, measure: Measure) -> None:
    html = shown(alpha, page(alpha, measure, "plan/"))
    assert "No milestone yet" in html
    assert f'href="{page(alpha, measure, "plan/new/")}"' in html
    assert "keeps the plan of a measure" in shown(alpha, page(alpha, measure, "plan/"), "auditor")


def test_a_milestone_is_added_by_its_form(alpha: House, measure: Measure) -> None:
    url, owner = page(alpha, measure, "plan/new/"), alpha.client("owner")
    html = owner.post(url, PLANNED, follow=True).content.decode()
    for said in ("The milestone was added.", "Contract signed", "30 Sep 2026", "critical"):
        assert said in html
    assert "0 % of the weight is accepted" in html
    own = owner.post(url, PLANNED | {"acceptor": "owner@alpha.example"})
    assert own.status_code == 422
    assert "not accepted by the owner" in own.content.decode()
    bad = owner.post(url, PLANNED | {"weight": "0", "title": "", "plan_on": "x"})
    assert set(bad.context["form"].errors) == {"weight", "title", "plan_on"}
    with alpha.active():
        assert Milestone.objects.count() == 1


def test_a_milestone_is_changed_and_a_late_save_keeps_what_was_typed(
    alpha: House, step: Milestone
) -> None:
    url, owner = at(alpha, step, "edit"), alpha.client("owner")
    opened = owner.get(url).context["form"]
    typed = {name: str(value) for name, value in opened.current.items()}
    typed |= {"seen_version": "1", **dict(opened.seen_inputs())}
    owner.post(url, typed | {"forecast_on": "2026-10-31"})
    with alpha.active():
        assert Milestone.objects.get().forecast_on == date(2026, 10, 31)
        fresh = Milestone.objects.select_related("measure__package").get()
        milestone_change(
            milestone=fresh, seen_version=2, fields={"weight": 77}, by=alpha.actor("pmo")
        )
    late = owner.post(url, typed | {"seen_version": "2", "title": "Signed", "is_critical": "False"})
    assert late.status_code == 409
    form = late.context["form"]
    assert (form["title"].value(), form["weight"].value()) == ("Signed", "77")
    assert (form["is_critical"].value(), form["seen_version"].value()) == ("False", "3")


def test_a_frozen_plan_leaves_the_expected_day_alone_open(
    alpha: House, measure: Measure, step: Milestone
) -> None:
    url, owner = at(alpha, step, "edit"), alpha.client("owner")
    with put_at(measure, stage="decided"):
        html = shown(alpha, page(alpha, measure, "plan/"))
        assert "The plan is frozen" in html
        assert page(alpha, measure, "plan/new/") not in html
        assert at(alpha, step, "delete") not in html
        form = owner.get(url).context["form"]
        closed = {name for name, field in form.fields.items() if field.disabled}
        assert closed == {"title", "weight", "is_critical", "plan_on", "acceptor"}
        sent = {"seen_version": "1", "seen-forecast_on": "", "weight": "99"}
        answer = owner.post(url, sent | {"forecast_on": "2026-10-31"})
    assert answer.status_code == 302
    with alpha.active():
        row = Milestone.objects.get()
    assert (row.weight, row.forecast_on) == (10, date(2026, 10, 31))


def test_done_proven_given_back_and_accepted_by_forms(
    alpha: House, measure: Measure, step: Milestone
) -> None:
    owner, sponsor = alpha.client("owner"), alpha.client("sponsor")
    plan = page(alpha, measure, "plan/")
    assert at(alpha, step, "accept") not in shown(alpha, plan)
    assert "Nobody has said yet" in shown(alpha, plan, "sponsor")
    future = owner.post(at(alpha, step, "done"), {"seen_version": "1", "actual_on": "2999-01-01"})
    assert (future.status_code, set(future.context["form"].errors)) == (422, {"actual_on"})
    owner.post(at(alpha, step, "done"), {"seen_version": "1", "actual_on": "2026-03-31"})
    back = {"seen_version": "2", "reason": "Half of it"}
    html = sponsor.post(at(alpha, step, "return"), back, follow=True).content.decode()
    assert "Given back: Half of it" in html
    owner.post(at(alpha, step, "done"), {"seen_version": "3", "actual_on": "2026-03-31"})
    bare = sponsor.post(at(alpha, step, "accept"), {"seen_version": "4"})
    assert bare.status_code == 422
    assert "needs evidence" in bare.content.decode()
    assert "needs evidence" in shown(alpha, plan, "sponsor")
    url = page(alpha, measure, f"documents/new/?milestone={step.public_id}")
    assert url in shown(alpha, plan)
    chosen = owner.get(url).context["form"]
    assert chosen["milestone"].value() == str(step.public_id)
    proof = TYPED | {"kind": "milestone", "milestone": str(step.public_id)}
    answer = owner.post(url, {**proof, "file": file()})
    assert answer.url == plan
    assert sponsor.post(at(alpha, step, "accept"), {"seen_version": "3"}).status_code == 409
    html = sponsor.post(
        at(alpha, step, "accept"), {"seen_version": "4"}, follow=True
    ).content.decode()
    assert "The milestone was accepted." in html
    assert "100 % of the weight is accepted" in html
    assert at(alpha, step, "edit") not in shown(alpha, plan)
    closed = page(alpha, measure, "documents/new/")
    assert str(step.public_id) not in shown(alpha, closed)


def test_others_say_nothing_about_a_milestone(alpha: House, step: Milestone) -> None:
    for who in ("executive", "auditor", "controller"):
        client = alpha.client(who)
        for verb in ("edit", "delete", "done", "accept", "return"):
            body = {"seen_version": "1", "actual_on": "2026-01-01", "reason": "x"}
            assert client.get(at(alpha, step, verb)).status_code == 403
            assert client.post(at(alpha, step, verb), body).status_code == 403
    assert alpha.client("owner").get(at(alpha, step, "accept")).status_code == 403
    assert alpha.client("sponsor").get(at(alpha, step, "done")).status_code == 403
    with alpha.active():
        assert Milestone.objects.get().version == 1


def test_a_milestone_is_removed_after_a_question(alpha: House, step: Milestone) -> None:
    url, owner = at(alpha, step, "delete"), alpha.client("owner")
    assert "Remove «Contract signed» from the plan" in shown(alpha, url)
    assert owner.post(url, {"seen_version": "x"}).status_code == 400
    assert owner.post(url, {"seen_version": "2"}).status_code == 409
    html = owner.post(url, {"seen_version": "1"}, follow=True).content.decode()
    assert "The milestone was removed." in html
    with alpha.active():
        assert not Milestone.objects.exists()


def test_strangers_find_nothing(
    alpha: House, beta: House, measure: Measure, document: Document, step: Milestone
) -> None:
    urls = [page(alpha, measure), page(alpha, measure, "plan/")]
    urls += [at(alpha, document, verb) for verb in ("content", "withdraw", "versions/new")]
    urls += [at(alpha, step, verb) for verb in ("edit", "delete", "done", "accept", "return")]
    for client in (alpha.client("narrow"), alpha.client("guest"), beta.client("pmo")):
        assert {client.get(url).status_code for url in urls} == {404}
    theirs = beta.client("pmo")
    for row, verb in ((document, "content"), (document, "withdraw"), (step, "accept")):
        assert theirs.get(at(beta, row, verb)).status_code == 404


def test_a_lost_file_is_said_in_words(alpha: House, document: Document, settings: Any) -> None:
    settings.DOCUMENTS_ROOT = settings.DOCUMENTS_ROOT / "nowhere"
    answer = alpha.client("owner").get(at(alpha, document, "content"))
    assert answer.status_code == 409
    assert "not where it was kept" in answer.content.decode()


def test_the_time_line_stands_on_one_scale(in_alpha: House) -> None:
    measure = make_measure(in_alpha, owner=in_alpha.people["owner"])
    first = add_milestone(in_alpha, measure, plan_on=date(2026, 1, 1))
    last = add_milestone(in_alpha, measure, plan_on=DUE, forecast_on=date(2026, 12, 31))
    bare = add_milestone(in_alpha, measure, plan_on=None)
    ready = done(in_alpha, last)
    prove(in_alpha, ready)
    shown_lanes = lanes([first, ready, bare], date(2026, 7, 2))
    assert [lane.milestone for lane in shown_lanes] == [first, ready]
    assert [(mark.kind, mark.place) for mark in shown_lanes[0].marks] == [
        ("today", "50.0%"),
        ("plan", "2.0%"),
    ]
    kinds = [mark.kind for mark in shown_lanes[1].marks]
    assert kinds == ["today", "plan", "forecast", "actual"]
    assert shown_lanes[1].marks[2].place == "98.0%"
    assert shown_lanes[1].words == "planned 30 Sep 2026, expected 31 Dec 2026, done 31 Mar 2026"
    assert lanes([bare], date(2026, 7, 2)) == []
    assert len(lanes([first], date(2026, 1, 1))) == 1
