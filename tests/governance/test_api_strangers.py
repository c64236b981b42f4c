"""Two tenants never meet: what is foreign answers exactly as what does not exist (N1)."""

import uuid
from typing import Any

import pytest

from governance.masterdata.models import KINDS
from governance.masterdata.services import master_data_create
from governance.people.choices import Role
from governance.tree.choices import Level
from governance.tree.services import NodeDraft
from initiatives.models import Measure
from initiatives.services import MeasureDraft, level_create, measure_create
from kpis.choices import EffectKind
from kpis.metrics.services import MetricDraft, metric_create
from kpis.models import Effect
from kpis.services import EffectDraft, effect_create
from tests.houses import ApiCaller, House

NOUNS = {
    "portfolios": Level.PORTFOLIO,
    "programs": Level.PROGRAM,
    "projects": Level.PROJECT,
    "measure-packages": Level.PACKAGE,
}


class Abroad:
    """Things of the other tenant whose codes the first tenant has not given out."""

    def __init__(self, house: House) -> None:
        self.house = house
        by = house.system(Role.PMO)
        self.nodes: dict[Level, str] = {}
        with house.active():
            for _round in range(3):
                parent = house.root
                for level in NOUNS.values():
                    parent = level_create(
                        parent=parent, draft=NodeDraft(level, "Secret plan"), by=by
                    )
                    self.nodes[level] = parent.code
            for model in KINDS.values():
                master_data_create(model=model, code="SECRET", name="Secret", by=by)
            metric = metric_create(draft=MetricDraft("SECRET", "Secret"), by=by)
            for _round in range(3):
                measure = measure_create(package=parent, draft=MeasureDraft("Secret plan"), by=by)
            effect = effect_create(
                measure=measure, draft=EffectDraft(metric, EffectKind.RECURRING), by=by
            )
        self.measure, self.effect = measure.code, str(effect.public_id)


@pytest.fixture
def abroad(beta: House) -> Abroad:
    return Abroad(beta)


@pytest.fixture
def pmo(alpha: House) -> ApiCaller:
    return alpha.caller("pmo")


def told(answer: Any, code: str) -> dict[str, Any]:
    """A problem without what differs by nature: the code that was asked for, and the request."""
    body: dict[str, Any] = answer.json()
    body.pop("request_id")
    text = str(body).replace(code, "…")
    return {"status": answer.status_code, "text": text}


def test_a_foreign_address_answers_as_one_that_does_not_exist(
    pmo: ApiCaller, abroad: Abroad
) -> None:
    pairs = [(f"{noun}/{{}}/", abroad.nodes[level], "XX-77") for noun, level in NOUNS.items()]
    pairs += [(f"{noun}/{{}}/move/", abroad.nodes[NOUNS[noun]], "XX-77") for noun in NOUNS]
    nobody = str(uuid.uuid4())
    pairs += [
        *((f"measures/{{}}/{tail}", abroad.measure, "M-777777") for tail in ("", "history/")),
        *((f"measures/{{}}/{tail}", abroad.measure, "M-777777") for tail in ("effects/", "move/")),
        *((f"effects/{{}}/{tail}", abroad.effect, nobody) for tail in ("", "cells/")),
        ("roll-ups/{}/", abroad.house.slug, "nowhere"),
        ("roll-ups/{}/", abroad.nodes[Level.PROGRAM], "PG-777"),
        ("forums/{}/", "SECRET", "NOTHING"),
        ("people/{}/", str(abroad.house.people["owner"].public_id), nobody),
    ]
    for path, foreign, unknown in pairs:
        for method in ("GET", "POST", "PATCH", "PUT", "DELETE"):
            answers = [
                pmo.client.generic(
                    method,
                    pmo.house.api(path.format(code)),
                    b'{"name": "New"}',
                    "application/json",
                    headers={"If-Match": '"1"'},
                )
                for code in (foreign, unknown)
            ]
            assert told(answers[0], foreign) == told(answers[1], unknown), (method, path)
            assert answers[0].status_code in {403, 404, 405}, (method, path)
            assert b"Secret" not in answers[0].content


