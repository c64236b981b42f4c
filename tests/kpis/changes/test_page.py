"""The page that asks for new plan months: grid, preview, other years, the request (T15)."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from approvals.models import ApprovalRequest
from kpis.choices import Series
from kpis.models import Effect
from tests.houses import House
from tests.initiatives.climbing import decide
from tests.kpis.actual_making import claim, judge, series
from tests.kpis.changes.making import ask_months, change_months, make_frozen, make_open
from tests.kpis.forecasting import name
from tests.kpis.making import add_effect, plan
from tests.kpis.staging import moved

pytestmark = pytest.mark.usefixtures("open_stages")
WHY = {"reason_code": "timing", "reason": "Less is sold."}


@pytest.fixture
def effect(alpha: House) -> Effect:
    return make_frozen(alpha)[0]


@pytest.fixture
def client(alpha: House) -> Client:
    return alpha.client("owner")


@pytest.fixture
def url(alpha: House, effect: Effect) -> str:
    return alpha.page(f"measures/{effect.measure.code}/change/plan/?year=2026")


def cell(effect: Effect, month: str) -> str:
    return name(effect, month, Series.PLAN)


def sent(page: Any, action: str, **typed: str) -> dict[str, str]:
    """What a browser sends back from a page as it stands."""
    form = page.context["form"]
    data = {name: str(form[name].value() or "") for name in form.fields}
    data |= dict(form.seen_inputs()) | {"year": str(page.context["year_number"])}
    return {**data, "action": action, **typed}


def requests(house: House) -> list[ApprovalRequest]:
    with house.active():
        return list(ApprovalRequest.objects.order_by("id"))


def test_the_preview_tells_months_size_and_who_decides(
    alpha: House, client: Client, effect: Effect, url: str
) -> None:
    data = sent(client.get(url), "preview", **{cell(effect, "2026-03"): "8,000"})
    page = client.post(url, data)
    assert page.status_code == 200
    view = page.context["plan"]
    assert view.size == Decimal(2000)
    (year,) = view.effects[0].years
    assert [(m.before, m.after, m.difference) for m in year.months] == [(10000, 8000, -2000)]
    assert [step.part for step in page.context["deciders"].steps] == ["Controller", "Sponsor"]
    assert "8,000" in page.content.decode()
    assert requests(alpha) == []


def test_the_request_is_sent_and_decided(
    alpha: House, client: Client, effect: Effect, url: str
) -> None:
    typed = {cell(effect, "2026-03"): "8,000", cell(effect, "2026-04"): "", **WHY}
    start = f"run_rate_start.{effect.public_id}"
    answer = client.post(url, sent(client.get(url), "send", **typed, **{start: "2026-02"}))
    (request,) = requests(alpha)
    assert answer.status_code == 302
    assert answer["Location"].endswith(f"decisions/#request-{request.public_id}")
    item = request.details["plan"][0]
    assert item["run_rate_start"] == [None, "2026-02"]
    assert item["before"] == {"2026-03": "10000.00", "2026-04": "10000.00"}
    decide(alpha, request)
    assert series(alpha, effect, Series.PLAN)["2026-03"] == Decimal(8000)


def test_other_years_keep_what_was_typed(
    alpha: House, client: Client, effect: Effect, url: str
) -> None:
    data = sent(client.get(url), "year-2027", **{cell(effect, "2026-03"): "8,000"})
    later = client.post(url, data)
    assert (later.status_code, later.context["year_number"]) == (200, 2027)
    typed = {cell(effect, "2027-01"): "5,000", **WHY}
    back = client.post(url, sent(later, "year-2026", **typed))
    shown = {one.name: one.value() for one in back.context["form"].elsewhere()}
    assert shown == {cell(effect, "2027-01"): "5,000"}
    assert back.context["form"][cell(effect, "2026-03")].value() == "8,000"
    answer = client.post(url, sent(later, "send", **typed))
    assert answer.status_code == 422  # an increase and a decrease
    data = sent(back, "send", **{cell(effect, "2027-01"): ""})
    assert client.post(url, data).status_code == 302
    assert requests(alpha)[0].details["plan"][0]["after"] == {"2026-03": "8000.00"}


@pytest.mark.parametrize(
    ("typed", "named"),
    [
        ({"month": "much"}, "cells"),
        ({"month": "1.234"}, "cells"),
        ({"start": "soon"}, "run_rate_start"),
        ({"start": "2026-13", "month": "1"}, "run_rate_start"),
        ({"month": "1", "reason": ""}, "reason"),
        ({"month": "1", "reason_code": ""}, "reason_code"),
        ({"month": "99999", "start": "2026-05"}, "run_rate_start"),
        ({}, "__all__"),
    ],
)
def test_what_is_wrong_is_told_where_it_is_and_kept(
    alpha: House, client: Client, effect: Effect, url: str, typed: dict[str, str], named: str
) -> None:
    names = {"month": cell(effect, "2026-03"), "start": f"run_rate_start.{effect.public_id}"}
    given = WHY | {names.get(key, key): text for key, text in typed.items()}
    page = client.post(url, sent(client.get(url), "send", **given))
    assert page.status_code == 422
    assert {name.partition(".")[0] for name in page.context["form"].errors} == {named}
    for key, text in given.items():
        assert page.context["form"][key].value() == text
    assert requests(alpha) == []


def test_a_row_is_filled_and_nothing_is_asked_for(
    alpha: House, client: Client, effect: Effect, url: str
) -> None:
    phase = {
        "phase-effect": str(effect.public_id),
        "phase-helper": "shift",
        "phase-shift": "6",
        "phase-first": "2026-01",
        "phase-last": "2026-12",
    }
    page = client.post(url, sent(client.get(url), "phase", **phase))
    form = page.context["form"]
    assert form[cell(effect, "2026-01")].value() == ""
    assert len(form.elsewhere()) == 6
    preview = client.post(url, sent(page, "preview"))
    assert preview.context["plan"].size == 0
    assert [year.total.label for year in preview.context["plan"].effects[0].years] == [
        "2026",
        "2027",
    ]
    assert requests(alpha) == []


def test_somebody_was_quicker(alpha: House, client: Client, effect: Effect, url: str) -> None:
    data = sent(client.get(url), "send", **{cell(effect, "2026-03"): "8,000"}, **WHY)
    change_months(alpha, effect, {"2026-03": "9000", "2026-05": "9000"})
    page = client.post(url, data)
    assert page.status_code == 409
    assert page.context["form"][cell(effect, "2026-03")].value() == "8,000"
    assert page.context["form"][cell(effect, "2026-05")].value() == "9,000.00"
    assert client.post(url, sent(page, "send")).status_code == 302


def test_validated_months_are_locked(
    alpha: House, client: Client, effect: Effect, url: str
) -> None:
    claim(alpha, effect, {"2026-01": "9000"})
    judge(alpha, effect, "2026-01")
    form = client.get(url).context["form"]
    assert cell(effect, "2026-01") not in form.fields
    assert cell(effect, "2026-02") in form.fields
    data = sent(client.get(url), "preview", **{cell(effect, "2026-01"): "5"})
    assert client.post(url, data).status_code == 409


def test_while_a_request_is_open_the_page_says_so(
    alpha: House, client: Client, effect: Effect, url: str
) -> None:
    ask_months(alpha, effect, {"2026-03": "8000"})
    page = client.get(url)
    assert "(G2)" in page.content.decode()
    assert not page.context["form"].places
    assert client.post(url, {"action": "send"}).status_code == 409


def test_before_the_decision_the_value_grid_is_the_place(alpha: House) -> None:
    measure = make_open(alpha)
    plan(alpha, add_effect(alpha, measure), {"2026-01": "1"})
    moved(alpha, measure, "detailed")
    client = alpha.client("owner")
    page = client.get(alpha.page(f"measures/{measure.code}/change/plan/"))
    assert "value grid" in page.context["desk"].locked
    fields = client.get(alpha.page(f"measures/{measure.code}/change/"))
    assert len(fields.context["ways"]) == 1


def test_from_fields_to_months_and_back(
    alpha: House, client: Client, effect: Effect, url: str
) -> None:
    ways = client.get(alpha.page(f"measures/{effect.measure.code}/change/")).context["ways"]
    assert [way.is_current for way in ways] == [True, False]
    assert client.get(ways[1].url).context["ways"][1].is_current
    with_form = client.get(ways[1].url).content.decode()
    assert ways[0].url in with_form


def test_who_only_reads_sees_the_plan_locked(alpha: House, effect: Effect, url: str) -> None:
    reader = alpha.client("executive")
    page = reader.get(url)
    assert (page.status_code, page.context["form"].places) == (200, {})
    assert reader.post(url, {"action": "send"}).status_code == 403
