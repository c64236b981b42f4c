"""Writing saved views: keep, change, share, delete and restore them, and open a page with one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django_stubs_ext import StrOrPromise

from governance.audit.choices import AuditAction
from governance.audit.services import Subject, record
from governance.errors import Conflict, Forbidden, Invalid, NotVisible, Refused, Stale
from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.people.models import Membership
from governance.saved_views.addresses import spelled
from governance.saved_views.models import NAME_LENGTH, QUERY_LENGTH, PreferredView, SavedView
from governance.saved_views.registry import page_named
from governance.saved_views.selectors import may_change, view_by_id
from governance.text import one_line, text_fault

MOST_KEPT = 100
FORGOTTEN = timedelta(days=30)
SETTABLE = ("name", "query", "is_shared")


@dataclass(frozen=True, slots=True)
class ViewDraft:
    """A view to be kept; with `replaces`, in the place of one's own view of the same name."""

    page: str
    name: str
    query: str = ""
    is_shared: bool = False
    replaces: bool = False


def view_subject(view: SavedView) -> Subject:
    return Subject("saved_view", str(view.public_id), view.name)


@transaction.atomic
def saved_view_create(*, draft: ViewDraft, by: Actor) -> SavedView:
    """Keep what an address shows under a name.

    Raises `Invalid` by field (`page`, `name`, `query` with each filter it refuses), `Forbidden`
    for sharing without the right, `Conflict("view_name_taken")`, `Refused("too_many_views")`.
    """
    member = _member(by)
    by.require_writing()
    fields = {"name": draft.name, "query": draft.query, "is_shared": draft.is_shared}
    cleaned = _cleaned(draft.page, fields, by)
    if draft.is_shared:
        _require_sharing(by)
    same = _named_alike(member.pk, draft.page, cleaned["name"])
    if same is not None:
        if not draft.replaces:
            raise Conflict("view_name_taken")
        return saved_view_change(view=same, seen_version=same.version, fields=fields, by=by)
    if SavedView.objects.filter(owner=member, deleted_at__isnull=True).count() >= MOST_KEPT:
        raise Refused("too_many_views")
    view: SavedView = SavedView.objects.create(owner=member, page=draft.page, **cleaned)
    changes = {"view_page": [None, draft.page], **_told({}, cleaned)}
    record(AuditAction.SAVED_VIEW_CREATED, subject=view_subject(view), by=by, changes=changes)
    return view_by_id(view.public_id, by=by)


@transaction.atomic
def saved_view_change(
    *, view: SavedView, seen_version: int, fields: Mapping[str, Any], by: Actor
) -> SavedView:
    """Rename a view, share it or not, or let it show something else; what stays writes nothing.

    Raises as `saved_view_create`, and `Stale`.
    """
    by.require_writing()
    row = _locked(view, by)
    if row.version != seen_version:
        raise Stale(seen_version, row.version)
    cleaned = _cleaned(row.page, fields, by)
    before = {name: getattr(row, name) for name in cleaned}
    changes = _told(before, cleaned)
    if not changes:
        return view_by_id(row.public_id, by=by)
    if cleaned.get("is_shared") and not row.is_shared:
        _require_sharing(by)
    same = _named_alike(row.owner_id, row.page, cleaned.get("name", row.name))
    if same is not None and same.pk != row.pk:
        raise Conflict("view_name_taken")
    for name, value in cleaned.items():
        setattr(row, name, value)
    row.touched().save()
    record(AuditAction.SAVED_VIEW_CHANGED, subject=view_subject(row), by=by, changes=changes)
    # Whoever tidies up may no longer see what is not shared any more.
    return view_by_id(row.public_id, by=by) if row.is_shared or _is_own(row, by) else row


@transaction.atomic
def saved_view_delete(*, view: SavedView, seen_version: int, by: Actor) -> None:
    """Delete a view; its owner may restore it for thirty days. Raises `Stale`."""
    by.require_writing()
    row = _locked(view, by)
    if row.version != seen_version:
        raise Stale(seen_version, row.version)
    row.deleted_at = timezone.now()
    row.touched().save()
    record(AuditAction.SAVED_VIEW_DELETED, subject=view_subject(row), by=by)
    _forget_old(row.owner_id)


@transaction.atomic
def saved_view_restore(*, view: SavedView, by: Actor) -> SavedView:
    """Take the deletion of one's own view back; raises `Conflict("view_name_taken")`."""
    by.require_writing()
    row = _lock_row(view)
    if not _is_own(row, by):
        raise NotVisible
    if row.deleted_at is not None:
        if row.is_shared:
            _require_sharing(by)
        if _named_alike(row.owner_id, row.page, row.name) is not None:
            raise Conflict("view_name_taken")
        row.deleted_at = None
        row.touched().save()
        record(AuditAction.SAVED_VIEW_RESTORED, subject=view_subject(row), by=by)
    return view_by_id(row.public_id, by=by)


