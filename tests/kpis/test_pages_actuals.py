"""The pages of actuals: claiming, judging several months, the worklist, and what is locked."""

from typing import Any

import pytest

from initiatives.models import Measure
from kpis.actuals.choices import MonthState, Outcome
from kpis.actuals.models import Validation
from kpis.choices import Series
from kpis.models import Effect
from kpis.rules import Month
from tests.houses import House
from tests.kpis.actual_making import changed, claim, facts, fresh, judge, named, now, series
from tests.kpis.making import add_effect, make_planned, opened, plan, values_url
from tests.kpis.staging import moved

pytestmark = pytest.mark.usefixtures("open_stages")


@pytest.fixture
def measure(alpha: House) -> Measure:
    return named(alpha, make_planned(alpha), controller="controller")


@pytest.fixture
def effect(alpha: House, measure: Measure) -> Effect:
    return add_effect(alpha, measure)


@pytest.fixture
def decided(alpha: House, measure: Measure, effect: Effect) -> Effect:
    plan(alpha, effect, {"2020-01": "5", "2020-02": "6", "2020-03": "7"})
    moved(alpha, measure, "decided")
    return effect


@pytest.fixture
def url(alpha: House, effect: Effect) -> str:
    return alpha.page(f"effects/{effect.public_id}/actuals/")


def said(month: str, outcome: str, **more: str) -> dict[str, str]:
    """What a browser sends back of one month's verdict."""
    fields = {"outcome": outcome, "claimed": "", "amount": "", "reason": ""} | more
    return {f"judge-{month}-{name}": value for name, value in fields.items()}


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def test_the_owner_claims_several_months_at_once(alpha: House, decided: Effect, url: str) -> None:
    client = alpha.client("owner")
    data = opened(client, url) | {"2020-01": "4.50", "2020-03": "1,000.00", "action": "claim"}
    answer = client.post(url, data)
    assert answer.status_code == 302, text(answer)
    assert [str(a) for a in series(alpha, decided, Series.ACTUAL_CLAIMED).values()] == [
        "4.5000",
        "1000.0000",
    ]
    assert "Claimed, waits for finance" in text(client.get(url))


def test_a_wrong_claim_stays_as_typed_and_nothing_is_saved(
    alpha: House, decided: Effect, url: str
) -> None:
    client = alpha.client("owner")
    data = opened(client, url) | {"2020-01": "much", "2020-02": "7.70", "action": "claim"}
    answer = client.post(url, data)
    assert answer.status_code == 422
    form = answer.context["form"]
    assert set(form.errors) == {"2020-01"}
    assert (form["2020-01"].value(), form["2020-02"].value()) == ("much", "7.70")
    assert series(alpha, decided, Series.ACTUAL_CLAIMED) == {}


def test_a_late_claim_keeps_what_was_typed(alpha: House, decided: Effect, url: str) -> None:
    client = alpha.client("owner")
    data = opened(client, url) | {"2020-01": "4.50", "action": "claim"}
    claim(alpha, decided, {"2020-02": "6"}, "pmo")
    answer = client.post(url, data)
    assert answer.status_code == 409
    form = answer.context["form"]
    assert (form["2020-01"].value(), form["2020-02"].value()) == ("4.50", "6.00")
    assert client.post(url, opened_from(form) | {"action": "claim"}).status_code == 302
    assert len(series(alpha, decided, Series.ACTUAL_CLAIMED)) == 2


def opened_from(form: Any) -> dict[str, str]:
    seen = {"seen_version": str(form["seen_version"].value()), **dict(form.seen_inputs())}
    return {**seen, **{name: form[name].value() for name in form.current}}


def test_validated_months_are_not_offered_for_claims(
    alpha: House, decided: Effect, url: str
) -> None:
    claim(alpha, decided, {"2020-01": "5"})
    judge(alpha, decided, "2020-01")
    form = alpha.client("owner").get(url).context["form"]
    assert "2020-01" not in form.fields
    assert "2020-02" in form.fields


def test_the_controller_judges_several_months_each_for_itself(
    alpha: House, decided: Effect, url: str
) -> None:
    claim(alpha, decided, {"2020-01": "5", "2020-02": "6", "2020-03": "7"})
    client = alpha.client("controller")
    assert client.get(url).context["can_judge"]
    data = {
        "action": "judge",
        **said("2020-01", "validated", claimed="5.0000"),
        **said("2020-02", "rejected"),
        **said("2020-03", ""),
    }
    answer = client.post(url, data)
    assert answer.status_code == 200  # an error would take the first line back
    states = [facts(alpha, decided, Month(2020, n)).state for n in (1, 2, 3)]
    assert states == [MonthState.VALIDATED, MonthState.CLAIMED, MonthState.CLAIMED]
    forms = {line.month: line.form for line in answer.context["lines"]}
    assert forms["2020-01"] is None
    assert set(forms["2020-02"].errors) == {"reason"}
    assert forms["2020-02"]["outcome"].value() == "rejected"
    again = said("2020-02", "adjusted", amount="1,000.5", reason="Two invoices more")
    assert client.post(url, {"action": "judge", **again}).status_code == 302
    assert facts(alpha, decided, Month(2020, 2)).state is MonthState.AWAITING_SECOND


def test_a_claim_that_changed_meanwhile_is_told_at_its_line(
    alpha: House, decided: Effect, url: str
) -> None:
    claim(alpha, decided, {"2020-01": "5"})
    data = {"action": "judge", **said("2020-01", "validated", claimed="4")}
    answer = alpha.client("controller").post(url, data)
    assert answer.status_code == 422
    assert "The claim was changed since" in text(answer)


