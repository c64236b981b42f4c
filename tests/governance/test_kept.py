"""Favourites and recent items: starred, listed, remembered without writing at every look."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from governance.errors import NotVisible, Refused
from governance.kept import services
from governance.kept.models import Favourite, RecentItem
from governance.kept.selectors import favourites_of, recent_items_of
from governance.kept.services import favourite_set, recent_note
from tests.houses import House
from tests.initiatives.making import make_measure, make_measures


def test_what_is_starred_is_listed_once_the_newest_first(in_alpha: House) -> None:
    by = in_alpha.actor("owner")
    measure = make_measure(in_alpha)
    for _twice in range(2):
        favourite_set(kind="measure", code=measure.code, is_favourite=True, by=by)
    favourite_set(kind="program", code=in_alpha.program.code, is_favourite=True, by=by)
    assert [item.code for item in favourites_of(by)] == [in_alpha.program.code, measure.code]
    assert favourites_of(in_alpha.actor("pmo")) == []
    for _twice in range(2):
        favourite_set(kind="measure", code=measure.code, is_favourite=False, by=by)
    assert [item.code for item in favourites_of(by)] == [in_alpha.program.code]


@pytest.mark.parametrize(
    ("who", "kind", "code"),
    [("owner", "measure", "M-999999"), ("owner", "colour", "M-000001"), ("guest", "measure", "")],
)
def test_what_one_does_not_see_is_no_favourite(
    in_alpha: House, who: str, kind: str, code: str
) -> None:
    measure = make_measure(in_alpha)
    with pytest.raises(NotVisible):
        favourite_set(
            kind=kind, code=code or measure.code, is_favourite=True, by=in_alpha.actor(who)
        )


def test_what_one_sees_no_more_is_left_out(in_alpha: House) -> None:
    measure, narrow = make_measure(in_alpha), in_alpha.people["narrow"]
    Favourite.objects.create(membership=narrow, kind="measure", code=measure.code)
    RecentItem.objects.create(membership=narrow, kind="measure", code=measure.code)
    by = in_alpha.actor("narrow")
    assert (favourites_of(by), recent_items_of(by)) == ([], [])


def test_there_is_an_end_to_stars(in_alpha: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "MOST_FAVOURITES", 1)
    by = in_alpha.actor("owner")
    first, second = make_measures(in_alpha, 2)
    favourite_set(kind="measure", code=first.code, is_favourite=True, by=by)
    with pytest.raises(Refused) as caught:
        favourite_set(kind="measure", code=second.code, is_favourite=True, by=by)
    assert caught.value.code == "too_many_favourites"


def test_the_last_twenty_are_remembered(in_alpha: House) -> None:
    by = in_alpha.actor("owner")
    measures = make_measures(in_alpha, 23)
    for measure in measures:
        recent_note(kind="measure", code=measure.code, by=by)
    assert RecentItem.objects.count() == 20
    assert len(recent_items_of(by)) == 20


def test_looking_again_soon_writes_nothing(in_alpha: House) -> None:
    by, measure = in_alpha.actor("owner"), make_measure(in_alpha)
    recent_note(kind="measure", code=measure.code, by=by)
    before = RecentItem.objects.values_list("seen_at", "pk").get()
    with CaptureQueriesContext(connection) as queries:
        recent_note(kind="measure", code=measure.code, by=by)
    assert RecentItem.objects.values_list("seen_at", "pk").get() == before
    assert len([q for q in queries if q["sql"].lstrip().startswith("WITH")]) == 1


@pytest.fixture
def owner(alpha: House) -> Client:
    return alpha.client("owner")


def test_pages_carry_a_star_and_are_found_again(alpha: House, owner: Client) -> None:
    measure = make_measure(alpha, "Starred")
    pages = [f"measures/{measure.code}/", f"programs/{alpha.program.code}/"]
    for page in pages:
        assert 'aria-pressed="false"' in owner.get(alpha.page(page)).content.decode()
    star = alpha.page(f"favourites/measure/{measure.code}/")
    assert owner.post(star)["Location"] == alpha.page(pages[0])
    assert 'aria-pressed="true"' in owner.get(alpha.page(pages[0])).content.decode()
    html = owner.get(alpha.page("favourites/")).content.decode()
    assert html.count("Starred") == 2
    assert html.count(alpha.page(pages[1])) == 1
    owner.post(star, {"is_favourite": "0"})
    assert 'aria-pressed="false"' in owner.get(alpha.page(pages[0])).content.decode()


def test_favourites_through_the_api(alpha: House) -> None:
    measure = make_measure(alpha, "Starred")
    caller = alpha.caller("owner")
    body = {"kind": "measure", "code": measure.code}
    assert caller.post("favourites/", body).status_code == 201
    assert [item["name"] for item in caller.get("favourites/").json()["results"]] == ["Starred"]
    assert caller.get("recent-items/").json()["results"] == []
    assert caller.delete(f"favourites/measure/{measure.code}/").status_code == 204
    assert caller.get("favourites/").json()["results"] == []
    assert caller.post("favourites/", {"kind": "x", "code": "y"}).status_code == 404
    assert caller.post("favourites/", {"kind": "measure"}).status_code == 400