def test_a_foreign_code_in_a_body_reads_as_one_that_does_not_exist(
    alpha: House, pmo: ApiCaller, abroad: Abroad
) -> None:
    name, here = {"name": "New"}, {"measure_package": alpha.package.code}
    effect = {"kind": "recurring"}
    measure = pmo.post("measures/", name | here).json()["code"]
    stranger = "owner@beta.example"
    cases: list[tuple[str, dict[str, Any], str, str, str]] = [
        ("measures/", name, "measure_package", abroad.nodes[Level.PACKAGE], "PK-7777"),
        ("measures/", name, "project", abroad.nodes[Level.PROJECT], "PJ-7777"),
        ("measures/", name | here, "owner", stranger, "x@beta.example"),
        ("measures/", name | here, "sponsor", stranger, "x@beta.example"),
        ("measures/", name | here, "forum", "SECRET", "NOTHING"),
        ("measures/", name | here, "function", "SECRET", "NOTHING"),
        ("measures/", name | here, "business_unit", "SECRET", "NOTHING"),
        ("measures/", name | here, "legal_entity", "SECRET", "NOTHING"),
        (f"measures/{measure}/move/", {}, "parent", abroad.nodes[Level.PACKAGE], "PK-7777"),
        (f"measures/{measure}/effects/", effect, "metric", "SECRET", "NOTHING"),
        ("programs/", name, "portfolio", abroad.nodes[Level.PORTFOLIO], "PF-77"),
        ("projects/", name, "parent", abroad.nodes[Level.PROGRAM], "PG-777"),
        ("portfolios/", name, "owner", stranger, "x@beta.example"),
    ]
    for path, body, field, foreign, unknown in cases:
        answers = [
            pmo.post(path, body | {field: code}, **{"If-Match": '"1"'})
            for code in (foreign, unknown)
        ]
        assert answers[0].status_code == 400, (path, field, answers[0].content)
        assert set(answers[0].json()["errors"]) == {field}
        assert told(answers[0], foreign) == told(answers[1], unknown), (path, field)


def test_a_foreign_code_in_a_filter_reads_as_one_that_does_not_exist(
    pmo: ApiCaller, abroad: Abroad
) -> None:
    for path, foreign, unknown in (
        ("measures/?portfolio={}", abroad.nodes[Level.PORTFOLIO], "PF-77"),
        ("measures/?measure_package={}", abroad.nodes[Level.PACKAGE], "PK-7777"),
        ("measures/?owner={}", "owner@beta.example", "x@beta.example"),
        ("measures/?q={}", "secret", "nothing"),
        ("programs/?portfolio={}", abroad.nodes[Level.PORTFOLIO], "PF-77"),
        ("programs/?q={}", abroad.nodes[Level.PROGRAM], "PG-777"),
    ):
        answers = [pmo.get(path.format(code)) for code in (foreign, unknown)]
        bodies = [
            {name: value for name, value in answer.json().items() if name != "request_id"}
            for answer in answers
        ]
        assert str(bodies[0]).replace(foreign, "…") == str(bodies[1]).replace(unknown, "…"), path


def test_nothing_abroad_was_touched(alpha: House, abroad: Abroad, pmo: ApiCaller) -> None:
    with abroad.house.active():
        measure = Measure.objects.get(code=abroad.measure)
        effect = Effect.objects.get(public_id=abroad.effect)
    pmo.patch(f"measures/{abroad.measure}/", {"name": "Mine"}, **{"If-Match": '"1"'})
    pmo.delete(f"measures/{abroad.measure}/", **{"If-Match": '"1"'})
    pmo.put(
        f"effects/{abroad.effect}/cells/",
        {"series": "plan", "cells": {"2026-01": "1"}},
        **{"If-Match": '"1"'},
    )
    with abroad.house.active():
        assert Measure.objects.get(code=abroad.measure).version == measure.version
        assert Effect.objects.get(public_id=abroad.effect).version == effect.version
