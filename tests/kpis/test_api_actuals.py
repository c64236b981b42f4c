"""References, claims and validations through the API: shapes of answers and of refusals."""

from typing import Any

import pytest

from initiatives.models import Measure
from kpis.models import Effect
from tests.houses import ApiCaller, House
from tests.kpis.actual_making import claim, fresh, named, now
from tests.kpis.making import add_effect, make_planned
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
    moved(alpha, measure, "decided")
    return effect


def match(house: House, effect: Effect) -> dict[str, str]:
    return {"If-Match": f'"{fresh(house, effect).version}"'}


def verdict(caller: ApiCaller, effect: Effect, **body: Any) -> Any:
    given = {"month": "2020-01", "outcome": "validated"} | body
    return caller.post(f"effects/{effect.public_id}/validations/", given)


def test_owner_and_start_are_set_and_shown(alpha: House, effect: Effect) -> None:
    pmo, path = alpha.caller("pmo"), f"effects/{effect.public_id}/"
    body = {"owner": "sponsor@alpha.example", "run_rate_start": "2026-07", "class": "avoidance"}
    answer = pmo.patch(path, body, **match(alpha, effect))
    assert answer.status_code == 200, answer.content
    shown = answer.json()
    assert shown["owner"] == {"email": "sponsor@alpha.example", "name": "Sponsor"}
    assert (shown["run_rate_start"], shown["class"]) == ("2026-07", "avoidance")
    assert answer["ETag"] == '"2"'
    assert pmo.patch(path, body).status_code == 428
    assert pmo.patch(path, body, **{"If-Match": '"1"'}).json()["code"] == "stale"
    emptied = pmo.patch(path, {"owner": None, "run_rate_start": None}, **match(alpha, effect))
    assert (emptied.json()["owner"], emptied.json()["run_rate_start"]) == (None, None)


@pytest.mark.parametrize(
    ("body", "status", "told"),
    [
        ({"owner": "nobody@alpha.example"}, 400, {"owner"}),
        ({"owner": "controller@alpha.example"}, 422, set()),
        ({"run_rate_start": "2026-13"}, 400, {"run_rate_start"}),
        ({"run_rate_start": "2026-07-01"}, 400, {"run_rate_start"}),
        ({"metric": "CASH"}, 400, {"metric"}),
        ({"cells": {}}, 400, {"cells"}),
        ({"currency": "eur"}, 400, {"currency"}),
    ],
)
def test_a_wrong_field_of_an_effect_is_named(
    alpha: House, effect: Effect, body: dict[str, Any], status: int, told: set[str]
) -> None:
    answer = alpha.caller("pmo").patch(f"effects/{effect.public_id}/", body, **match(alpha, effect))
    assert (answer.status_code, set(answer.json()["errors"])) == (status, told)


def test_a_new_effect_takes_owner_and_start(alpha: House, measure: Measure) -> None:
    body = {
        "metric": "EBITDA",
        "kind": "recurring",
        "owner": "sponsor@alpha.example",
        "run_rate_start": "2026-07",
    }
    answer = alpha.caller("pmo").post(f"measures/{measure.code}/effects/", body)
    assert answer.status_code == 201, answer.content
    assert answer.json()["run_rate_start"] == "2026-07"
    assert answer.json()["owner"]["name"] == "Sponsor"


def test_the_reference_has_an_address_of_its_own(
    alpha: House, measure: Measure, effect: Effect
) -> None:
    owner, path = alpha.caller("owner"), f"effects/{effect.public_id}/reference/"
    answer = owner.put(path, {"cells": {"2025-01": "900"}}, **match(alpha, effect))
    assert answer.json()["cells"] == {"reference": {"2025-01": "900.00"}}
    wrong = owner.put(path, {"cells": {"2025-13": "1"}}, **match(alpha, effect))
    assert (wrong.status_code, set(wrong.json()["errors"])) == (400, {"cells.2025-13"})
    assert owner.put(path, {"cells": {}}).status_code == 428
    moved(alpha, measure, "detailed")
    frozen = owner.put(path, {"cells": {"2025-01": "1"}}, **match(alpha, effect))
    assert (frozen.status_code, frozen.json()["code"]) == (409, "frozen")


