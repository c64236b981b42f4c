"""Saved views in the browser and through the API."""

from typing import Any

import pytest
from django.test import Client

from governance.saved_views.models import SavedView
from tests.houses import House
from tests.initiatives.making import make_measure


def save(
    house: House, client: Client, name: str = "Late", query: str = "q=steel", **more: str
) -> Any:
    body = {"page": "measures", "name": name, "query": query, **more}
    return client.post(house.page("saved-views/"), body)


def view_named(house: House, name: str) -> SavedView:
    with house.active():
        found: SavedView = SavedView.objects.get(name=name)
        return found


@pytest.fixture
def owner(alpha: House) -> Client:
    return alpha.client("owner")


def test_a_view_is_saved_from_its_page_and_marked_there(alpha: House, owner: Client) -> None:
    make_measure(alpha, "Steel")
    answer = save(alpha, owner, query="q=steel&columns=owner,sponsor&ordering=-name")
    assert answer.status_code == 302
    html = owner.get(answer["Location"]).content.decode()
    assert '<span class="tg-clip">Late</span>' in html
    other = owner.get(alpha.page("measures/?q=x")).content.decode()
    assert '<span class="tg-clip">Views</span>' in other
    assert "Late" in other


def test_what_cannot_be_saved_is_said_and_nothing_is_lost(alpha: House, owner: Client) -> None:
    answer = save(alpha, owner, name="Kept name", query="colour=red")
    html = answer.content.decode()
    assert answer.status_code == 422
    assert "colour: There is no such filter here." in html
    assert 'value="Kept name"' in html


def test_a_taken_name_offers_to_replace_the_older_view(alpha: House, owner: Client) -> None:
    save(alpha, owner)
    answer = save(alpha, owner, query="q=tin")
    assert answer.status_code == 422
    assert "Replace the older view" in answer.content.decode()
    assert save(alpha, owner, query="q=tin", replaces="on").status_code == 302
    assert view_named(alpha, "Late").query == "q=tin"


def test_sharing_without_the_right_is_refused_in_the_form(alpha: House, owner: Client) -> None:
    answer = save(alpha, owner, is_shared="on")
    assert answer.status_code == 422
    assert "Share with everybody" in answer.content.decode()


def test_a_page_opens_with_the_preferred_view(alpha: House, owner: Client) -> None:
    save(alpha, owner)
    view = view_named(alpha, "Late")
    prefer = alpha.page(f"saved-views/{view.public_id}/prefer/")
    assert owner.post(prefer).status_code == 302
    opened = owner.get(alpha.page("measures/"))
    assert opened["Location"] == alpha.page("measures/?q=steel")
    everything = owner.get(alpha.page("measures/?view=all"))
    assert everything.status_code == 200
    assert alpha.page("measures/?view=all") in everything.content.decode()
    assert alpha.client("pmo").get(alpha.page("measures/")).status_code == 200
    owner.post(prefer, {"is_preferred": "0"})
    assert owner.get(alpha.page("measures/")).status_code == 200


def test_a_preferred_view_that_fits_no_more_says_so_and_is_left_out(
    alpha: House, owner: Client
) -> None:
    save(alpha, owner)
    view = view_named(alpha, "Late")
    owner.post(alpha.page(f"saved-views/{view.public_id}/prefer/"))
    with alpha.active():
        SavedView.objects.filter(pk=view.pk).update(query="program=PG-999", version=1)
    page = owner.get(alpha.page("measures/"))
    assert page.status_code == 200
    assert "«Late» does not fit any more" in page.content.decode()
    assert owner.get(alpha.page("measures/?program=PG-999")).status_code == 400


@pytest.mark.parametrize("query", ["view=x", "view=all&view=all", "view="])
def test_no_other_word_stands_for_everything(alpha: House, owner: Client, query: str) -> None:
    assert owner.get(alpha.page(f"measures/?{query}")).status_code == 400


def test_a_view_is_renamed_shared_deleted_and_restored(alpha: House) -> None:
    pmo = alpha.client("pmo")
    save(alpha, pmo)
    view = view_named(alpha, "Late")
    edit = alpha.page(f"saved-views/{view.public_id}/edit/")
    assert "data-dialog-content" in pmo.get(edit).content.decode()
    body = {"seen_version": 1, "name": "Very late", "is_shared": "on"}
    assert pmo.post(edit, body).status_code == 302
    assert pmo.post(edit, {**body, "name": ""}).status_code == 422
    assert pmo.post(edit, {**body, "name": "x"}).status_code == 409
    shown = alpha.client("executive").get(alpha.page("measures/")).content.decode()
    assert "Very late" in shown
    gone = pmo.post(alpha.page(f"saved-views/{view.public_id}/delete/"), {"seen_version": 2})
    undo = pmo.get(gone["Location"]).content.decode()
    restore = alpha.page(f"saved-views/{view.public_id}/restore/")
    assert restore in undo
    assert "Very late" not in undo
    assert pmo.post(restore).status_code == 302
    assert "Very late" in pmo.get(alpha.page("saved-views/")).content.decode()


@pytest.mark.parametrize("deleted", ["x", "../../logout", "6f2ac9f2-2f0a-4c4e-9a53-1a3c53e0a6b1"])
def test_the_offer_to_undo_leads_nowhere_else(alpha: House, owner: Client, deleted: str) -> None:
    html = owner.get(alpha.page("saved-views/"), {"deleted": deleted}).content.decode()
    assert "logout/restore" not in html


# --- the API ------------------------------------------------------------------------------------


def test_views_through_the_api(alpha: House) -> None:
    caller = alpha.caller("pmo")
    made = caller.post(
        "saved-views/", {"page": "measures", "name": "Late", "query": "q=x", "is_shared": True}
    )
    assert made.status_code == 201
    one = f"saved-views/{made.json()['id']}/"
    assert made.json()["query"] == "q=x"
    assert caller.patch(one, {"name": "x"}).status_code == 428
    renamed = caller.patch(one, {"name": "Later"}, **{"If-Match": '"1"'})
    assert (renamed.json()["name"], renamed.json()["version"]) == ("Later", 2)
    chosen = alpha.caller("executive").post(f"{one}prefer/", {"is_preferred": True})
    assert chosen.json()["is_preferred"] is True
    listed = alpha.caller("executive").get("saved-views/", {"page": "measures"}).json()["results"]
    assert [view["name"] for view in listed] == ["Later"]
    assert listed[0]["is_preferred"] is True
    assert alpha.caller("executive").delete(one, **{"If-Match": '"2"'}).status_code == 403
    assert caller.delete(one, **{"If-Match": '"2"'}).status_code == 204
    assert caller.get(one).status_code == 404
    assert caller.post(f"{one}restore/").json()["version"] == 4


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "x"}, "page"),
        ({"page": "measures"}, "name"),
        ({"page": "nothing", "name": "x"}, "page"),
        ({"page": "measures", "name": "x", "query": "stage=x"}, "query"),
        ({"page": "measures", "name": "x", "owner": "y"}, "owner"),
    ],
)
def test_a_bad_view_is_named_by_field(alpha: House, body: dict[str, str], field: str) -> None:
    answer = alpha.caller("owner").post("saved-views/", body)
    assert answer.status_code == 400
    assert field in answer.json()["errors"]
