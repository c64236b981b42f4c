"""The daily mail: one per person and business day with what they have not read."""

from collections import defaultdict
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from governance.calendars.selectors import current_calendar, zone_of
from governance.notifications.choices import MailForm
from governance.notifications.models import Notification
from governance.notifications.rules import digest_day, is_digest_time
from governance.notifications.selectors import digests_waiting, hours_of
from governance.notifications.services import mail_drawn
from governance.people.actor import Actor
from governance.tenancy.models import Tenant

# What more waits goes with the next call, a few minutes later.
BATCH = 2000


@transaction.atomic
def digests_gather(*, by: Actor, now: datetime | None = None) -> int:
    """Make the daily mails of the active tenant that may go now; how many.

    Safe to run twice and side by side: a person has one mail per day, the notices are locked, and
    one that comes after the day's mail waits for the next business day.
    """
    moment = now or timezone.now()
    tenant = Tenant.objects.get(pk=by.tenant_id)
    zone = zone_of(tenant)
    day = digest_day(moment, current_calendar(), zone)
    if day is None:
        return 0
    waiting: dict[int, list[int]] = defaultdict(list)
    locked = digests_waiting().select_for_update(of=("self",), no_key=True)[:BATCH]
    for row in locked:
        waiting[row.recipient_id].append(row.pk)
    hours = hours_of(waiting)
    ready = {pk: ids for pk, ids in waiting.items() if is_digest_time(moment, hours[pk], zone)}
    return sum(_gathered(pk, ids, f"digest:{day}", moment) for pk, ids in ready.items())


def _gathered(recipient_id: int, notices: list[int], key: str, now: datetime) -> bool:
    """One person's mail with these notices; whether it is the first of its day."""
    mail = mail_drawn(recipient_id=recipient_id, form=MailForm.DIGEST, key=key, due_at=now)
    try:
        with transaction.atomic():
            mail.save(force_insert=True)
    except IntegrityError:
        return False
    Notification.objects.filter(pk__in=notices).update(mail=mail)
    return True
