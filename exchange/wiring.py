"""What this app attaches to the floors below, once all apps are loaded."""

from django.utils.translation import gettext_lazy as _

from exchange import tasks
from exchange.services.uploads import WAITING
from governance.events.registry import subscribe
from governance.people.choices import Permission
from governance.web.navigation import Entry, register

subscribe(WAITING, tasks.work_import.name)
register(
    Entry(
        _("Imports"), "exchange:imports", "database-import", _("Set-up"), 820, Permission.IMPORT_RUN
    )
)
