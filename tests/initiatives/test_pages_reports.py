"""The status tab: timeline, strip, adding, correcting and removing a report; list and header."""

from datetime import date, timedelta
from typing import Any

import pytest

from initiatives.models import Measure, StatusReport
from initiatives.services_reports import ReportDraft, status_report_add, status_report_change
from tests.houses import House
from tests.initiatives.making import make_measure

TYPED = {
    "reported_on": "2026-01-31",
    "light": "amber",
    "rater": "IPA",
    "stated": "Amber/Red",
    "commentary": "Late.\r\nTwo months.",
}


@pytest.fixture
def measure(alpha: House) -> Measure:
    return make_measure(alpha, owner=alpha.people["owner"])


def add(house: House, measure: Measure, day: str = "2026-01-31", **more: Any) -> StatusReport:
    draft = ReportDraft(date.fromisoformat(day), **{"light": "amber"} | more)
    by = house.actor("owner")
    with house.active():
        return status_report_add(measure=measure, draft=draft, by=by)


def status(house: House, measure: Measure, path: str = "") -> str:
    return house.page(f"measures/{measure.code}/status/{path}")


def at(house: House, report: StatusReport, verb: str) -> str:
    return house.page(f"status-reports/{report.public_id}/{verb}/")


def stored(house: House) -> list[tuple[Any, ...]]:
    with house.active():
        names = ("reported_on", "light", "rater", "stated", "commentary")
        return list(StatusReport.objects.order_by("pk").values_list(*names))


def test_without_reports_the_tab_says_what_to_do_first(alpha: House, measure: Measure) -> None:
    html = alpha.client("owner").get(status(alpha, measure)).content.decode()
    assert "No status has been reported yet" in html
    assert f'href="{status(alpha, measure, "new/")}"' in html
    assert "tg-strip" not in html
    assert html.count("tg-status-line") == 1


@pytest.mark.parametrize(
    ("who", "reason"),
    [
        ("executive", "reports the status"),
        ("auditor", "reports the status"),
        ("owner", "you do not own this one"),
    ],
)
def test_who_may_not_report_sees_the_button_refused_with_the_reason(
    alpha: House, who: str, reason: str
) -> None:
    foreign = make_measure(alpha)
    html = alpha.client(who).get(status(alpha, foreign)).content.decode()
    assert reason in html
    assert status(alpha, foreign, "new/") not in html
    assert alpha.client(who).get(status(alpha, foreign, "new/")).status_code == 403


def test_a_report_is_added_by_its_form(alpha: House, measure: Measure) -> None:
    owner = alpha.client("owner")
    answer = owner.post(status(alpha, measure, "new/"), TYPED, follow=True)
    assert stored(alpha) == [(date(2026, 1, 31), "amber", "IPA", "Amber/Red", "Late.\nTwo months.")]
    html = answer.content.decode()
    assert "The status report was added." in html
    for said in ("«Amber/Red»", "rated by IPA", "31 Jan 2026", "tg-light-amber", "Late."):
        assert said in html
    again = owner.post(status(alpha, measure, "new/"), TYPED)
    assert again.status_code == 422
    assert "has a status report of that day already" in again.content.decode()


def test_bad_input_is_named_at_its_field_and_kept(alpha: House, measure: Measure) -> None:
    bad = {**TYPED, "light": "pink", "reported_on": "2999-01-01", "rater": "x" * 121}
    answer = alpha.client("owner").post(status(alpha, measure, "new/"), bad)
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"light", "rater"}
    late = {**TYPED, "reported_on": "2999-01-01"}
    answer = alpha.client("owner").post(status(alpha, measure, "new/"), late)
    assert "between 1 January 1990 and today" in answer.content.decode()
    assert "Two months." in answer.content.decode()
    assert stored(alpha) == []


def test_the_newest_alone_is_open_and_long_words_are_folded(alpha: House, measure: Measure) -> None:
    old = add(alpha, measure, "2025-12-31", commentary="Old.")
    new = add(alpha, measure, light="red", commentary="<b>word</b> " * 60)
    html = alpha.client("owner").get(status(alpha, measure)).content.decode()
    assert html.index("31 Jan 2026</h3>") < html.index("31 Dec 2025</h3>")
    assert html.count('<details class="tg-fold">') == 1
    assert "<b>word" not in html
    assert at(alpha, new, "edit") in html
    assert at(alpha, new, "delete") in html
    assert at(alpha, old, "edit") not in html
    other = alpha.client("consultant").get(status(alpha, measure)).content.decode()
    assert at(alpha, new, "edit") not in other
    assert "Only the person who added a status report" in other


