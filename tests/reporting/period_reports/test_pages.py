"""The pages of reports: list, draft, signature, the frozen report, its files, the rhythm page."""

import hashlib
import json
from typing import Any

import pytest
from django.test import Client

from reporting.period_reports.models import PeriodReport
from tests.houses import House
from tests.initiatives.making import make_measure
from tests.kpis.staging import moved
from tests.reporting.period_reports.signing import both, led, signed, weekly

WORDS = {"achieved": "Two suppliers signed.", "next_steps": "", "decision_needed": ""}


@pytest.fixture
def house(alpha: House, open_stages: None) -> House:
    with alpha.active():
        weekly(alpha)
    return alpha


@pytest.fixture
def pmo(house: House) -> Client:
    return house.client("pmo")


def url(house: House, tail: str = "") -> str:
    return house.page(f"period-reports/{house.program.code}/{tail}")


def filled(answer: Any, **more: str) -> dict[str, str]:
    """What a browser sends back from the form of a draft."""
    form = answer.context["form"]
    names = ("due_on", "seen_hash", "replaces")
    hidden = {name: str(form[name].value() or "") for name in names}
    return {**hidden, **WORDS, **more}


def report_count(house: House) -> int:
    with house.active():
        return PeriodReport.objects.count()


def test_a_draft_is_signed_and_read(house: House, pmo: Client) -> None:
    opened = pmo.get(url(house, "sign/"))
    assert "Draft of the report" in opened.content.decode()
    answer = pmo.post(url(house, "sign/"), filled(opened), follow=True)
    text = answer.content.decode()
    assert "Report 1 was signed and is frozen." in text
    assert "Two suppliers signed." in text
    assert answer.context["report"].hash in text
    listed = pmo.get(url(house)).content.decode()
    assert "Report 1" in listed
    assert "All reports hold" in pmo.get(url(house, "?check=1")).content.decode()
    node = pmo.get(house.page(f"programs/{house.program.code}/")).content.decode()
    assert url(house) in node


def test_figures_that_changed_are_shown_and_the_words_are_kept(house: House, pmo: Client) -> None:
    data = filled(pmo.get(url(house, "sign/")))
    make_measure(house, "Steel")
    answer = pmo.post(url(house, "sign/"), data)
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "The figures have changed since you looked at them" in text
    assert "Two suppliers signed." in text
    assert report_count(house) == 0
    again = pmo.post(url(house, "sign/"), filled(answer))
    assert again.status_code == 302
    assert report_count(house) == 1


def test_what_cannot_be_kept_stands_at_its_field(house: House, pmo: Client) -> None:
    data = filled(pmo.get(url(house, "sign/")), achieved="x" * 4001)
    answer = pmo.post(url(house, "sign/"), data)
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["achieved"]
    assert pmo.post(url(house, "sign/"), {}).status_code == 422
    assert pmo.get(url(house, "sign/?period=x")).status_code == 400
    assert report_count(house) == 0


def test_a_correction_starts_from_the_words_it_replaces(house: House, pmo: Client) -> None:
    signed(house, house.program)
    page = pmo.get(url(house, "1/"))
    assert "sign/?replaces=1" in page.content.decode()
    opened = pmo.get(url(house, "sign/?replaces=1"))
    assert "Two suppliers signed." in opened.content.decode()
    empty = pmo.post(url(house, "sign/"), filled(opened, reason=" "))
    assert empty.status_code == 422
    data = filled(opened, reason="A measure was left out.")
    assert pmo.post(url(house, "sign/"), data).status_code == 302
    first = pmo.get(url(house, "1/")).content.decode()
    assert "This report was corrected" in first
    assert "sign/?replaces=1" not in first
    assert pmo.get(url(house, "sign/?replaces=1")).status_code == 409


def test_what_changed_since_the_report_before(house: House, pmo: Client) -> None:
    signed(house, house.program)
    moved(house, make_measure(house, "Steel"), "decided")
    signed(house, house.program)
    page = pmo.get(url(house, "2/"))
    shown = {one.label: (one.before, one.after, one.difference) for one in page.context["changes"]}
    assert shown["Decided"] == ("0", "1", "+1")
    assert shown["Measures"] == ("0", "1", "+1")
    assert "What changed since report 1" in page.content.decode()
    assert "What changed since" not in pmo.get(url(house, "1/")).content.decode()
    assert pmo.get(url(house, "2/?since=1")).status_code == 200
    for wrong in ("2/?since=2", "2/?since=x", "3/", "1/?since=1"):
        assert pmo.get(url(house, wrong)).status_code == 404


def test_the_files_are_what_was_hashed(house: House, pmo: Client) -> None:
    report = signed(house, house.program)
    answer = pmo.get(url(house, "1.json"))
    assert hashlib.sha256(answer.content).hexdigest() == report.hash
    assert json.loads(answer.content)["number"] == 1
    rows = pmo.get(url(house, "1.csv")).content.decode().splitlines()
    assert rows[:2] == ["name,value", f"hash,{report.hash}"]
    assert f"node.code,{house.program.code}" in rows


def test_who_may_not_sign_reads_the_draft_and_why(house: House) -> None:
    reader = house.client("executive")
    answer = reader.get(url(house, "sign/"))
    assert answer.status_code == 200
    assert "The lead of this place or of one above signs" in answer.content.decode()
    assert reader.post(url(house, "sign/"), filled(answer)).status_code == 403


def test_where_nothing_is_to_be_signed_the_page_says_why(house: House, pmo: Client) -> None:
    both(house, house.program)
    text = pmo.get(url(house, "sign/")).content.decode()
    assert "This period was signed already" in text
    assert pmo.post(url(house, "sign/"), WORDS).status_code == 409


def test_without_a_rhythm_the_pages_say_so(alpha: House) -> None:
    pmo = alpha.client("pmo")
    assert "No reporting calendar holds here" in pmo.get(url(alpha)).content.decode()
    assert "No reporting calendar holds here" in pmo.get(url(alpha, "sign/")).content.decode()


def test_the_rhythm_page_tells_who_has_not_signed(house: House, pmo: Client) -> None:
    led(house, house.package, owner="owner")
    moved(house, make_measure(house, "Steel", owner=house.people["owner"]), "decided")

    def unsigned() -> list[str]:
        view = pmo.get(house.page("rhythm/")).context["view"]
        return [one.node.code for one in view.signatures.unsigned]

    waiting = [house.program.code, house.package.code, house.other_program.code]
    assert unsigned() == waiting
    signed(house, house.package)
    report = signed(house, house.program)
    assert unsigned() == [house.other_program.code]
    page = pmo.get(house.page("rhythm/"))
    assert f"period-reports/{house.program.code}/{report.number}/" in page.content.decode()
    body = house.caller("pmo").get("rhythm/").json()
    assert (body["unsigned_count"], body["programs"][0]["last_report"]) == (1, 1)
    assert body["unsigned"][0]["node"] == house.other_program.code


def test_it_reads_in_german(house: House, pmo: Client) -> None:
    signed(house, house.program)
    moved(house, make_measure(house, "Steel"), "decided")
    signed(house, house.program)
    text = pmo.get(url(house, "2/"), headers={"Accept-Language": "de"}).content.decode()
    assert "Was sich seit Bericht 1 geändert hat" in text
