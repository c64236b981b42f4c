"""Where `/` and `/t/<tenant>/` lead."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from governance.people.choices import Role
from governance.people.selectors import tenants_of
from governance.web.requests import TenantRequest


@login_not_required
def home(request: HttpRequest) -> HttpResponse:
    """To sign-in, to the only tenant, or to the choice between several."""
    if not request.user.is_authenticated:
        return redirect("account_login")
    tenants = tenants_of(request.user.pk)
    if len(tenants) == 1:
        return redirect("tenant-home", tenants[0].slug)
    return render(request, "governance/tenants.html", {"choices": tenants})


# Where people live, by what they are; whoever is several things lives by the first of these.
HOMES = (
    (Role.EXECUTIVE, "reporting:portfolio"),
    (Role.PMO, "reporting:rhythm"),
    (Role.HEAD_OF_CONTROLLING, "kpis:controlling"),
    (Role.CONTROLLER, "kpis:controlling"),
    (Role.SECOND_FINANCE, "kpis:controlling"),
    (Role.SPONSOR, "initiatives:decisions"),
    (Role.FORUM_MEMBER, "initiatives:decisions"),
    (Role.OWNER, "governance:my-work"),
)
HOME = "reporting:portfolio"


@require_safe
def tenant_home(request: TenantRequest, tenant_slug: str) -> HttpResponse:
    """A tenant opens on the page where somebody lives."""
    held = {grant.role for grant in request.actor.scope.grants}
    page = next((page for role, page in HOMES if role in held), HOME)
    return redirect(page, tenant_slug)
