"""Starring things, and remembering what was opened without writing at every look."""

from django.db import connection, transaction

from governance.errors import NotVisible, Refused
from governance.kept.models import Favourite, RecentItem
from governance.kept.registry import KeptItem
from governance.kept.selectors import MOST_FAVOURITES, MOST_RECENT, kept_item
from governance.people.actor import Actor
from governance.people.models import Membership
from governance.tenancy.context import active_tenant_id

RECENT = RecentItem._meta.db_table
# Opening a page remembers it within its request, though that is a GET: whoever looks asks for no
# change, a repeated look changes nothing, and it costs less than a message to a worker or a second
# request would. One statement for each look. It writes for something new, and again after some
# minutes only; with something new the oldest goes. The statement does not see its own row yet:
# nineteen others stay.
NOTE = f"""
    WITH noted AS (
      INSERT INTO {RECENT} (tenant_id, membership_id, kind, code) VALUES (%s, %s, %s, %s)
      ON CONFLICT (tenant_id, membership_id, kind, code) DO UPDATE SET seen_at = now()
      WHERE {RECENT}.seen_at < now() - make_interval(mins => %s)
      RETURNING xmax = 0 AS is_new
    )
    DELETE FROM {RECENT} WHERE tenant_id = %s AND EXISTS (SELECT 1 FROM noted WHERE is_new)
      AND id IN (SELECT id FROM {RECENT} WHERE tenant_id = %s AND membership_id = %s
                 ORDER BY seen_at DESC, id DESC OFFSET %s)
"""  # noqa: S608  # the table's name is ours
QUIET_MINUTES = 5


@transaction.atomic
def favourite_set(*, kind: str, code: str, is_favourite: bool, by: Actor) -> KeptItem | None:
    """Star something, or take the star away; safe to do twice.

    Raises `NotVisible` for what cannot be starred by this person, `Refused("too_many_favourites")`.
    """
    by.require_writing()
    member = Membership.objects.lock().filter(pk=by.membership_id or 0).first()
    if member is None:
        raise NotVisible
    mine = Favourite.objects.filter(membership=member)
    if not is_favourite:
        mine.filter(kind=kind, code=code).delete()
        return None
    item = kept_item(kind, code, by=by)
    if not mine.filter(kind=kind, code=code).exists():
        if mine.count() >= MOST_FAVOURITES:
            raise Refused("too_many_favourites")
        Favourite.objects.create(membership=member, kind=kind, code=code)
    return item


@transaction.atomic
def recent_note(*, kind: str, code: str, by: Actor) -> None:
    """Remember that a person opened something; the oldest of more than twenty are forgotten."""
    if by.membership_id is None:
        return
    tenant, member = active_tenant_id(), by.membership_id
    given: list[int | str] = [
        tenant,
        member,
        kind,
        code,
        QUIET_MINUTES,
        tenant,
        tenant,
        member,
        MOST_RECENT - 1,
    ]
    with connection.cursor() as cursor:
        cursor.execute(NOTE, given)
