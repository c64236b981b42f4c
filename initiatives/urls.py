"""Addresses of the pages of this app, below one tenant."""

from django.urls import URLPattern, URLResolver, path

from governance.tree.choices import Level
from initiatives.gates.transitions import BY_WORD
from initiatives.pages import (
    bulk_edits,
    cells,
    creation,
    decisions,
    documents,
    escalations,
    exceptions,
    gate_requests,
    gates,
    groups,
    inbox,
    lists,
    lookups,
    measures,
    milestones,
    moving,
    node_list,
    nodes,
    plan,
    reporting_calendars,
    reports,
    segregation,
    stage_models,
    tracks,
    tree,
    updates,
)
from initiatives.pages.sources import NOUNS


def node_patterns(level: Level, noun: str) -> list[URLPattern]:
    """The pages of one level, under the noun that the API uses too."""
    name, kwargs = level.page.partition(":")[2], {"level": level}
    patterns = [
        path(f"{noun}/", node_list.nodes, kwargs, noun),
        path(f"{noun}/new/", nodes.node_new, kwargs, f"{name}-new"),
        path(f"{noun}/<str:code>/", nodes.node, kwargs, name),
        path(f"{noun}/<str:code>/edit/", nodes.node_edit, kwargs, f"{name}-edit"),
        path(f"{noun}/<str:code>/delete/", nodes.node_remove, kwargs, f"{name}-delete"),
    ]
    if level is not Level.PORTFOLIO:
        move = path(f"{noun}/<str:code>/move/", moving.node_place, kwargs, f"{name}-move")
        patterns.append(move)
    return patterns


app_name = "initiatives"
urlpatterns: list[URLPattern | URLResolver] = [
    path("people-options/", lookups.people_options, name="people-options"),
    path("tree/", tree.tree, name="tree"),
    path("tree/<str:code>/", tree.tree_branch, name="tree-branch"),
    path(
        "reporting-calendars/",
        reporting_calendars.reporting_calendars,
        name="reporting-calendars",
    ),
    path(
        "reporting-calendars/propose/",
        reporting_calendars.propose,
        name="reporting-calendars-propose",
    ),
    path(
        "reporting-calendars/versions/<int:number>/",
        reporting_calendars.version,
        name="reporting-calendars-version",
    ),
    path(
        "reporting-calendars/versions/<int:number>/publish/",
        reporting_calendars.publish,
        name="reporting-calendars-publish",
    ),
    path(
        "reporting-calendars/versions/<int:number>/withdraw/",
        reporting_calendars.withdraw,
        name="reporting-calendars-withdraw",
    ),
    path("bulk-edits/", bulk_edits.bulk_edits, name="bulk-edits"),
    path("bulk-edits/new/", bulk_edits.bulk_edit_new, name="bulk-edit-new"),
    path("bulk-edits/<uuid:edit_id>/", bulk_edits.bulk_edit, name="bulk-edit"),
    *(
        path(f"bulk-edits/<uuid:edit_id>/{verb}/", view, name=f"bulk-edit-{verb}")
        for verb, view in (
            ("apply", bulk_edits.bulk_edit_write),
            ("check", bulk_edits.bulk_edit_again),
            ("undo", bulk_edits.bulk_edit_back),
        )
    ),
    path("my-updates/", updates.my_updates, name="my-updates"),
    path("measures/", lists.measures, name="measures"),
    path("measures/new/", creation.measure_new, name="measure-new"),
    path("measures/<str:code>/", measures.measure, name="measure"),
    path("measures/<str:code>/history/", measures.measure_history, name="measure-history"),
    path("measures/<str:code>/escalations/", escalations.escalations, name="measure-escalations"),
    path("measures/<str:code>/status/", reports.reports, name="measure-status"),
    path("measures/<str:code>/status/new/", reports.report_new, name="report-new"),
    path("status-reports/<uuid:report_id>/edit/", reports.report_edit, name="report-edit"),
    path("status-reports/<uuid:report_id>/delete/", reports.report_remove, name="report-delete"),
    path("measures/<str:code>/documents/", documents.documents, name="measure-documents"),
    path("measures/<str:code>/documents/new/", documents.document_new, name="document-new"),
    *(
        path(f"documents/<uuid:document_id>/{tail}/", view, name=f"document-{name}")
        for tail, view, name in (
            ("versions/new", documents.document_version, "version"),
            ("withdraw", documents.document_remove, "withdraw"),
            ("content", documents.document_content, "content"),
        )
    ),
    path("measures/<str:code>/plan/", plan.plan, name="measure-plan"),
    path("measures/<str:code>/plan/new/", milestones.milestone_new, name="milestone-new"),
    *(
        path(f"milestones/<uuid:milestone_id>/{verb}/", view, name=f"milestone-{verb}")
        for verb, view in (
            ("edit", milestones.milestone_edit),
            ("delete", milestones.milestone_delete),
            ("done", milestones.milestone_finish),
            ("accept", milestones.milestone_approve),
            ("return", milestones.milestone_reject),
        )
    ),
    path("measure-groups.csv", groups.groups_csv, name="measure-groups-csv"),
    path("measures/<str:code>/decisions/", decisions.decisions, name="measure-decisions"),
    path(
        "measures/<str:code>/exceptions/", exceptions.measure_exceptions, name="measure-exceptions"
    ),
    path("measures/<str:code>/gate/", gates.gate_ask, name="gate-ask"),
    path(
        "measures/<str:code>/criteria/<str:criterion>/attest/",
        decisions.attest,
        name="criterion-attest",
    ),
    path("measures/<str:code>/change/", gates.change, name="measure-change"),
    *(
        path(f"measures/<str:code>/{word}/", gates.move, {"word": word}, f"measure-{word}")
        for word in BY_WORD
        if word != "change"
    ),
    path("stage-models/", stage_models.stage_models, name="stage-models"),
    path("stage-models/new/", stage_models.stage_model_new, name="stage-model-new"),
    *(
        path(f"stage-models/<str:code>/<int:number>/{tail}", view, name=f"stage-model{name}")
        for tail, view, name in (
            ("", stage_models.stage_model, ""),
            ("publish/", stage_models.stage_model_publish, "-publish"),
            ("discard/", stage_models.stage_model_discard, "-discard"),
        )
    ),
    path("segregation-of-duties/", segregation.segregation, name="segregation"),
    path("decisions/", inbox.decisions, name="decisions"),
    *(
        path(f"gate-requests/<uuid:request_id>/{tail}", view, name=f"gate-request{name}")
        for tail, view, name in (
            ("", gate_requests.gate_request, ""),
            ("recuse/", gate_requests.recuse, "-recuse"),
            ("withdraw/", gate_requests.withdraw, "-withdraw"),
        )
    ),
    path("conditions/<uuid:condition_id>/accept/", gate_requests.accept, name="condition-accept"),
    path("measures/<str:code>/track/", tracks.measure_track, name="measure-track"),
    path("measures/<str:code>/cells/<str:field>/", cells.measure_cell, name="measure-cell"),
    path("measures/<str:code>/edit/", measures.measure_edit, name="measure-edit"),
    path("measures/<str:code>/move/", moving.measure_place, name="measure-move"),
    path("measures/<str:code>/delete/", measures.measure_remove, name="measure-delete"),
    *(pattern for level, noun in NOUNS.items() for pattern in node_patterns(level, noun)),
]
