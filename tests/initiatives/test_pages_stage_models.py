"""Stage models by page and API: read by all, proposed by one, published by another (S5)."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from initiatives.choices import Stage
from initiatives.gates.transitions import TABLE
from initiatives.stage_models.definition import BadDefinition, read_definition
from initiatives.stage_models.diagram import drawing_of, moves_of
from initiatives.stage_models.models import StageModelVersion
from initiatives.stage_models.selectors import version_by
from initiatives.stage_models.standard import STANDARD
from tests.approvals.climbing import short_definition
from tests.houses import House

OK, CREATED, NO_CONTENT, FOUND = 200, 201, 204, 302
BAD, FORBIDDEN, MISSING, CONFLICT, STALE, UNPROCESSABLE = 400, 403, 404, 409, 412, 422


def body(**more: Any) -> dict[str, Any]:
    return {"name": "Short", "definition": short_definition(), "note": "Shorter.", **more}


def typed(definition: Any = None, **more: str) -> dict[str, str]:
    text = json.dumps(short_definition() if definition is None else definition)
    return {"name": "Short", "note": "", "definition": text, **more}


@pytest.fixture
def draft(alpha: House) -> StageModelVersion:
    assert alpha.caller("pmo").post("stage-models/", body()).status_code == CREATED
    with alpha.active():
        return version_by("standard", 2)


@pytest.mark.parametrize("who", ["owner", "executive", "pmo", "auditor"])
def test_everybody_inside_reads_the_shipped_model(alpha: House, who: str) -> None:
    client = alpha.client(who)
    assert client.get(alpha.page("stage-models/")).status_code == OK
    page = client.get(alpha.page("stage-models/standard/1/"))
    text = page.content.decode()
    assert page.status_code == OK
    assert "not checked yet" in text
    assert "Scope described" in text
    assert "<svg" in text
    assert "Second finance signature" in text


def test_others_find_nothing(alpha: House) -> None:
    for path in ("stage-models/", "stage-models/standard/1/"):
        assert alpha.client("guest").get(alpha.page(path)).status_code == MISSING
        assert alpha.caller("guest").get(path).status_code == MISSING
    for path in ("stage-models/standard/99/", "stage-models/other/1/"):
        assert alpha.client("pmo").get(alpha.page(path)).status_code == MISSING
        assert alpha.caller("pmo").get(path).status_code == MISSING


def test_one_proposes_and_another_publishes(alpha: House) -> None:
    url = alpha.page("stage-models/new/")
    page = alpha.client("pmo").get(url)
    assert json.loads(page.context["form"].initial["definition"]) == STANDARD
    assert alpha.client("pmo").post(url, typed()).status_code == FOUND
    assert alpha.client("pmo").post(url, typed()).status_code == CONFLICT
    publish = alpha.page("stage-models/standard/2/publish/")
    refused = alpha.client("pmo").post(publish)
    assert refused.status_code == FORBIDDEN
    assert "(S5)" in refused.content.decode()
    assert alpha.client("owner").post(publish).status_code == FORBIDDEN
    assert alpha.client("head_of_controlling").get(publish).status_code == OK
    assert alpha.client("head_of_controlling").post(publish).status_code == FOUND
    assert alpha.client("head_of_controlling").post(publish).status_code == CONFLICT


def test_a_draft_shows_what_differs_and_why_its_proposer_cannot_publish(
    alpha: House, draft: StageModelVersion
) -> None:
    page = alpha.client("pmo").get(alpha.page("stage-models/standard/2/"))
    assert "a second person publishes it (S5)" in page.content.decode()
    assert any(change.path.startswith("gates.") for change in page.context["changes"])


def test_comparing_proposes_nothing(alpha: House) -> None:
    page = alpha.client("pmo").post(alpha.page("stage-models/new/"), typed(compare="1"))
    assert page.status_code == OK
    assert page.context["changes"]
    with alpha.active():
        assert StageModelVersion.objects.count() == 1


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", '"x"', "[" * 5000, "\u0000", '{"gates": "x"}', "{}", "1e999"]
)
def test_what_is_no_definition_is_said_at_the_field_and_stays(alpha: House, text: str) -> None:
    data = typed() | {"definition": text}
    page = alpha.client("pmo").post(alpha.page("stage-models/new/"), data)
    assert page.status_code == UNPROCESSABLE
    assert "definition" in page.context["form"].errors


def test_errors_are_told_by_their_path(alpha: House) -> None:
    wrong = short_definition(settings={"clock_days": 0})
    page = alpha.client("pmo").post(alpha.page("stage-models/new/"), typed(wrong))
    assert "settings.clock_days" in str(page.context["form"].errors["definition"])


def broken() -> Iterator[tuple[str, str, Any]]:
    """Definitions that would decide wrongly, or break a page later, each with its path."""
    attested = {"kind": "attested", "name": "a", "label": {"en": "A"}}
    evidence = {"kind": "evidence", "name": "e", "label": {"en": "E"}}
    yield "gates.0.criteria.0.role", "criteria", [attested | {"role": "wizard"}]
    yield "gates.0.criteria.0.label", "criteria", [{**attested, "role": "pmo", "label": None}]
    yield "gates.0.criteria.0.document_kind", "criteria", [evidence | {"document_kind": "napkin"}]
    yield "gates.0.criteria", "criteria", [{"kind": "automatic", "name": "owner_named"}] * 2
    yield "gates.0.transition", "transition", "T4"
    yield "gates.0.route", "route", [{"part": "sponsor", "position": 1, "clock_days": 5}] * 2


@pytest.mark.parametrize(("path", "part", "value"), list(broken()))
def test_a_definition_that_would_break_a_gate_is_refused(path: str, part: str, value: Any) -> None:
    raw = short_definition()
    raw["gates"][0][part] = value
    with pytest.raises(BadDefinition) as caught:
        read_definition(raw, known=["owner_named", "scope_described"])
    assert path in caught.value.errors


def test_closure_is_never_spared_the_named_controller() -> None:
    raw = short_definition()
    raw["gates"][3]["route"][0]["at_least"] = "5000"
    with pytest.raises(BadDefinition) as caught:
        read_definition(raw)
    assert "gates.3.route.0" in caught.value.errors


def test_the_picture_has_every_stage_and_every_move_of_the_table() -> None:
    read = read_definition(STANDARD)
    drawing, moves = drawing_of(read, "en"), moves_of(read, "en")
    assert [box.label for box in drawing.boxes[:5]] == [str(stage.label) for stage in Stage]
    in_words = {move.code for move in moves}
    assert in_words == set(TABLE)
    assert {arrow.code for arrow in drawing.arrows} == set(TABLE) - {"T15"}


def test_the_api_lists_shows_publishes_and_discards(alpha: House) -> None:
    pmo, head = alpha.caller("pmo"), alpha.caller("head_of_controlling")
    answer = pmo.post("stage-models/", body())
    assert answer.status_code == CREATED
    shown = answer.json()
    assert set(shown) == {
        "code",
        "number",
        "name",
        "note",
        "state",
        "definition",
        "proposed_by",
        "published_by",
        "published_at",
        "version",
    }
    assert (shown["code"], shown["number"], shown["state"]) == ("standard", 2, "draft")
    assert [row["number"] for row in pmo.get("stage-models/").json()["results"]] == [2, 1]
    path = "stage-models/standard/2/"
    assert pmo.delete(path, **{"If-Match": '"7"'}).status_code == STALE
    assert pmo.delete(path, **{"If-Match": '"1"'}).status_code == NO_CONTENT
    assert pmo.get(path).status_code == MISSING
    pmo.post("stage-models/", body())
    refused = pmo.post(f"{path}publish/")
    assert refused.status_code == FORBIDDEN
    assert refused.json()["errors"]["rule"] == ["S5"]
    published = head.post(f"{path}publish/").json()
    assert (published["state"], published["published_by"]["name"]) == (
        "published",
        "Head Of Controlling",
    )
    assert pmo.delete(path, **{"If-Match": '"2"'}).json()["code"] == "not_a_draft"


def test_the_api_names_the_path_of_an_error(alpha: House) -> None:
    answer = alpha.caller("pmo").post("stage-models/", body(definition={"stages": []}))
    assert answer.status_code == BAD
    assert "definition.stages" in answer.json()["errors"]
    answer = alpha.caller("pmo").post("stage-models/", body(definition=[]))
    assert "definition" in answer.json()["errors"]
    assert alpha.caller("owner").post("stage-models/", body()).status_code == FORBIDDEN
    unknown = alpha.caller("pmo").post("stage-models/", body(code="other"))
    assert unknown.status_code == MISSING


def test_a_draft_is_discarded_after_a_question(alpha: House, draft: StageModelVersion) -> None:
    url = alpha.page("stage-models/standard/2/discard/")
    assert alpha.client("pmo").get(url).status_code == OK
    assert alpha.client("pmo").post(url, {}).status_code == BAD
    assert alpha.client("pmo").post(url, {"seen_version": "9"}).status_code == CONFLICT
    assert alpha.client("pmo").post(url, {"seen_version": "1"}).status_code == FOUND
    assert alpha.client("pmo").get(url).status_code == MISSING
