"""Helpers that fill a row of the value grid, within the year shown and beyond it (V9)."""

import pytest

from kpis.choices import EffectKind, Series
from kpis.models import Effect
from tests.houses import House
from tests.kpis.actual_making import claim, judge, now, series
from tests.kpis.forecasting import grid_url, make_decided, name, opened

pytestmark = pytest.mark.usefixtures("open_stages")


@pytest.fixture
def effect(alpha: House) -> Effect:
    return make_decided(alpha)


@pytest.fixture
def url(alpha: House, effect: Effect) -> str:
    return grid_url(alpha, effect.measure)


def phase(effect: Effect, /, **fields: str) -> dict[str, str]:
    given = {"effect": str(effect.public_id), "helper": "linear", "amount": "", "weights": ""}
    given |= {"first": "2026-01", "last": "2026-03", "shift": ""}
    return {f"phase-{word}": text for word, text in (given | fields).items()} | {"action": "phase"}


def test_a_helper_fills_the_inputs_and_saves_nothing(
    alpha: House, effect: Effect, url: str
) -> None:
    client = alpha.client("owner")
    sent = opened(client, url) | {name(effect, "2026-07"): "typed"}
    answer = client.post(url, sent | phase(effect, helper="ramp", amount="30,000"))
    assert answer.status_code == 200
    form = answer.context["form"]
    filled = [form[name(effect, f"2026-0{n}")].value() for n in (1, 2, 3, 7)]
    assert filled == ["5,000.00", "10,000.00", "15,000.00", "typed"]
    assert not answer.context["helper"].is_bound
    assert series(alpha, effect, Series.FORECAST)["2026-01"] == 10_000
    save = dict(form.data) | {name(effect, "2026-07"): "10,000", "action": "save"}
    assert client.post(url, save | {"cause": "timing", "phase-amount": ""}).status_code == 302
    assert series(alpha, effect, Series.FORECAST)["2026-03"] == 15_000


def test_a_shift_reaches_the_next_year_and_is_saved_with_the_rest(
    alpha: House, effect: Effect, url: str
) -> None:
    client = alpha.client("owner")
    sent = opened(client, url) | phase(effect, helper="shift", shift="1", first="2026-12", last="")
    answer = client.post(url, sent)
    form = answer.context["form"]
    assert [one.name for one in form.elsewhere()] == [name(effect, "2027-01")]
    assert form[name(effect, "2026-12")].value() == ""
    data = dict(form.data) | {"action": "save", "cause": "timing", "phase-amount": ""}
    assert client.post(url, data).status_code == 302
    held = series(alpha, effect, Series.FORECAST)
    assert ("2026-12" in held, held["2027-01"]) == (False, 10_000)


def test_a_reason_for_another_year_is_asked_for_beside_its_months(
    alpha: House, effect: Effect, url: str
) -> None:
    client = alpha.client("owner")
    asked = phase(effect, amount="20,000", first="2027-01", last="2027-02")
    filled = client.post(url, opened(client, url) | asked).context["form"]
    data = dict(filled.data) | {"action": "check", "cause": "scope", "phase-amount": ""}
    checked = client.post(url, data)
    code, text = (one.name for one in checked.context["reasons_elsewhere"])
    assert code == f"reasons.{effect.public_id}.2027"
    assert f'name="{text}"' in checked.content.decode()
    assert client.post(url, data | {"action": "save"}).status_code == 422
    said = {code: "other", text: "It goes on.", "action": "save"}
    assert client.post(url, data | said).status_code == 302
    assert series(alpha, effect, Series.FORECAST)["2027-02"] == 10_000


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"amount": ""}, "amount"),
        ({"amount": "much"}, "amount"),
        ({"amount": "1", "first": "soon"}, "first"),
        ({"amount": "1", "last": "2025-12"}, "last"),
        ({"helper": "season", "amount": "1", "weights": "1 2 3"}, "weights"),
        ({"helper": "season", "amount": "1", "weights": "a b"}, "weights"),
        ({"helper": "shift"}, "shift"),
        ({"helper": "magic", "amount": "1"}, "helper"),
        ({"effect": "6f0e9a52-5f0e-4c43-8f3c-2f6d9a1f7f11", "amount": "1"}, "effect"),
    ],
)
def test_what_a_helper_lacks_is_told(
    alpha: House, effect: Effect, url: str, fields: dict[str, str], field: str
) -> None:
    client = alpha.client("owner")
    sent = opened(client, url) | {name(effect, "2026-07"): "777"}
    answer = client.post(url, sent | phase(effect, **fields))
    assert answer.status_code == 422
    assert field in answer.context["helper"].errors
    assert answer.context["form"][name(effect, "2026-07")].value() == "777"


def test_a_helper_does_not_write_into_locked_months(alpha: House) -> None:
    effect = make_decided(alpha, kind=EffectKind.ONE_OFF)
    over = now(alpha, back=1)
    claim(alpha, effect, {over: "5"})
    judge(alpha, effect, over)
    client, url = alpha.client("owner"), grid_url(alpha, effect.measure, over.year)
    asked = phase(effect, amount="10", first=str(over), last=str(over.plus(1)))
    answer = client.post(url, opened(client, url) | asked)
    assert answer.status_code == 422
    assert "locked" in answer.context["helper"].errors["first"][0]