def test_a_frozen_plan_answers_so(alpha: House, measure: Measure, decided: Effect) -> None:
    pmo = alpha.caller("pmo")
    body = {"series": "plan", "cells": {"2026-01": "1"}}
    for answer in (
        pmo.put(f"effects/{decided.public_id}/cells/", body, **match(alpha, decided)),
        pmo.delete(f"effects/{decided.public_id}/", **match(alpha, decided)),
        pmo.patch(f"effects/{decided.public_id}/", {"kind": "one_off"}, **match(alpha, decided)),
        pmo.post(f"measures/{measure.code}/effects/", {"metric": "CASH", "kind": "one_off"}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "frozen")


def test_claims_go_through_the_documented_address(alpha: House, decided: Effect) -> None:
    owner, path = alpha.caller("owner"), f"effects/{decided.public_id}/cells/"
    body: dict[str, Any] = {"series": "actual_claimed", "cells": {"2020-01": "5.5"}}
    answer = owner.put(path, body, **match(alpha, decided))
    assert answer.status_code == 200, answer.content
    assert answer.json()["cells"] == {"actual_claimed": {"2020-01": "5.50"}}
    future = str(now(alpha, back=-1))
    late = owner.put(path, body | {"cells": {future: "1"}}, **match(alpha, decided))
    assert (late.status_code, late.json()["code"]) == (422, "future_month")
    assert set(late.json()["errors"]) == {f"cells.{future}"}
    reasoned = owner.put(path, body | {"reason": "x"}, **match(alpha, decided))
    assert (reasoned.status_code, set(reasoned.json()["errors"])) == (400, {"reason"})
    assert owner.put(path, body).status_code == 428
    assert owner.put(path, body, **{"If-Match": '"1"'}).status_code == 412
    for name in ("controller", "executive", "auditor"):
        foreign = alpha.caller(name).put(path, body, **match(alpha, decided))
        assert (foreign.status_code, foreign.json()["code"]) == (403, "forbidden")


def test_the_owner_of_an_effect_claims_and_does_not_plan(
    alpha: House, measure: Measure, effect: Effect
) -> None:
    pmo, sponsor = alpha.caller("pmo"), alpha.caller("sponsor")
    body = {"owner": "sponsor@alpha.example"}
    pmo.patch(f"effects/{effect.public_id}/", body, **match(alpha, effect))
    path = f"effects/{effect.public_id}/cells/"
    cells = {"cells": {"2020-01": "1"}}
    planned = sponsor.put(path, cells | {"series": "plan"}, **match(alpha, effect))
    assert (planned.status_code, planned.json()["code"]) == (403, "forbidden")
    moved(alpha, measure, "decided")
    claimed = sponsor.put(path, cells | {"series": "actual_claimed"}, **match(alpha, effect))
    assert claimed.status_code == 200, claimed.content


def test_a_validation_is_shown_whole(alpha: House, decided: Effect) -> None:
    claim(alpha, decided, {"2020-01": "5"})
    answer = verdict(
        alpha.caller("controller"), decided, outcome="adjusted", amount="8", reason="Forgotten"
    )
    body = answer.json()
    assert answer.status_code == 200, body
    assert {k: v for k, v in body.items() if k not in {"id", "decided_at"}} == {
        "effect": str(decided.public_id),
        "measure": decided.measure.code,
        "month": "2020-01",
        "outcome": "adjusted",
        "state": "awaiting_second",
        "claimed": "5.00",
        "amount": "8.00",
        "reason": "Forgotten",
        "decided_by": {"email": "controller@alpha.example", "name": "Controller"},
    }
    listed = alpha.caller("auditor").get(f"effects/{decided.public_id}/validations/")
    assert listed.json()["results"] == [body]
    path = f"validations/{body['id']}/second/"
    first = alpha.caller("controller").post(path)
    assert (first.status_code, first.json()["code"]) == (403, "segregation_of_duties")
    assert first.json()["errors"] == {"rule": ["S4"]}
    signed = alpha.caller("second_finance").post(path)
    assert (signed.status_code, signed.json()["state"]) == (200, "adjusted")
    cells = alpha.caller("auditor").get(f"effects/{decided.public_id}/").json()["cells"]
    assert cells["actual_validated"] == {"2020-01": "8.00"}
    assert alpha.caller("second_finance").post(path).json()["code"] == "already_validated"
    assert alpha.caller("guest").post(path).status_code == 404


@pytest.mark.parametrize(
    ("who", "more", "status", "code"),
    [
        ("controller", {"month": "2020-02"}, 422, "nothing_claimed"),
        ("controller", {"month": "2020-1"}, 400, "invalid"),
        ("controller", {"outcome": "nice"}, 400, "invalid"),
        ("controller", {"outcome": "rejected"}, 400, "invalid"),
        ("controller", {"amount": 5}, 400, "invalid"),
        ("controller", {"claimed": "4"}, 409, "claim_changed"),
        ("controller", {"state": "validated"}, 400, "invalid"),
        ("second_finance", {}, 403, "not_the_controller"),
        ("owner", {}, 403, "forbidden"),
        ("guest", {}, 404, "not_found"),
    ],
)
def test_refusals_of_a_validation(
    alpha: House, decided: Effect, who: str, more: dict[str, Any], status: int, code: str
) -> None:
    claim(alpha, decided, {"2020-01": "5"})
    answer = verdict(alpha.caller(who), decided, **more)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.content


def test_a_second_verdict_meets_the_first(alpha: House, decided: Effect) -> None:
    claim(alpha, decided, {"2020-01": "5"})
    controller = alpha.caller("controller")
    assert verdict(controller, decided).status_code == 200
    again = verdict(controller, decided)
    assert (again.status_code, again.json()["code"]) == (409, "already_validated")
    body = {"series": "actual_claimed", "cells": {"2020-01": "6"}}
    path = f"effects/{decided.public_id}/cells/"
    late = alpha.caller("owner").put(path, body, **match(alpha, decided))
    assert (late.status_code, late.json()["code"]) == (409, "already_validated")
    assert set(late.json()["errors"]) == {"cells.2020-01"}