@transaction.atomic
def saved_view_prefer(*, view: SavedView, is_preferred: bool, by: Actor) -> SavedView:
    """Let the view's page open with it for oneself, or no more; safe to do twice."""
    member = _member(by)
    by.require_writing()
    row = view_by_id(view.public_id, by=by)
    held = PreferredView.objects.lock().filter(membership=member, page=row.page).first()
    is_held = held is not None and held.view_id == row.pk
    if is_held == is_preferred:
        return row
    if held is not None and not is_preferred:
        held.delete()
    elif held is not None:
        held.view = row
        held.save()
    else:
        PreferredView.objects.create(membership=member, page=row.page, view=row)
    changes = {"view_page": [None, row.page], "is_preferred": [not is_preferred, is_preferred]}
    record(AuditAction.SAVED_VIEW_CHOSEN, subject=view_subject(row), by=by, changes=changes)
    return view_by_id(row.public_id, by=by)


# --- shared -------------------------------------------------------------------------------------


def _member(by: Actor) -> Membership:
    """The membership that acts, locked, so that its views change one after the other."""
    mine = Membership.objects.lock().filter(pk=by.membership_id or 0)
    row: Membership | None = mine.first()
    if row is None:
        raise NotVisible
    return row


def _lock_row(view: SavedView) -> SavedView:
    row: SavedView | None = SavedView.objects.lock().filter(pk=view.pk).first()
    if row is None:
        raise NotVisible
    return row


def _locked(view: SavedView, by: Actor) -> SavedView:
    """The live row, locked; raises `NotVisible` and `Forbidden`."""
    row = _lock_row(view)
    if row.deleted_at is not None or not (row.is_shared or _is_own(row, by)):
        raise NotVisible
    if not may_change(row, by):
        raise Forbidden
    return row


def _is_own(row: SavedView, by: Actor) -> bool:
    return by.membership_id is not None and row.owner_id == by.membership_id


def _require_sharing(by: Actor) -> None:
    if not by.may_anywhere(Permission.VIEW_SHARE):
        text = _("Your roles do not let you share views with everybody.")
        raise Forbidden("forbidden", errors={"is_shared": [text]})


def _named_alike(owner_id: int, page: str, name: str) -> SavedView | None:
    rows = SavedView.objects.lock().filter(owner=owner_id, page=page, deleted_at__isnull=True)
    found: SavedView | None = rows.filter(name__iexact=name).first()
    return found


def _cleaned(page: str, fields: Mapping[str, Any], by: Actor) -> dict[str, Any]:
    """Fields as they are kept; raises `Invalid`."""
    errors: dict[str, list[StrOrPromise]] = {}
    found = {name: fields[name] for name in SETTABLE if name in fields}
    if "name" in found:
        if fault := text_fault(found["name"], limit=NAME_LENGTH):
            errors["name"] = [fault]
        found["name"] = one_line(found["name"])
    known = page_named(page)
    if known is None:
        errors["page"] = [_("There is no such page.")]
    elif "query" in found:
        query = QueryDict(str(found["query"]).lstrip("?")[: QUERY_LENGTH + 1])
        found["query"] = spelled(query)
        if len(str(fields["query"])) > QUERY_LENGTH or len(found["query"]) > QUERY_LENGTH:
            errors["query"] = [_("This address is too long.")]
        elif faults := _refused(page, query, by):
            errors["query"] = faults
    if errors:
        raise Invalid(errors)
    return found


def _refused(page: str, query: QueryDict, by: Actor) -> list[StrOrPromise]:
    """What the page itself would refuse of an address, filter by filter."""
    known = page_named(page)
    try:
        if known is not None:
            known.check(query, by)
    except Invalid as error:
        return [f"{name}: {text}" for name, texts in error.errors.items() for text in texts]
    return []


def _told(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list[Any]]:
    names = {"name": "name", "query": "filters", "is_shared": "is_shared"}
    return {
        names[name]: [before.get(name), value]
        for name, value in after.items()
        if before.get(name) != value
    }


def _forget_old(owner_id: int) -> None:
    """Whoever deletes a view takes those away that nobody restored, so that none are swept for."""
    limit = timezone.now() - FORGOTTEN
    old = list(
        SavedView.objects.lock()
        .filter(owner=owner_id, deleted_at__lt=limit)
        .values_list("pk", flat=True)[:MOST_KEPT]
    )
    PreferredView.objects.filter(view__in=old).delete()
    SavedView.objects.filter(pk__in=old).delete()
