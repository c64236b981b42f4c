"""The report on the segregation of duties: every rule with what breaks it now, or comes near."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from governance.errors import Forbidden
from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.tree.selectors import root_node
from governance.ui.parts import Column, Crumb
from governance.web.requests import TenantRequest
from initiatives.gates.duties import DUTIES, Duty, Found, findings_of, is_checked
from initiatives.pages.frame import require_sight


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule with what was found."""

    duty: Duty
    is_checked: bool
    rows: list[tuple[Found, str]]

    @property
    def violations(self) -> int:
        return sum(1 for found, _url in self.rows if found.is_violation)

    @property
    def near(self) -> int:
        return len(self.rows) - self.violations


def require_evidence(by: Actor) -> None:
    """The report covers the whole tenant: rights over people or the trail, at its root."""
    require_sight(by)
    path = root_node().path
    if not any(by.may(right, path) for right in (Permission.AUDIT_VIEW, Permission.PEOPLE_VIEW)):
        raise Forbidden("forbidden", Permission.AUDIT_VIEW.label)


@require_safe
def segregation(request: TenantRequest, tenant_slug: str) -> HttpResponse:
    """Every rule with its findings, read from the data now."""
    require_evidence(request.actor)
    rules = [
        Rule(
            duty,
            is_checked(duty.code),
            [(found, _url(found, request)) for found in findings_of(duty.code)],
        )
        for duty in DUTIES
    ]
    context: dict[str, Any] = {
        "rules": rules,
        "violations": sum(rule.violations for rule in rules),
        "near": sum(rule.near for rule in rules),
        "checked_at": timezone.now(),
        "columns": [
            Column("code", _("Rule")),
            Column("sentence", _("What it demands")),
            Column("enforced", _("Where it is enforced")),
            Column("found", _("Found")),
        ],
        "breadcrumbs": [Crumb(_("Segregation of duties"))],
    }
    return render(request, "initiatives/segregation.html", context)


def _url(found: Found, request: TenantRequest) -> str:
    slug = request.tenant.slug
    if found.request_id is not None:
        return reverse("initiatives:gate-request", args=[slug, found.request_id])
    if found.measure:
        return reverse("initiatives:measure", args=[slug, found.measure])
    if found.person_id is not None:
        return reverse("governance:person", args=[slug, found.person_id])
    return ""
