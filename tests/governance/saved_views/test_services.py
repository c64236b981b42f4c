"""Keeping what an address shows: names, filters, sharing, deleting and taking that back."""

from datetime import timedelta

import pytest
from django.utils import timezone

from governance.audit.models import AuditEvent
from governance.errors import Conflict, Forbidden, Invalid, NotVisible, Refused, Stale
from governance.people.actor import Actor
from governance.saved_views import services
from governance.saved_views.models import PreferredView, SavedView
from governance.saved_views.selectors import deleted_view, shown_views, view_by_id
from governance.saved_views.services import (
    ViewDraft,
    saved_view_change,
    saved_view_create,
    saved_view_delete,
    saved_view_prefer,
    saved_view_restore,
)
from tests.houses import House


def save(by: Actor, name: str = "Mine", query: str = "stage=decided", **more: bool) -> SavedView:
    return saved_view_create(draft=ViewDraft("measures", name, query, **more), by=by)


def names(by: Actor) -> list[str]:
    return [view.name for view in shown_views("measures", by)]


def test_a_view_is_kept_in_one_spelling_and_recorded(in_alpha: House) -> None:
    by = in_alpha.actor("owner")
    view = save(by, " Late  ones ", "?stage=decided&q=&cursor=x&ordering=-name&columns=owner,code")
    assert view.name == "Late ones"
    assert view.query == "columns=owner%2Ccode&ordering=-name&stage=decided"
    event = AuditEvent.objects.order_by("-id").first()
    assert '"action":"saved_view.created"' in event.body


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (ViewDraft("nowhere", "x"), "page"),
        (ViewDraft("measures", " "), "name"),
        (ViewDraft("measures", "x" * 81), "name"),
        (ViewDraft("measures", "a\x00b"), "name"),
        (ViewDraft("measures", "x", "colour=red"), "query"),
        (ViewDraft("measures", "x", "stage=flying"), "query"),
        (ViewDraft("measures", "x", "columns=name,colour"), "query"),
        (ViewDraft("measures", "x", "program=PG-999"), "query"),
        (ViewDraft("measures", "x", "q=%00"), "query"),
        (ViewDraft("measures", "x", "q=" + "x" * 2000), "query"),
    ],
)
def test_what_a_page_would_refuse_is_no_view(in_alpha: House, draft: ViewDraft, field: str) -> None:
    with pytest.raises(Invalid) as caught:
        saved_view_create(draft=draft, by=in_alpha.actor("owner"))
    assert list(caught.value.errors) == [field]
    assert not SavedView.objects.exists()


def test_who_sees_no_page_saves_none(in_alpha: House) -> None:
    with pytest.raises(NotVisible):
        save(in_alpha.actor("guest"))


def test_ones_own_views_are_ones_own(in_alpha: House) -> None:
    mine = save(in_alpha.actor("owner"))
    other = in_alpha.actor("executive")
    assert names(other) == []
    with pytest.raises(NotVisible):
        view_by_id(mine.public_id, by=other)
    for attempt in (
        lambda: saved_view_change(view=mine, seen_version=1, fields={"name": "x"}, by=other),
        lambda: saved_view_delete(view=mine, seen_version=1, by=other),
        lambda: saved_view_prefer(view=mine, is_preferred=True, by=other),
        # Tidying up reaches what is shared and nothing else.
        lambda: saved_view_delete(view=mine, seen_version=1, by=in_alpha.actor("pmo")),
    ):
        with pytest.raises(NotVisible):
            attempt()


def test_sharing_takes_a_right(in_alpha: House) -> None:
    with pytest.raises(Forbidden) as caught:
        save(in_alpha.actor("owner"), is_shared=True)
    assert list(caught.value.errors) == ["is_shared"]
    mine = save(in_alpha.actor("owner"))
    with pytest.raises(Forbidden):
        saved_view_change(
            view=mine, seen_version=1, fields={"is_shared": True}, by=in_alpha.actor("owner")
        )
    save(in_alpha.actor("pmo"), "Of the office", is_shared=True)
    assert names(in_alpha.actor("executive")) == ["Of the office"]
    assert names(in_alpha.actor("owner")) == ["Mine", "Of the office"]
    assert names(in_alpha.actor("guest")) == []


