"""The settings of the tenant."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from governance.history import history_of
from governance.onboarding import tenant_change
from governance.pages.crumbs import status_of
from governance.pages.forms import SettingsForm
from governance.people.choices import Permission
from governance.web.forms import refusals_in
from governance.web.requests import TenantRequest


@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: TenantRequest, tenant_slug: str) -> HttpResponse:
    """Name, currency, start of the fiscal year, language; every change is in the history."""
    by, tenant = request.actor, request.tenant
    by.require_anywhere(Permission.TENANT_MANAGE)
    form = SettingsForm(request.POST) if request.method == "POST" else SettingsForm.over(tenant)
    if request.method == "POST" and form.is_valid():
        with refusals_in(form):
            tenant_change(
                settings=form.settings, seen_version=form.cleaned_data["seen_version"], by=by
            )
            messages.success(request, _("Saved."))
            return redirect("governance:settings", tenant_slug)
    cursor = request.GET.get("history_cursor", "")
    context = {"form": form, "history": history_of("tenant", tenant.slug, cursor)}
    return render(request, "governance/settings.html", context, status=status_of(form))
