"""What this app adds to the navigation, once all apps are loaded."""

from django.utils.translation import gettext_lazy as _

from governance.web.navigation import Entry, register

register(Entry(_("Portfolio"), "reporting:portfolio", "chart-histogram", _("Overview"), 10))
register(Entry(_("Watermelons"), "reporting:watermelons", "alert-triangle", _("Overview"), 12))