def test_the_second_person_signs(alpha: House, decided: Effect, url: str) -> None:
    claim(alpha, decided, {"2020-01": "5"})
    judge(alpha, decided, "2020-01", Outcome.ADJUSTED, amount="8", reason="Forgotten")
    assert 'value="sign-2020-01"' not in text(alpha.client("controller").get(url))
    client = alpha.client("second_finance")
    assert 'value="sign-2020-01"' in text(client.get(url))
    assert client.post(url, {"action": "sign-2020-01"}).status_code == 302
    assert facts(alpha, decided, Month(2020, 1)).state is MonthState.ADJUSTED


@pytest.mark.parametrize("name", ["executive", "auditor", "owner", "administrator", "pmo"])
def test_who_is_not_finance_sees_no_verdicts(
    alpha: House, decided: Effect, url: str, name: str
) -> None:
    claim(alpha, decided, {"2020-01": "5"})
    answer = alpha.client(name).get(url)
    assert not answer.context["can_judge"]
    post = alpha.client(name).post(url, {"action": "judge", **said("2020-01", "validated")})
    assert post.status_code == 403
    with alpha.active():
        assert not Validation.objects.exists()


def test_finance_that_may_not_judge_is_told_why(alpha: House, decided: Effect, url: str) -> None:
    claim(alpha, decided, {"2020-01": "5"})
    assert "named controller validates it" in text(alpha.client("second_finance").get(url))
    changed(alpha, decided, owner=alpha.people["head_of_controlling"])
    assert "(S2)" in text(alpha.client("head_of_controlling").get(url))


@pytest.mark.parametrize(
    ("standing", "words"),
    [(("detailed", ""), "from the decision on"), (("decided", "on_hold"), "on hold")],
)
def test_claiming_is_off_with_its_reason(
    alpha: House, measure: Measure, url: str, standing: tuple[str, str], words: str
) -> None:
    moved(alpha, measure, *standing)
    assert words in text(alpha.client("owner").get(url))
    assert "claims actuals" in text(alpha.client("executive").get(url))


def test_a_frozen_plan_shows_locked(alpha: House, measure: Measure, decided: Effect) -> None:
    client = alpha.client("pmo")
    page = text(client.get(values_url(alpha, measure, "?year=2020")))
    assert f"effects/{decided.public_id}/delete/" not in page
    assert "frozen by a passed gate" in page
    year = alpha.page(f"effects/{decided.public_id}/values/?year=2020")
    answer = client.get(year)
    assert "This plan is locked" in text(answer)
    assert all(field.field.disabled for field in answer.context["form"].month_fields())
    assert client.post(year, {"2020-01": "9", "seen_version": "2"}).status_code == 409
    assert series(alpha, decided, Series.PLAN)["2020-01"] == 5


def test_owner_and_start_are_edited(alpha: House, effect: Effect) -> None:
    url, client = alpha.page(f"effects/{effect.public_id}/edit/"), alpha.client("owner")
    data = opened(client, url)
    wrong = client.post(url, data | {"owner": "nobody@x.example", "run_rate_start": "soon"})
    assert wrong.status_code == 422
    assert set(wrong.context["form"].errors) == {"owner", "run_rate_start"}
    right = data | {"owner": "sponsor@alpha.example", "run_rate_start": "2026-07"}
    assert client.post(url, right).status_code == 302
    row = fresh(alpha, effect)
    assert row.owner_id == alpha.people["sponsor"].pk
    assert str(row.run_rate_start) == "2026-07-01"
    late = client.post(url, data | {"name": "Price"})
    assert late.status_code == 409
    assert late.context["form"]["owner"].value() == "sponsor@alpha.example"
    judged = opened(client, url) | {"owner": "controller@alpha.example"}
    assert "(S2)" in text(client.post(url, judged))


def test_after_t3_only_the_owner_of_an_effect_is_open(alpha: House, decided: Effect) -> None:
    url, client = alpha.page(f"effects/{decided.public_id}/edit/"), alpha.client("pmo")
    form = client.get(url).context["form"]
    assert {n for n, f in form.fields.items() if f.disabled} == {
        "kind",
        "effect_class",
        "currency",
        "run_rate_start",
    }
    data = opened(client, url) | {"owner": "sponsor@alpha.example", "kind": "one_off"}
    assert client.post(url, data).status_code == 302
    row = fresh(alpha, decided)
    assert (row.kind, row.owner_id) == ("recurring", alpha.people["sponsor"].pk)


def test_the_reference_is_recorded_until_it_is_frozen(
    alpha: House, measure: Measure, effect: Effect
) -> None:
    url = alpha.page(f"effects/{effect.public_id}/reference/?year=2025")
    client = alpha.client("owner")
    data = opened(client, url)
    assert client.post(url, data | {"2025-01": "x"}).status_code == 422
    assert client.post(url, data | {"2025-01": "900"}).status_code == 302
    assert client.post(url, data | {"2025-02": "900"}).status_code == 409
    moved(alpha, measure, "detailed")
    answer = client.post(url, opened(client, url) | {"2025-01": "1"})
    assert answer.status_code == 422
    assert "frozen by a passed gate" in text(answer)
    assert series(alpha, effect, Series.REFERENCE) == {"2025-01": 900}


def test_the_months_reach_up_to_now(alpha: House, effect: Effect, url: str) -> None:
    lines = alpha.client("owner").get(url).context["lines"]
    assert [entry.month for entry in lines] == [str(now(alpha, back=back)) for back in range(3)]
