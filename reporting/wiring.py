"""What this app adds to the navigation, once all apps are loaded."""

from django.utils.translation import gettext_lazy as _

from approvals.escalations import registry as escalations
from governance.background.labels import name_tasks
from governance.notifications.registry import register_kind
from governance.operations.registry import Watched, set_progress_reader, watch
from governance.people.choices import Permission
from governance.saved_views.registry import ViewPage, register_page
from governance.web.navigation import Entry, register
from initiatives.counting import register_kept_counts
from initiatives.figures import register_series_totals
from initiatives.hooks import register_node_hold
from initiatives.lights import register_lamps
from reporting.light_facts import lamps_of_measures
from reporting.list_totals import series_totals
from reporting.notices import KINDS
from reporting.pages.asked import PORTFOLIO, check_address
from reporting.period_reports.notices import KIND as REPORT_SIGNED
from reporting.period_reports.overdue import SOURCES
from reporting.period_reports.selectors import report_hold
from reporting.rollups.selectors import kept_totals, roll_ups_progress, roll_ups_waiting

register(Entry(_("Portfolio"), "reporting:portfolio", "chart-histogram", _("Overview"), 10))
register(
    Entry(_("Rhythm"), "reporting:rhythm", "calendar", _("Overview"), 18, Permission.REPORT_CORRECT)
)
register(Entry(_("Targets"), "reporting:targets", "target", _("Overview"), 13))
register(Entry(_("Watermelons"), "reporting:watermelons", "alert-triangle", _("Overview"), 12))
register_page(ViewPage(PORTFOLIO, _("Portfolio"), "reporting:portfolio", check_address))
register_lamps(lamps_of_measures)
register_kept_counts(kept_totals)
register_series_totals(series_totals)
for kind in (*KINDS, REPORT_SIGNED):
    register_kind(kind)
register_node_hold(report_hold)
for source in SOURCES:
    escalations.register(source)
name_tasks(
    {
        "reporting.keep_roll_ups": _("Keep adding up what is changed"),
        "reporting.drain_roll_ups": _("Add up what was changed"),
        "reporting.refresh_roll_ups": _("Add up anew where another day or rate holds"),
        "reporting.verify_reports": _("Check the signed reports against their hashes"),
        "reporting.verify_roll_ups": _("Check the roll-ups against the facts"),
        "reporting.verify_values": _("Check the figures against their cells"),
    }
)
watch(Watched("roll_ups", "roll_ups", roll_ups_waiting))
set_progress_reader(roll_ups_progress)
