"""What this app attaches to the floors below, once all apps are loaded."""

from django.utils.translation import gettext_lazy as _

from exchange import tasks
from exchange.choices import ExportFormat
from exchange.exports.services import TOPIC
from exchange.services.uploads import WAITING
from governance.audit.labels import name_values
from governance.background.labels import name_tasks
from governance.events.registry import subscribe
from governance.people.choices import Permission
from governance.web import lists
from governance.web.navigation import Entry, register

lists.register_desk("exchange:exports")
subscribe(TOPIC, tasks.make_export.name)
subscribe(WAITING, tasks.work_import.name)
name_values("format", ExportFormat)
register(Entry(_("Exports"), "exchange:exports", "download", _("Overview"), 90))
register(
    Entry(
        _("Imports"), "exchange:imports", "database-import", _("Set-up"), 820, Permission.IMPORT_RUN
    )
)
name_tasks(
    {
        "exchange.make_export": _("Make an export"),
        "exchange.resume_exports": _("Take up exports left behind"),
        "exchange.forget_exports": _("Remove old exports"),
        "exchange.work_import": _("Read, check or write an import"),
        "exchange.resume_imports": _("Take up imports left behind"),
    }
)
