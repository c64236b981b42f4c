"""Bulk edits in the browser and through the API."""

from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client

from initiatives.bulk.models import BulkEdit
from tests.houses import House
from tests.initiatives.making import make_measure, make_measures, reloaded


@pytest.fixture
def pmo(alpha: House) -> Client:
    return alpha.client("pmo")


def new(house: House, client: Client, *codes: str, **more: str) -> Any:
    body = QueryDict(mutable=True)
    body.setlist("code", list(codes))
    for name, value in {"scope": "chosen", "query": "", **more}.items():
        body[name] = value
    return client.post(
        house.page("bulk-edits/new/"),
        body.urlencode(),
        content_type="application/x-www-form-urlencoded",
    )


def test_the_list_offers_ticks_to_those_who_may_change_something(alpha: House) -> None:
    make_measure(alpha)
    shown = alpha.client("pmo").get(alpha.page("measures/?q=steel")).content.decode()
    assert 'form="bulk"' in shown
    assert '<input type="hidden" name="query" value="q=steel">' in shown
    for who in ("executive", "auditor"):
        hidden = alpha.client(who).get(alpha.page("measures/")).content.decode()
        assert 'form="bulk"' not in hidden


def test_chosen_measures_are_changed_after_they_were_shown(alpha: House, pmo: Client) -> None:
    first, second = make_measures(alpha, 2)
    asked = pmo.get(
        alpha.page(f"bulk-edits/new/?scope=chosen&code={first.code}&code={second.code}")
    )
    assert "2 measures; what you leave empty" in asked.content.decode()
    answer = new(alpha, pmo, first.code, second.code, owner="owner@alpha.example")
    assert answer.status_code == 302
    preview = pmo.get(answer["Location"]).content.decode()
    assert "Change 2 measures" in preview
    assert "<ins>Owner &lt;owner@alpha.example&gt;</ins>" in preview
    with alpha.active():
        edit = BulkEdit.objects.get()
    here = answer["Location"]
    assert pmo.post(f"{here}apply/", {"seen_version": edit.version - 1}).status_code == 409
    assert pmo.post(f"{here}apply/", {"seen_version": edit.version}).status_code == 302
    done = pmo.get(here)
    assert "Undo" in done.content.decode()
    assert reloaded(alpha, first).owner is not None
    pmo.post(f"{here}undo/", {"seen_version": done.context["edit"].version})
    assert reloaded(alpha, first).owner is None
    assert "Undone" in pmo.get(here).content.decode()
    assert "Being" not in pmo.get(alpha.page("bulk-edits/")).content.decode()


def test_all_that_match_are_changed(alpha: House, pmo: Client) -> None:
    make_measure(alpha, "Steel A")
    make_measure(alpha, "Steel B")
    make_measure(alpha, "Tin")
    answer = new(alpha, pmo, scope="all", query="q=steel", planned_end="2027-01-01")
    assert pmo.get(answer["Location"]).context["ready"] == 2


def test_a_field_is_emptied_only_when_said(alpha: House, pmo: Client) -> None:
    measure = make_measure(alpha, owner=alpha.people["owner"])
    nothing = new(alpha, pmo, measure.code)
    assert nothing.status_code == 422
    assert "Choose at least one field" in nothing.content.decode()
    both = {"owner": "owner@alpha.example", "empty-owner": "on"}
    assert new(alpha, pmo, measure.code, **both).status_code == 422
    answer = new(alpha, pmo, measure.code, **{"empty-owner": "on"})
    assert pmo.get(answer["Location"]).context["ready"] == 1


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("scope=some", 400),
        ("scope=all&query=stage%3Dflying", 400),
        ("scope=all&query=" + "x" * 4001, 400),
        ("&".join(["code=M-1"] * 2 + [f"code=M-{n}" for n in range(501)]), 400),
        ("scope=chosen", 200),
        ("code=%00", 200),
    ],
)
def test_odd_choices_are_told(alpha: House, pmo: Client, query: str, status: int) -> None:
    assert pmo.get(alpha.page(f"bulk-edits/new/?{query}")).status_code == status


def test_nothing_chosen_is_said_in_the_form(alpha: House, pmo: Client) -> None:
    answer = new(alpha, pmo, planned_end="2027-01-01")
    assert answer.status_code == 422
    assert "Choose at least one measure" in answer.content.decode()


def test_a_preview_is_ones_own(alpha: House, pmo: Client) -> None:
    answer = new(alpha, pmo, make_measure(alpha).code, planned_end="2027-01-01")
    assert alpha.client("owner").get(answer["Location"]).status_code == 404


# --- the API ------------------------------------------------------------------------------------


def test_a_program_shows_applies_and_undoes(alpha: House) -> None:
    measure = make_measure(alpha)
    caller = alpha.caller("pmo")
    body = {
        "measures": [measure.code],
        "changes": {"owner": "owner@alpha.example"},
        "dry_run": True,
    }
    made = caller.post("bulk-edits/", body)
    assert made.status_code == 201
    assert made.json()["counts"] == {"by_state": {"ready": 1}, "refusals": {}}
    one = f"bulk-edits/{made.json()['id']}/"
    row = caller.get(f"{one}rows/").json()["results"][0]
    assert row["measure"] == measure.code
    assert row["changes"]["owner"][0] is None
    assert caller.post(f"{one}apply/").status_code == 428
    applied = caller.post(f"{one}apply/", **{"If-Match": made["ETag"]})
    assert applied.json()["state"] == "applied"
    assert reloaded(alpha, measure).owner is not None
    undone = caller.post(f"{one}undo/", **{"If-Match": applied["ETag"]})
    assert undone.json()["counts"]["by_state"] == {"undone": 1}
    assert caller.get("bulk-edits/").json()["results"][0]["id"] == made.json()["id"]


def test_without_a_dry_run_it_is_written_at_once(alpha: House) -> None:
    make_measures(alpha, 3)
    body = {"query": "q=measure&ordering=name", "changes": {"planned_end": "2027-01-01"}}
    made = alpha.caller("pmo").post("bulk-edits/", body)
    assert (made.json()["state"], made.json()["counts"]["by_state"]) == ("applied", {"written": 3})


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"changes": {"owner": None}}, "measures"),
        ({"measures": ["M-000001"], "query": "", "changes": {"owner": None}}, "measures"),
        ({"measures": ["M-999999"], "changes": {"owner": None}}, "measures"),
        ({"measures": ["M-000001"], "changes": {}}, "fields"),
        ({"measures": ["M-000001"], "changes": {"name": "x"}}, "changes.name"),
        ({"measures": ["M-000001"], "changes": {"owner": "nobody@x.example"}}, "owner"),
        ({"query": "stage=flying", "changes": {"owner": None}}, "stage"),
        ({"measures": ["M-000001"]}, "changes"),
    ],
)
def test_a_bad_body_is_named_by_field(alpha: House, body: dict[str, Any], field: str) -> None:
    make_measure(alpha)
    answer = alpha.caller("pmo").post("bulk-edits/", body)
    assert answer.status_code == 400
    assert field in answer.json()["errors"]