def test_who_may_share_tidies_up_what_others_shared(in_alpha: House) -> None:
    view = save(in_alpha.actor("pmo"), is_shared=True)
    with pytest.raises(Forbidden):
        saved_view_delete(view=view, seen_version=1, by=in_alpha.actor("owner"))
    changed = saved_view_change(
        view=view, seen_version=1, fields={"is_shared": False}, by=in_alpha.actor("administrator")
    )
    assert not changed.is_shared
    assert names(in_alpha.actor("administrator")) == []
    assert names(in_alpha.actor("pmo")) == ["Mine"]


def test_a_name_is_taken_once_and_replaced_when_asked(in_alpha: House) -> None:
    by = in_alpha.actor("owner")
    first = save(by)
    with pytest.raises(Conflict) as caught:
        save(by, "MINE", "stage=closed")
    assert caught.value.code == "view_name_taken"
    again = save(by, "mine", "stage=closed", replaces=True)
    assert (again.pk, again.query, again.name) == (first.pk, "stage=closed", "mine")
    other = save(by, "Other")
    with pytest.raises(Conflict):
        saved_view_change(view=other, seen_version=1, fields={"name": "Mine"}, by=by)
    # Somebody else may use the name.
    save(in_alpha.actor("pmo"))


def test_a_stale_change_is_refused_and_an_empty_one_writes_nothing(in_alpha: House) -> None:
    by = in_alpha.actor("owner")
    view = save(by)
    same = saved_view_change(view=view, seen_version=1, fields={"name": "Mine"}, by=by)
    assert same.version == 1
    saved_view_change(view=view, seen_version=1, fields={"name": "Other"}, by=by)
    with pytest.raises(Stale):
        saved_view_change(view=view, seen_version=1, fields={"name": "Third"}, by=by)
    with pytest.raises(Stale):
        saved_view_delete(view=view, seen_version=1, by=by)


def test_a_deletion_is_taken_back_by_its_owner(in_alpha: House) -> None:
    by = in_alpha.actor("owner")
    view = saved_view_prefer(view=save(by), is_preferred=True, by=by)
    saved_view_delete(view=view, seen_version=1, by=by)
    assert names(by) == []
    with pytest.raises(NotVisible):
        deleted_view(view.public_id, by=in_alpha.actor("pmo"))
    with pytest.raises(NotVisible):
        saved_view_restore(view=view, by=in_alpha.actor("pmo"))
    back = saved_view_restore(view=deleted_view(view.public_id, by=by), by=by)
    assert (names(by), back.is_preferred, back.version) == (["Mine"], True, 3)
    assert saved_view_restore(view=back, by=by).version == 3


def test_a_name_taken_meanwhile_keeps_a_deletion(in_alpha: House) -> None:
    by = in_alpha.actor("owner")
    view = save(by)
    saved_view_delete(view=view, seen_version=1, by=by)
    save(by)
    with pytest.raises(Conflict):
        saved_view_restore(view=view, by=by)


def test_what_nobody_restored_is_forgotten_with_the_next_deletion(in_alpha: House) -> None:
    by = in_alpha.actor("owner")
    old = saved_view_prefer(view=save(by, "Old"), is_preferred=True, by=by)
    saved_view_delete(view=old, seen_version=1, by=by)
    SavedView.objects.update(deleted_at=timezone.now() - timedelta(days=31))
    new = save(by, "New")
    saved_view_delete(view=new, seen_version=1, by=by)
    assert list(SavedView.objects.values_list("name", flat=True)) == ["New"]
    assert not PreferredView.objects.exists()


def test_one_view_of_a_page_opens_first(in_alpha: House) -> None:
    by = in_alpha.actor("owner")
    first, second = save(by, "A"), save(by, "B")
    saved_view_prefer(view=first, is_preferred=True, by=by)
    saved_view_prefer(view=second, is_preferred=True, by=by)
    assert names(by) == ["B", "A"]
    saved_view_prefer(view=first, is_preferred=False, by=by)
    assert [view.is_preferred for view in shown_views("measures", by)] == [True, False]
    saved_view_prefer(view=second, is_preferred=False, by=by)
    assert not PreferredView.objects.exists()


def test_there_is_an_end_to_saving(in_alpha: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "MOST_KEPT", 2)
    by = in_alpha.actor("owner")
    save(by, "A")
    save(by, "B")
    with pytest.raises(Refused) as caught:
        save(by, "C")
    assert caught.value.code == "too_many_views"
