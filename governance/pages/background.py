"""Background work: tasks that were given up, what may be done about them, and scheduled runs."""

import json
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from governance.background.choices import SETTLED, UNDER_WAY, FailureKind, TaskState
from governance.background.models import FailedTask
from governance.background.rules import REASON_LENGTH
from governance.background.selectors import (
    Counts,
    failed_counts,
    failed_task,
    failed_tasks_in,
    scheduled_runs,
)
from governance.background.services import (
    failed_subject,
    failed_task_discard,
    failed_task_retry,
)
from governance.history import history_of
from governance.pages.crumbs import OK, status_of
from governance.people.choices import Permission
from governance.ui.parts import Column, Crumb, Tab
from governance.web.forms import VersionedForm, refusals_in, seen_version
from governance.web.pages import Order, keyset_page
from governance.web.rendering import page_or_region
from governance.web.requests import TenantRequest

REGION = "failed-tasks"
PAGE_SIZE = 30
NEWEST_FIRST = Order("failed", "last_failed_at", is_descending=True)
# What each tab shows; the first one is shown where none is asked for.
SHOWN: dict[str, tuple[TaskState, ...]] = {
    "dead": (TaskState.DEAD,),
    "trying": UNDER_WAY,
    "settled": SETTLED,
}
TONES = {
    TaskState.DEAD: "red",
    TaskState.WAITING: "amber",
    TaskState.SENT: "primary",
    TaskState.DONE: "green",
    TaskState.DISCARDED: "neutral",
}


class DiscardForm(VersionedForm):
    """Why nobody needs a task any more."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=REASON_LENGTH,
        help_text=gettext_lazy("It stays with the task and in the audit trail."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


@require_safe
def background(request: TenantRequest, tenant_slug: str) -> HttpResponse:
    """Dead letters, tasks being tried again and settled ones; when scheduled tasks last ran."""
    request.actor.require_anywhere(Permission.TENANT_MANAGE)
    shown = request.GET.get("show", "")
    shown = shown if shown in SHOWN else next(iter(SHOWN))
    page = keyset_page(
        failed_tasks_in(SHOWN[shown]),
        order=NEWEST_FIRST,
        cursor=request.GET.get("cursor", ""),
        limit=PAGE_SIZE,
    )
    counts = failed_counts()
    context = {
        "page": page,
        "rows": [{"task": row, "tone": TONES[row.known_state]} for row in page.rows],
        "shown": shown,
        "tabs": _tabs(tenant_slug, shown, counts),
        "counts": counts,
        "runs": scheduled_runs(),
        "columns": [
            Column("task", _("Task")),
            Column("state", _("State")),
            Column("error", _("Error")),
            Column("tries", _("Tries"), numeric=True),
            Column("failed", _("Last failure")),
        ],
        "run_columns": [
            Column("task", _("Scheduled task")),
            Column("period", _("Every (seconds)"), numeric=True),
            Column("success", _("Last success")),
            Column("state", _("State")),
        ],
    }
    return page_or_region(request, "governance/background.html", context, region=REGION)


def _tabs(tenant_slug: str, shown: str, counts: Counts) -> list[Tab]:
    address = reverse("governance:background", args=[tenant_slug])
    words = {
        "dead": (_("Dead letters"), counts.dead),
        "trying": (_("Being tried again"), counts.under_way),
        "settled": (_("Settled"), counts.settled),
    }
    return [
        Tab(label, f"{address}?show={name}", name == shown, count)
        for name, (label, count) in words.items()
    ]


@require_safe
def failed(request: TenantRequest, tenant_slug: str, failed_id: UUID) -> HttpResponse:
    """One failed task: what it was to do, how it failed, and its history."""
    request.actor.require_anywhere(Permission.TENANT_MANAGE)
    row = failed_task(failed_id)
    subject = failed_subject(row)
    settled = "" if row.is_dead else _("Only a dead letter is retried or discarded.")
    context = {
        "row": row,
        "kind": FailureKind(row.kind).label,
        "tone": TONES[row.known_state],
        "arguments": json.dumps(row.shown_arguments, indent=2, ensure_ascii=False, sort_keys=True),
        "refusal": settled,
        "history": history_of(subject.type, subject.key, request.GET.get("history_cursor", "")),
        "breadcrumbs": crumbs(tenant_slug, row.label),
    }
    return render(request, "governance/background_task.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def retry(request: TenantRequest, tenant_slug: str, failed_id: UUID) -> HttpResponse:
    """Ask whether to have a dead letter tried again, then do it."""
    by = request.actor
    by.require_anywhere(Permission.TENANT_MANAGE)
    row = failed_task(failed_id)
    if request.method == "POST":
        failed_task_retry(failed_id=failed_id, seen_version=seen_version(request.POST), by=by)
        messages.success(request, _("The task is tried again within seconds."))
        return redirect("governance:background-task", tenant_slug, failed_id)
    text = _(
        "It runs again as it was, under the same id: whatever was already done is not done twice."
    )
    question = {
        "title": _("Try «%(task)s» again?") % {"task": row.label},
        "text": text,
        "label": _("Try again"),
    }
    return _confirm(request, row, question)


@require_http_methods(["GET", "HEAD", "POST"])
def discard(request: TenantRequest, tenant_slug: str, failed_id: UUID) -> HttpResponse:
    """Ask why nobody needs a dead letter any more, then give it up."""
    by = request.actor
    by.require_anywhere(Permission.TENANT_MANAGE)
    row = failed_task(failed_id)
    given = DiscardForm(request.POST) if request.method == "POST" else None
    if given is not None and given.is_valid():
        data = given.cleaned_data
        with refusals_in(given):
            failed_task_discard(
                failed_id=failed_id,
                reason=data["reason"],
                seen_version=data["seen_version"],
                by=by,
            )
            messages.success(request, _("The task was discarded."))
            return redirect("governance:background-task", tenant_slug, failed_id)
    question = {
        "title": _("Discard «%(task)s»?") % {"task": row.label},
        "text": _("What it was to do is not done, and it is never tried again. It stays readable."),
        "label": _("Discard"),
        "tone": "danger",
    }
    form = given or DiscardForm(initial={"seen_version": row.version})
    return _confirm(request, row, question, form)


def _confirm(
    request: TenantRequest,
    row: FailedTask,
    question: dict[str, str],
    form: forms.Form | None = None,
) -> HttpResponse:
    context = {
        "row": row,
        "question": question,
        "form": form,
        "breadcrumbs": crumbs(request.tenant.slug, row.label),
    }
    status = status_of(form) if form else OK
    return render(request, "governance/background_confirm.html", context, status=status)


def crumbs(tenant_slug: str, last: str) -> list[Crumb]:
    address = reverse("governance:background", args=[tenant_slug])
    return [Crumb(_("Background work"), address), Crumb(last)]
