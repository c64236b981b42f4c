"""What the kernel adds to navigation, histories and subscriptions, once all apps are loaded."""

from django.utils.translation import gettext_lazy as _

from governance import tasks
from governance.audit.labels import name_values
from governance.background.labels import name_tasks
from governance.calendars.choices import Weekday
from governance.calendars.services import CALENDAR
from governance.events.registry import subscribe
from governance.events.services import set_kicker
from governance.masterdata.choices import Seat
from governance.notifications import proposals
from governance.notifications.choices import Delivery
from governance.notifications.registry import register_kind
from governance.notifications.selectors import mails_waiting
from governance.operations.registry import Watched, set_broker_reader, watch
from governance.operations.selectors import audit_waiting, outbox_waiting
from governance.pages.sources import ENTRIES, EVENTS, PEOPLE
from governance.people.choices import MembershipKind, Permission, Role
from governance.search.finding import PEOPLE as FOUND
from governance.search.registry import register_finds
from governance.web import lists
from governance.web.navigation import Entry, register

SET_UP, EVIDENCE = _("Set-up"), _("Evidence")

register_finds(FOUND)
register(Entry(_("My work"), "governance:my-work", "checklist", _("Overview"), 5))
register(
    Entry(_("People and roles"), "governance:people", "users", SET_UP, 800, Permission.PEOPLE_VIEW)
)
register(
    Entry(
        _("Master data"), "governance:master-data", "building", SET_UP, 810, Permission.PEOPLE_VIEW
    )
)
register(
    Entry(_("Calendar"), "governance:calendar", "calendar", SET_UP, 820, Permission.PEOPLE_VIEW)
)
register(
    Entry(
        _("Background work"),
        "governance:background",
        "refresh",
        SET_UP,
        880,
        Permission.TENANT_MANAGE,
    )
)
register(Entry(_("Mails"), "governance:mails", "mail", SET_UP, 885, Permission.TENANT_MANAGE))
register(
    Entry(_("Settings"), "governance:settings", "settings", SET_UP, 890, Permission.TENANT_MANAGE)
)
register(
    Entry(
        _("Operations"), "governance:operations", "activity", SET_UP, 895, Permission.TENANT_MANAGE
    )
)
register(
    Entry(_("Audit trail"), "governance:audit", "history", EVIDENCE, 900, Permission.AUDIT_VIEW)
)
name_values("role", Role)
name_values("kind", MembershipKind)
name_values("seat", Seat)
name_values("delivery", Delivery)
name_values("working_days", Weekday)
name_values("weekday", Weekday)
subscribe("membership.created", tasks.mail_invitation.name)
proposals.register_setting(CALENDAR, "calendar/versions/%(number)s/")
register_kind(proposals.KIND)
# Every process that publishes nudges a worker, not the workers alone.
set_kicker(tasks.nudge)
watch(Watched("outbox", "outbox", outbox_waiting))
watch(Watched("sealing", "audit", audit_waiting))
watch(Watched("mails", "mails", mails_waiting))
set_broker_reader(tasks.broker_lengths)
for source in (PEOPLE, *ENTRIES.values(), EVENTS):
    lists.register(source)
name_tasks(
    {
        "governance.drain_outbox": _("Hand over what was published"),
        "governance.seal_audit": _("Seal the audit trail"),
        "governance.resend_tasks": _("Try failed tasks again"),
        "governance.heartbeat": _("Sign of life of a worker"),
        "governance.watch_queues": _("Count what waits"),
        "governance.mail_invitation": _("Mail an invitation"),
        "governance.send_mails": _("Send mails"),
        "governance.tell_of_proposal": _("Tell of a change that waits"),
        "governance.gather_digests": _("Make the daily mails"),
        "governance.forget_texts": _("Empty the texts of old mails"),
    }
)
