"""What this app adds to the navigation, the search box and the measure page."""

from django.utils.translation import gettext_lazy as _

from approvals.escalations import registry as escalations
from approvals.exceptions import registry as exceptions
from approvals.exceptions.choices import ExceptionSource
from approvals.exceptions.nodes import exception_hold
from governance.audit.labels import name_values
from governance.background.labels import name_tasks
from governance.events.registry import subscribe
from governance.kept.registry import register_kept
from governance.notifications.proposals import register_proposals, register_setting
from governance.notifications.registry import register_kind
from governance.onboarding import on_tenant_created
from governance.people.choices import Permission
from governance.permissions.places import register_finder, register_linker
from governance.saved_views.registry import ViewPage, register_page
from governance.search.registry import register_finds
from governance.web import lists
from governance.web.navigation import Entry, register
from governance.work.registry import register_work
from initiatives import criteria, panels, snapshots, tasks
from initiatives.bulk.services.asking import TOPIC as BULK_EDITS
from initiatives.choices import Light, Overlay, Stage
from initiatives.documents import gates as document_gates
from initiatives.documents.choices import DocumentKind
from initiatives.documents.services import refuse_documents
from initiatives.finding import KINDS
from initiatives.gates import notices
from initiatives.gates.exceptions import MEASURES as MEASURE_SUBJECTS
from initiatives.gates.exceptions import holds_ended, refuse_exceptions
from initiatives.gates.handler import register_handler
from initiatives.gates.own_criteria import register_own
from initiatives.gates.position import SUBJECT
from initiatives.gates.snapshot import register_parts
from initiatives.gates.transitions import TransitionWords
from initiatives.hooks import on_measures_delete, register_node_hold
from initiatives.keeping import KINDS as KINDS_KEPT
from initiatives.milestones import gates as milestone_gates
from initiatives.milestones.services import delete_milestones
from initiatives.overdue import SOURCES as OVERDUE
from initiatives.pages.access_places import measure_place, place_url
from initiatives.pages.report_sources import REPORTS
from initiatives.pages.sources import MEASURES, NODES, check_measures
from initiatives.rhythm.choices import ReportRhythm
from initiatives.rhythm.selectors import rhythm_hold
from initiatives.rhythm.services import REPORTING_CALENDAR
from initiatives.rhythm.silence import SOURCES as SILENCE
from initiatives.services_reports import delete_reports
from initiatives.stage_models.choices import Part, Track
from initiatives.stage_models.proposals import STAGE_MODELS
from initiatives.stage_models.proposals import TOPICS as STAGE_MODEL_TOPICS
from initiatives.stage_models.services import standard_ship
from initiatives.work import WORK

register(Entry(_("Measures"), "initiatives:measures", "list-details", _("Overview"), 20))
register(Entry(_("Tree"), "initiatives:tree", "sitemap", _("Overview"), 30))
register(Entry(_("Decisions"), "initiatives:decisions", "gavel", _("Overview"), 15))
register(Entry(_("Stage models"), "initiatives:stage-models", "stairs-up", _("Set-up"), 840))
register(
    Entry(
        _("Segregation of duties"),
        "initiatives:segregation",
        "shield-check",
        _("Evidence"),
        910,
        Permission.AUDIT_VIEW,
    )
)
register(
    Entry(
        _("My updates"),
        "initiatives:my-updates",
        "report-analytics",
        _("Overview"),
        14,
        Permission.MEASURE_EDIT_OWN,
    )
)
register(
    Entry(
        _("Reporting calendars"),
        "initiatives:reporting-calendars",
        "calendar",
        _("Set-up"),
        845,
    )
)
for found in KINDS:
    register_finds(found)
for work in WORK:
    register_work(work)
name_values("stage", Stage)
name_values("overlay", Overlay)
name_values("light", Light)
name_values("lights", Light)
name_values("kind", DocumentKind)
name_values("rhythm", ReportRhythm)
name_values("transition", TransitionWords)
name_values("part", Part)
name_values("track", Track)
register_node_hold(rhythm_hold)
on_measures_delete(refuse_documents)
on_measures_delete(refuse_exceptions)
register_node_hold(exception_hold)
on_measures_delete(delete_milestones)
on_measures_delete(delete_reports)
on_tenant_created(standard_ship)
register_parts()
register_own()
register_handler()
exceptions.register(SUBJECT, MEASURE_SUBJECTS)
for source in (ExceptionSource.UNMET_CONDITION, ExceptionSource.HOLD_REVIEW):
    exceptions.register_gone(source, holds_ended)
register_finder(measure_place)
register_linker(place_url)
panels.register(panels.Panel(_("Overview"), "initiatives:measure", 10))
panels.register(panels.Panel(_("Status"), "initiatives:measure-status", 15))
panels.register(panels.Panel(_("Plan"), "initiatives:measure-plan", 30))
panels.register(panels.Panel(_("Decisions"), "initiatives:measure-decisions", 50))
panels.register(panels.Panel(_("Escalations"), "initiatives:measure-escalations", 55))
panels.register(panels.Panel(_("Exceptions"), "initiatives:measure-exceptions", 55))
panels.register(panels.Panel(_("Documents"), "initiatives:measure-documents", 60))
panels.register(panels.Panel(_("History"), "initiatives:measure-history", 90))
for kept_kind, find_kept in KINDS_KEPT.items():
    register_kept(kept_kind, find_kept)
register_page(ViewPage("measures", _("Measures"), "initiatives:measures", check_measures))
for list_source in (MEASURES, *NODES.values(), REPORTS):
    lists.register(list_source)
for part in (*document_gates.PARTS, *milestone_gates.PARTS):
    snapshots.register(part)
for criterion in (*document_gates.CRITERIA, *milestone_gates.CRITERIA):
    criteria.register(criterion)
for overdue in (*OVERDUE, *SILENCE):
    escalations.register(overdue)
register_setting(REPORTING_CALENDAR, "reporting-calendars/versions/%(number)s/")
register_proposals(STAGE_MODELS, STAGE_MODEL_TOPICS)
name_tasks(
    {
        "initiatives.run_clocks": _("Remind, escalate and lapse what is due"),
        "initiatives.tell_of_request": _("Tell of a request"),
        "initiatives.tell_of_reminder": _("Remind of a request"),
        "initiatives.tell_of_lapse": _("Tell of a condition not met in time"),
        "initiatives.work_bulk_edit": _("Change many measures"),
        "initiatives.resume_bulk_edits": _("Take up changes of many measures left behind"),
        "initiatives.review_holds": _("Open exceptions for holds past their review date"),
    }
)

for kind in notices.KINDS:
    register_kind(kind)
for topic in ("submitted", "voted", "recused", "decided", "withdrawn", "voided"):
    subscribe(f"request.{topic}", tasks.tell_of_request.name)
subscribe(BULK_EDITS, tasks.work_bulk_edit.name)
subscribe("request.reminded", tasks.tell_of_reminder.name)
subscribe("condition.lapsed", tasks.tell_of_lapse.name)
