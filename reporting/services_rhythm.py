"""Nudging owners whose updates have not come: one notice each, once a day (R3)."""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from governance.calendars.selectors import today_of
from governance.errors import Invalid
from governance.notifications.services import notify
from governance.people.actor import Actor
from governance.people.models import Membership
from governance.tenancy.models import Tenant
from reporting.selectors_rhythm import RUNS, owners_waiting

NUDGE = "rhythm.nudge"
MOST_NUDGED = 500


@transaction.atomic
def owners_nudge(*, people: Sequence[UUID], tenant: Tenant, by: Actor) -> tuple[int, int]:
    """Remind owners of the updates that they owe; how many were told, how many had been today.

    Whom nothing is waited for from is passed over. Raises `Forbidden`, and `Invalid` without
    anybody or for too many at once.
    """
    by.require_anywhere(RUNS)
    by.require_writing()
    if not 0 < len(people) <= MOST_NUDGED:
        raise Invalid({"people": [_("Choose from one to 500 owners.")]})
    rows = Membership.objects.filter(public_id__in=list(people))
    waiting = owners_waiting(by, tenant, list(rows.values_list("pk", flat=True)))
    told, found, today = 0, 0, today_of(tenant).isoformat()
    for pk in sorted(waiting):
        found += 1
        params = {"count": waiting[pk], "name": by.name}
        told += notify(kind=NUDGE, to=[pk], key=f"{NUDGE}:{today}", params=params, by=by)
    return told, found - told
