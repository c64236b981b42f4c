"""Fields of a measure changed in their cells of the list."""

import json
from typing import Any

import pytest
from django.test import Client

from initiatives.models import Measure
from initiatives.pages.columns import INLINE
from initiatives.services import measure_change
from tests.houses import House
from tests.initiatives.making import make_measure, reloaded
from tests.initiatives.stages import put_at

HTMX = {"HX-Request": "true"}


@pytest.fixture
def pmo(alpha: House) -> Client:
    return alpha.client("pmo")


def cell(house: House, measure: Measure, field: str, query: str = "") -> str:
    return house.page(f"measures/{measure.code}/cells/{field}/{query}")


def save(client: Client, url: str, **body: Any) -> Any:
    return client.post(url, {"seen_version": 1, **body}, headers=HTMX)


def test_the_list_marks_what_one_may_change(alpha: House) -> None:
    measure = make_measure(alpha, owner=alpha.people["owner"])
    url = alpha.page("measures/?columns=name,owner,planned_end,controller")
    found = {
        who: {
            field
            for field in INLINE
            if f'hx-get="{cell(alpha, measure, field)}'
            in alpha.client(who).get(url).content.decode()
        }
        for who in ("pmo", "owner", "controller", "executive")
    }
    assert found == {
        "pmo": {"name", "owner", "planned_end"},
        "owner": {"name", "planned_end"},
        "controller": {"controller"},
        "executive": set(),
    }


def test_what_a_gate_froze_is_not_offered(alpha: House, pmo: Client) -> None:
    measure = make_measure(alpha, owner=alpha.people["owner"])
    with put_at(measure, stage="decided"):
        html = pmo.get(alpha.page("measures/?columns=owner,sponsor")).content.decode()
    assert cell(alpha, measure, "owner") not in html
    assert cell(alpha, measure, "sponsor") in html
    with put_at(measure, stage="closed"):
        html = pmo.get(alpha.page("measures/?columns=owner,sponsor")).content.decode()
    assert "/cells/" not in html


def test_a_form_opens_in_the_cell_and_saves_the_row(alpha: House, pmo: Client) -> None:
    measure = make_measure(alpha)
    url = cell(alpha, measure, "owner", "?columns=owner,code")
    form = pmo.get(url, headers=HTMX)
    assert form["HX-Retarget"] == f"#cell-{measure.code}-owner"
    assert 'name="seen_version" value="1"' in form.content.decode()
    saved = save(pmo, url, owner="owner@alpha.example")
    html = saved.content.decode()
    assert saved.status_code == 200
    assert f'id="row-{measure.code}"' in html
    assert alpha.people["owner"].name in html
    assert html.count("<td") == 2
    assert reloaded(alpha, measure).owner is not None
    toast = json.loads(saved["HX-Trigger"])["toast"]
    assert toast["action"]["values"] == {"owner": "", "seen_version": 2, "undone": "1"}


def test_the_toast_takes_a_change_back(alpha: House, pmo: Client) -> None:
    measure = make_measure(alpha, "Before")
    saved = save(pmo, cell(alpha, measure, "name"), name="After")
    action = json.loads(saved["HX-Trigger"])["toast"]["action"]
    undone = pmo.post(action["url"], action["values"], headers=HTMX)
    assert undone.status_code == 200
    assert reloaded(alpha, measure).name == "Before"
    assert "action" not in json.loads(undone["HX-Trigger"])["toast"]


@pytest.mark.parametrize(
    ("field", "value", "text"),
    [
        ("name", "", "This field is required."),
        ("name", "x" * 201, "t most 200"),
        ("planned_end", "yesterday", "valid date"),
        ("planned_end", "1990-01-01", "The end cannot come before the start."),
        ("owner", "nobody@alpha.example", "is not a member of this tenant"),
        ("owner", "sponsor@alpha.example", "must be different people (S1)"),
        ("forum", "NONE", "is not an active entry"),
    ],
)
def test_what_is_refused_is_said_in_the_cell(
    alpha: House, pmo: Client, field: str, value: str, text: str
) -> None:
    measure = make_measure(alpha, sponsor=alpha.people["sponsor"], planned_start="2026-01-01")
    answer = save(pmo, cell(alpha, measure, field), **{field: value})
    assert answer.status_code == 422
    assert answer["HX-Retarget"] == f"#cell-{measure.code}-{field}"
    assert text in answer.content.decode()
    assert reloaded(alpha, measure).version == 1


def test_a_late_save_shows_what_stands_there_now(alpha: House, pmo: Client) -> None:
    measure = make_measure(alpha, "Before")
    with alpha.active():
        by = alpha.actor("pmo")
        measure_change(measure=measure, seen_version=1, fields={"name": "Meanwhile"}, by=by)
    answer = save(pmo, cell(alpha, measure, "name"), name="Mine")
    html = answer.content.decode()
    assert answer.status_code == 422
    assert "«Meanwhile»" in html
    assert 'value="Mine"' in html
    again = pmo.post(
        cell(alpha, measure, "name"), {"seen_version": 2, "name": "Mine"}, headers=HTMX
    )
    assert (again.status_code, reloaded(alpha, measure).name) == (200, "Mine")


def test_cancelling_shows_the_row_again(alpha: House, pmo: Client) -> None:
    measure = make_measure(alpha)
    html = pmo.get(cell(alpha, measure, "name", "?show=1"), headers=HTMX).content.decode()
    assert f'id="row-{measure.code}"' in html


def test_without_htmx_a_cell_leads_to_the_edit_page(alpha: House, pmo: Client) -> None:
    measure = make_measure(alpha)
    answer = pmo.get(cell(alpha, measure, "owner"))
    assert answer["Location"] == alpha.page(f"measures/{measure.code}/edit/")


@pytest.mark.parametrize("field", ["stage", "description", "nothing", "code"])
def test_other_fields_have_no_cell(alpha: House, pmo: Client, field: str) -> None:
    measure = make_measure(alpha)
    assert pmo.get(cell(alpha, measure, field), headers=HTMX).status_code == 404
    assert save(pmo, cell(alpha, measure, field), **{field: "x"}).status_code == 404
