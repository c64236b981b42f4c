"""Reading master data."""

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from governance.errors import Invalid, NotVisible
from governance.masterdata.choices import Shown
from governance.masterdata.models import KINDS, Forum, ForumMember, MasterData
from governance.people.models import Membership
from governance.text import sort_key


def master_data(kind: str, *, only_active: bool = False) -> QuerySet[MasterData]:
    """Rows of one kind (`business-units` …) by name; raises `NotVisible` for an unknown kind."""
    model = KINDS.get(kind)
    if model is None:
        raise NotVisible
    rows: QuerySet[MasterData] = model.objects.order_by("sort_key", "id")
    return rows.filter(is_active=True) if only_active else rows


def master_data_matching(
    kind: str, *, text: str = "", shown: Shown = Shown.ALL
) -> QuerySet[MasterData]:
    """Rows of one kind, narrowed by a part of code or name and by state."""
    rows = master_data(kind)
    if shown is not Shown.ALL:
        rows = rows.filter(is_active=shown is Shown.ACTIVE)
    for word in text.split():
        rows = rows.filter(Q(code__icontains=word) | Q(sort_key__contains=sort_key(word)))
    return rows


def master_datum(kind: str, code: str) -> MasterData:
    """One row by code; raises `NotVisible`."""
    row = master_data(kind).filter(code=code).first()
    if row is None:
        raise NotVisible
    return row


def master_datum_or_invalid(kind: str, code: str, *, field: str) -> MasterData:
    """One active row for use in a form or body; raises `Invalid` at the named field."""
    row = master_data(kind, only_active=True).filter(code=code).first()
    if row is None:
        text = _("%(code)s is not an active entry of this list.") % {"code": code}
        raise Invalid({field: [text]})
    return row


def seats_held_by(membership: Membership) -> QuerySet[ForumMember]:
    """Where one person sits."""
    seats: QuerySet[ForumMember] = ForumMember.objects.filter(membership=membership)
    return seats.select_related("forum").order_by("forum__sort_key")


def live_seats() -> QuerySet[ForumMember]:
    """Seats that count: not waiting for their confirmation (S6)."""
    seats: QuerySet[ForumMember] = ForumMember.objects.filter(is_pending=False)
    return seats


def the_forum(code: str) -> Forum:
    """One forum by its code; raises `NotVisible`."""
    row = master_datum("forums", code)
    if not isinstance(row, Forum):
        raise NotVisible
    return row


def seat_of(forum: Forum, membership: Membership) -> ForumMember:
    """The seat of somebody, pending or not, with forum and person; raises `NotVisible`."""
    row: ForumMember | None = seats_of(forum).filter(membership=membership).first()
    if row is None:
        raise NotVisible
    return row


def seats_of(forum: Forum) -> QuerySet[ForumMember]:
    """Who sits in a forum."""
    seats: QuerySet[ForumMember] = ForumMember.objects.filter(forum=forum)
    rows = seats.select_related("forum", "membership__user")
    return rows.order_by("seat", "membership__user__name")
