"""Proposals for people while somebody types, where they are too many for a select."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from governance.errors import Forbidden
from governance.people.choices import Permission
from governance.web.requests import TenantRequest
from initiatives.pages.directory import PEOPLE_FIELDS, people_like

NAMERS = (
    Permission.PEOPLE_VIEW,
    Permission.MEASURE_SET_JUDGES,
    Permission.MEASURE_SET_CONTROLLER,
    Permission.NODE_EDIT,
)


@require_safe
def people_options(request: TenantRequest, tenant_slug: str) -> HttpResponse:
    """Members like what stands in the people fields, as options of a datalist."""
    by = request.actor
    if not any(by.may_anywhere(permission) for permission in NAMERS):
        by.require_anywhere(Permission.TREE_VIEW)
        raise Forbidden
    people = people_like(request.GET.get(name, "").strip() for name in PEOPLE_FIELDS)
    return render(request, "initiatives/_people_options.html", {"people": people})
