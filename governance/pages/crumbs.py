"""Steps of breadcrumbs and states of forms that the kernel's pages share."""

from django import forms
from django.urls import reverse
from django.utils.translation import gettext as _

from governance.people.models import Membership
from governance.ui.parts import Crumb
from governance.web.rendering import UNPROCESSABLE

OK = 200


def people_crumb(tenant_slug: str) -> Crumb:
    return Crumb(_("People and roles"), reverse("governance:people", args=[tenant_slug]))


def person_crumbs(tenant_slug: str, member: Membership) -> list[Crumb]:
    url = reverse("governance:person", args=[tenant_slug, member.public_id])
    return [people_crumb(tenant_slug), Crumb(member.name, url)]


def status_of(*forms_shown: forms.Form) -> int:
    """422 where a form shows errors: HTMX swaps it, and nobody takes it for a success."""
    return UNPROCESSABLE if any(form.errors for form in forms_shown) else OK
