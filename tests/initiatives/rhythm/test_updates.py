"""All updates an owner owes: what is prefilled, one save, each line for itself (R2)."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from governance.calendars.selectors import today_of
from governance.errors import Invalid
from initiatives.milestones.models import Milestone
from initiatives.models import Measure, StatusReport
from initiatives.rhythm.rules import RhythmTerms
from initiatives.rhythm.selectors_owed import MOST_UPDATES, owed_updates, with_facts
from initiatives.rhythm.services_updates import MilestoneForecast, OwnerUpdate, updates_write
from initiatives.services_reports import ReportDraft, status_report_add
from tests.houses import House
from tests.initiatives.making import make_measure
from tests.initiatives.rhythm.keeping import in_rhythm
from tests.kpis.conftest import open_stages
from tests.kpis.staging import moved

__all__ = ["open_stages"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("open_stages")]


def owing(house: House, count: int) -> list[Measure]:
    """So many decided measures of the owner, under a weekly rhythm."""
    with house.active():
        today = today_of(house.tenant)
        in_rhythm(house, RhythmTerms(starts_on=today - timedelta(days=70)))
        rows = []
        for number in range(1, count + 1):
            row = make_measure(house, f"Measure {number}", owner=house.people["owner"])
            rows.append(moved(house, row, "decided"))
        return rows


def late_milestone(house: House, measure: Measure) -> Milestone:
    with house.active():
        day = today_of(house.tenant)
        return Milestone.objects.create(
            measure=measure,
            title="Contract signed",
            weight=10,
            plan_on=day - timedelta(days=10),
            forecast_on=day - timedelta(days=1),
            acceptor=house.people["sponsor"],
        )


def reported(house: House, measure: Measure, days_ago: int = 0, **words: str) -> StatusReport:
    with house.active():
        day = today_of(house.tenant) - timedelta(days=days_ago)
        draft = ReportDraft(day, "green", **words)
        return status_report_add(measure=measure, draft=draft, by=house.actor("owner"))


def test_what_is_owed_and_what_it_starts_from(in_alpha: House) -> None:
    owner, tenant = in_alpha.actor("owner"), in_alpha.tenant
    assert owed_updates(owner, tenant) == []
    one, two, three = owing(in_alpha, 3)
    held = moved(in_alpha, make_measure(in_alpha, owner=in_alpha.people["owner"]), "decided")
    moved(in_alpha, held, overlay="on_hold")
    make_measure(in_alpha, owner=in_alpha.people["owner"])  # an idea owes nothing yet
    milestone = late_milestone(in_alpha, two)
    reported(in_alpha, three)
    found = with_facts(owed_updates(owner, tenant), today_of(tenant))
    assert [row.measure.code for row in found] == [one.code, two.code, three.code]
    assert [row.is_answered for row in found] == [False, False, True]
    assert [list(row.milestones) for row in found] == [[], [milestone], []]
    assert found[0].lights[0].name == "Implementation"
    assert any("created" in event.sentence for event in found[0].events)
    assert owed_updates(in_alpha.actor("sponsor"), tenant) == []


def test_reading_takes_as_many_queries_for_one_as_for_eleven(in_alpha: House) -> None:
    owner, tenant = in_alpha.actor("owner"), in_alpha.tenant
    owing(in_alpha, 1)
    with CaptureQueriesContext(connection) as few:
        with_facts(owed_updates(owner, tenant), today_of(tenant))
    for number in range(10):
        row = make_measure(in_alpha, f"More {number}", owner=in_alpha.people["owner"])
        late_milestone(in_alpha, row)
        moved(in_alpha, row, "decided")
    with CaptureQueriesContext(connection) as many:
        assert len(with_facts(owed_updates(owner, tenant), today_of(tenant))) == 11
    assert len(few) == len(many)


def test_each_update_stands_for_itself(in_alpha: House) -> None:
    one, two, three = owing(in_alpha, 3)
    owner = in_alpha.actor("owner")
    reported(in_alpha, one, 10, next_steps="Sign it", decision_needed="A budget", achieved="Draft")
    results = updates_write(
        updates=[
            OwnerUpdate(one.code, is_unchanged=True),
            OwnerUpdate(two.code, is_unchanged=True),
            OwnerUpdate(three.code, light="pink"),
            OwnerUpdate("M-999999", light="red"),
        ],
        by=owner,
    )
    first, second, third, unknown = results
    assert first.report is not None
    said = first.report
    assert (said.light, said.next_steps, said.decision_needed) == ("green", "Sign it", "A budget")
    assert said.achieved == ""  # what was achieved before is not achieved again
    assert said.answers_on is not None
    assert second.refusal is not None
    assert list(second.refusal.errors) == ["is_unchanged"]
    assert third.refusal is not None
    assert list(third.refusal.errors) == ["light"]
    assert unknown.refusal is not None
    assert unknown.refusal.code == "not_found"
    again = OwnerUpdate(one.code, light="red", achieved="Nothing")
    [result] = updates_write(updates=[again], by=owner)
    assert result.report is not None
    assert (result.report.pk, result.report.version) == (said.pk, 2)
    for wrong in ([again, again], [again] * (MOST_UPDATES + 1)):
        with pytest.raises(Invalid):
            updates_write(updates=wrong, by=owner)
    [stranger] = updates_write(updates=[again], by=in_alpha.actor("sponsor"))
    assert stranger.refusal is not None
    assert stranger.refusal.status == 403


def test_a_milestone_moves_with_its_update_or_nothing_does(in_alpha: House) -> None:
    [one] = owing(in_alpha, 1)
    milestone = late_milestone(in_alpha, one)
    owner, day = in_alpha.actor("owner"), today_of(in_alpha.tenant) + timedelta(days=30)
    stale = MilestoneForecast(milestone.public_id, 9, day)
    [result] = updates_write(
        updates=[OwnerUpdate(one.code, light="amber", forecasts=[stale])], by=owner
    )
    assert result.refusal is not None
    assert not StatusReport.objects.exists()
    right = MilestoneForecast(milestone.public_id, milestone.version, day)
    [result] = updates_write(
        updates=[OwnerUpdate(one.code, light="amber", forecasts=[right])], by=owner
    )
    assert result.refusal is None
    milestone.refresh_from_db()
    assert milestone.forecast_on == day


def test_a_report_of_somebody_else_meanwhile_is_told(in_alpha: House) -> None:
    [one] = owing(in_alpha, 1)
    reported(in_alpha, one)
    update = OwnerUpdate(one.code, light="amber", seen="")
    [result] = updates_write(updates=[update], by=in_alpha.actor("owner"))
    assert result.refusal is not None
    assert (result.refusal.code, result.refusal.status) == ("reported_meanwhile", 409)


def sent(page: Any, **changed: Any) -> dict[str, Any]:
    """What a browser sends of the page as it stands, with some of it changed."""
    data: dict[str, Any] = {}
    for form in page.context["desk"].forms:
        for field in form:
            value = field.value()
            if value not in (None, False, ""):
                data[field.html_name] = value
        data.setdefault(f"{form.prefix}-seen", "")
    return data | changed


def test_the_page_saves_what_was_said_and_keeps_what_was_refused(alpha: House) -> None:
    one, two, three = owing(alpha, 3)
    milestone = late_milestone(alpha, two)
    reported(alpha, one, 10, next_steps="Sign it")
    client, url = alpha.client("owner"), alpha.page("my-updates/")
    page = client.get(url)
    assert "0 of 3 reported" in page.content.decode()
    assert "Sign it" in page.content.decode()
    nothing = client.post(url, sent(page), follow=True)
    assert "Nothing was filled in" in nothing.content.decode()
    answer = client.post(
        url,
        sent(
            page,
            **{
                f"{one.code}-is_unchanged": "on",
                f"{two.code}-light": "amber",
                f"{two.code}-achieved": "Half of it",
                f"{two.code}-{milestone.public_id}": "soon",
                f"{three.code}-achieved": "Without a light",
            },
        ),
    )
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "1 update was saved." in text
    assert "1 of 3 reported" in text
    assert "Half of it" in text
    assert 'value="soon"' in text
    assert "Without a light" in text
    refused = {form.prefix: form for form in answer.context["refused"]}
    assert list(refused[two.code].errors) == [str(milestone.public_id)]
    assert list(refused[three.code].errors) == ["light"]
    with alpha.active():
        assert [row.measure_id for row in StatusReport.objects.order_by("-id")[:1]] == [one.pk]
    only_wrong = client.post(url, sent(client.get(url), **{f"{three.code}-achieved": "x"}))
    assert only_wrong.status_code == 422
    rest = {f"{two.code}-light": "amber", f"{three.code}-light": "red"}
    done = client.post(url, sent(client.get(url), **rest), follow=True).content.decode()
    assert "2 updates were saved." in done
    assert "All reported" in done


def test_a_page_without_rhythm_and_who_may_not_see_it(alpha: House) -> None:
    url = alpha.page("my-updates/")
    assert "You owe no updates" in alpha.client("owner").get(url).content.decode()
    assert alpha.client("auditor").get(url).status_code == 403


def test_through_the_api(alpha: House) -> None:
    one, two = owing(alpha, 2)
    milestone = late_milestone(alpha, two)
    caller = alpha.caller("owner")
    found = caller.get("my-updates/").json()
    assert (found["answered"], found["total"]) == (0, 2)
    [late] = found["items"][1]["late_milestones"]
    assert (late["id"], late["version"]) == (str(milestone.public_id), 1)
    forecast = {"milestone": late["id"], "version": 1, "forecast_on": "2030-01-31"}
    body = {
        "updates": [
            {"measure": one.code, "is_unchanged": True},
            {"measure": two.code, "light": "red", "forecasts": [forecast], "seen": ""},
        ]
    }
    answer = caller.post("my-updates/", body)
    assert answer.status_code == 200
    said = answer.json()
    assert (said["saved"], said["refused"]) == (1, 1)
    refused, saved = said["results"]
    assert (refused["code"], list(refused["field_errors"])) == ("invalid", ["is_unchanged"])
    assert (saved["report"]["light"], saved["report"]["source"]) == ("red", "api")
    assert caller.get("my-updates/").json()["answered"] == 1
    wrong = caller.post("my-updates/", {"updates": [{"measure": one.code, "light": "pink"}]})
    assert wrong.status_code == 400
    assert caller.post("my-updates/", {"updates": []}).status_code == 400
    twice = {"updates": [{"measure": one.code, "light": "red"}] * 2}
    assert caller.post("my-updates/", twice).status_code == 400
