"""What this app adds to the navigation, once all apps are loaded."""

from django.utils.translation import gettext_lazy as _

from governance.web.navigation import Entry, register
from initiatives.lights import register_lamps
from reporting.light_facts import lamps_of_measures

register(Entry(_("Portfolio"), "reporting:portfolio", "chart-histogram", _("Overview"), 10))
register(Entry(_("Targets"), "reporting:targets", "target", _("Overview"), 13))
register(Entry(_("Watermelons"), "reporting:watermelons", "alert-triangle", _("Overview"), 12))
register_lamps(lamps_of_measures)