def test_a_frozen_report_is_not_corrected_by_its_old_form(alpha: House, measure: Measure) -> None:
    old = add(alpha, measure)
    owner = alpha.client("owner")
    form = owner.get(at(alpha, old, "edit"))
    assert form.status_code == 200
    add(alpha, measure, "2026-02-28")
    before = stored(alpha)
    answer = owner.post(at(alpha, old, "edit"), TYPED | {"seen_version": "1", "light": "red"})
    assert answer.status_code == 422
    assert "earlier ones are frozen" in answer.content.decode()
    gone = owner.post(at(alpha, old, "delete"), {"seen_version": "1"})
    assert gone.status_code == 422
    assert stored(alpha) == before


def test_the_newest_is_corrected_and_removed_after_a_question(
    alpha: House, measure: Measure
) -> None:
    report, owner = add(alpha, measure), alpha.client("owner")
    answer = owner.post(
        at(alpha, report, "edit"), TYPED | {"seen_version": "1", "light": "green"}, follow=True
    )
    assert "The status report was corrected." in answer.content.decode()
    assert stored(alpha)[0][:3] == (date(2026, 1, 31), "green", "IPA")
    question = owner.get(at(alpha, report, "delete")).content.decode()
    assert "Remove the status report of 31 Jan 2026" in question
    assert owner.post(at(alpha, report, "delete"), {"seen_version": "1"}).status_code == 409
    owner.post(at(alpha, report, "delete"), {"seen_version": "2"})
    assert stored(alpha) == []


def test_a_late_save_keeps_what_was_typed_and_shows_the_rest_as_it_is(
    alpha: House, measure: Measure
) -> None:
    report = add(alpha, measure, stated="Amber")
    by = alpha.actor("pmo")
    with alpha.active():
        status_report_change(report=report, seen_version=1, fields={"light": "red"}, by=by)
    seen = {"seen-light": "amber", "seen-reported_on": "2026-01-31", "seen-stated": "Amber"}
    typed = {"reported_on": "2026-01-31", "light": "amber", "stated": "Amber/Red"}
    typed |= {"seen_version": "1", "rater": "", "commentary": "", **seen}
    answer = alpha.client("owner").post(at(alpha, report, "edit"), typed)
    assert answer.status_code == 409
    form = answer.context["form"]
    assert (form["light"].value(), form["stated"].value()) == ("red", "Amber/Red")
    assert form["seen_version"].value() == "2"


def test_list_and_header_show_the_latest_light(alpha: House, measure: Measure) -> None:
    add(alpha, measure, "2025-12-31", light="red")
    add(alpha, measure, light="blue", rater="IPA")
    make_measure(alpha, "Without")
    pmo = alpha.client("pmo")
    rows = pmo.get(alpha.page("measures/")).context["rows"]
    assert [row.report.light if row.report else None for row in rows] == ["blue", None]
    html = pmo.get(alpha.page(f"measures/{measure.code}/")).content.decode()
    # After the lights that are derived comes what was reported last.
    head = html[html.rindex("tg-status-line") :][:1500]
    assert "tg-light-blue" in head
    assert "31 Jan 2026 · IPA" in head


def test_older_reports_are_a_page_further(alpha: House, measure: Measure) -> None:
    for number in range(21):
        add(alpha, measure, (date(2024, 1, 31) + timedelta(days=number)).isoformat())
    pmo = alpha.client("pmo")
    first = pmo.get(status(alpha, measure))
    assert len(first.context["told"]) == 20
    assert len(first.context["strip"]) == 21
    rest = pmo.get(status(alpha, measure), {"cursor": first.context["page"].next})
    assert [item.report.reported_on for item in rest.context["told"]] == [date(2024, 1, 31)]
    assert not rest.context["told"][0].edit_url
    assert pmo.get(status(alpha, measure), {"cursor": "nonsense"}).status_code == 400


def test_strangers_find_nothing(alpha: House, beta: House, measure: Measure) -> None:
    report = add(alpha, measure)
    for client in (alpha.client("narrow"), alpha.client("guest"), beta.client("pmo")):
        for url in (status(alpha, measure), at(alpha, report, "edit"), at(alpha, report, "delete")):
            assert client.get(url).status_code == 404
    foreign = beta.page(f"status-reports/{report.public_id}/edit/")
    assert beta.client("pmo").get(foreign).status_code == 404
