"""Pages that all versions of settings share: what waits, who may publish, the questions (S5)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django_stubs_ext import StrOrPromise

from governance.history import history_of
from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.ui.parts import Column, Crumb
from governance.versions.models import SettingVersion
from governance.versions.selectors import (
    version_in_force,
    version_numbered,
    version_proposed,
    versions_of,
)
from governance.versions.services import SettingKind, version_publish, version_withdraw
from governance.web.forms import seen_version
from governance.web.requests import TenantRequest

VERSIONS_SHOWN = 50
Row = TypeVar("Row", bound=SettingVersion)


@dataclass(frozen=True, slots=True)
class VersionPages(Generic[Row]):
    """How the pages of one kind of setting are called and what they say.

    `home` is the name of the first page's address; the others are called after it: `-propose`,
    `-version`, `-publish`, `-withdraw`. `effect` says what publishing does, `standard` what holds
    until then, `first` what to propose first, `needs` which role changes it.
    """

    kind: SettingKind[Row]
    title: StrOrPromise
    home: str
    effect: StrOrPromise
    standard: StrOrPromise
    first: StrOrPromise
    needs: StrOrPromise
    icon: str

    @property
    def propose_name(self) -> str:
        return f"{self.home}-propose"

    @property
    def version_name(self) -> str:
        return f"{self.home}-version"

    @property
    def publish_name(self) -> str:
        return f"{self.home}-publish"

    @property
    def withdraw_name(self) -> str:
        return f"{self.home}-withdraw"


def home_context(pages: VersionPages[Row], by: Actor) -> dict[str, Any]:
    """The version in force, what is proposed, and all versions; three queries."""
    draft = version_proposed(pages.kind.model)
    return {
        "pages": pages,
        "row": version_in_force(pages.kind.model),
        "draft": draft,
        "versions": list(versions_of(pages.kind.model)[:VERSIONS_SHOWN]),
        "version_columns": [
            Column("number", _("Version")),
            Column("state", _("State")),
            Column("proposed", _("Proposed by")),
            Column("published", _("Published by")),
        ],
        "propose_refusal": _propose_refusal(pages, draft, by),
        **draft_refusals(pages, draft, by),
    }


def version_context(pages: VersionPages[Row], request: TenantRequest, row: Row) -> dict[str, Any]:
    """One version with its history and what may be done with it."""
    subject = pages.kind.subject(row)
    return {
        "pages": pages,
        "row": row,
        "heading": _("%(title)s, version %(number)s")
        % {"title": pages.title, "number": row.number},
        "history": history_of(subject.type, subject.key, request.GET.get("history_cursor", "")),
        "breadcrumbs": crumbs(pages, request, _title_of(row)),
        **draft_refusals(pages, row, request.actor),
    }


def publish_page(pages: VersionPages[Row], request: TenantRequest, number: int) -> HttpResponse:
    """Ask whether to bring a proposal into force, then do it."""
    by = request.actor
    by.require_anywhere(Permission.GOVERNANCE_MANAGE)
    row = version_numbered(pages.kind.model, number)
    if request.method == "POST":
        seen = seen_version(request.POST)
        version_publish(kind=pages.kind, number=number, seen_version=seen, by=by)
        messages.success(request, _("Version %(number)s is in force.") % {"number": number})
        return redirect(pages.home, request.tenant.slug)
    question = {
        "title": _("Publish version %(number)s?") % {"number": number},
        "text": str(pages.effect),
        "label": _("Publish"),
    }
    return _confirm(pages, request, row, question)


def withdraw_page(pages: VersionPages[Row], request: TenantRequest, number: int) -> HttpResponse:
    """Ask whether to take a proposal back, then do it."""
    by = request.actor
    by.require_anywhere(Permission.GOVERNANCE_MANAGE)
    row = version_numbered(pages.kind.model, number)
    if request.method == "POST":
        seen = seen_version(request.POST)
        version_withdraw(kind=pages.kind, number=number, seen_version=seen, by=by)
        messages.success(request, _("Version %(number)s is withdrawn.") % {"number": number})
        return redirect(pages.home, request.tenant.slug)
    question = {
        "title": _("Withdraw version %(number)s?") % {"number": number},
        "text": _("The proposal stays in the history and never comes into force."),
        "label": _("Withdraw"),
        "tone": "danger",
    }
    return _confirm(pages, request, row, question)


def proposed_answer(pages: VersionPages[Row], request: TenantRequest, row: Row) -> HttpResponse:
    """Say that a version is proposed, on the first page."""
    text = _("Version %(number)s is proposed. Somebody else publishes it.")
    messages.success(request, text % {"number": row.number})
    return redirect(pages.home, request.tenant.slug)


def crumbs(pages: VersionPages[Row], request: TenantRequest, last: str) -> list[Crumb]:
    """The way back to the first page, then where the reader is."""
    return [Crumb(str(pages.title), reverse(pages.home, args=[request.tenant.slug])), Crumb(last)]


def _confirm(
    pages: VersionPages[Row], request: TenantRequest, row: Row, question: Mapping[str, str]
) -> HttpResponse:
    context = {
        "pages": pages,
        "row": row,
        "question": question,
        "breadcrumbs": crumbs(pages, request, _title_of(row)),
    }
    return render(request, "governance/version_confirm.html", context)


def _propose_refusal(pages: VersionPages[Row], draft: Row | None, by: Actor) -> str:
    """Why this person may not propose a version now; empty if they may."""
    if not by.may_anywhere(Permission.GOVERNANCE_MANAGE):
        return str(pages.needs)
    return _("A proposed version waits already; publish or withdraw it first.") if draft else ""


def draft_refusals(pages: VersionPages[Row], draft: Row | None, by: Actor) -> dict[str, str]:
    """Why this person may not publish or withdraw a proposal; empty if they may."""
    missing = "" if by.may_anywhere(Permission.GOVERNANCE_MANAGE) else str(pages.needs)
    is_own = draft is not None and draft.proposed_by_id == by.membership_id
    own = _("You proposed it: a second person publishes it (S5).") if is_own else ""
    return {"publish_refusal": missing or own, "withdraw_refusal": missing}


def _title_of(row: SettingVersion) -> str:
    return _("Version %(number)s") % {"number": row.number}
