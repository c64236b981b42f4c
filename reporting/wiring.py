"""What this app adds to the navigation, once all apps are loaded."""

from django.utils.translation import gettext_lazy as _

from governance.background.labels import name_tasks
from governance.web.navigation import Entry, register

register(Entry(_("Portfolio"), "reporting:portfolio", "chart-histogram", _("Overview"), 10))
name_tasks(
    {
        "reporting.verify_values": _("Check the figures against their cells"),
    }
)
