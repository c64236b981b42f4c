"""Turning a kind of mail off by the address in the mail, without a sign-in (RFC 8058)."""

from contextlib import suppress
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from governance.errors import Refused
from governance.notifications.registry import kind_of
from governance.notifications.services_choices import THE_DAYS, notice_turn_off
from governance.notifications.unsubscribing import Off, read_off
from governance.people.models import Membership
from governance.people.selectors import live_memberships
from governance.permissions.selectors import actor_for
from governance.tenancy.context import tenant_transaction
from governance.tenancy.models import Tenant
from governance.web.refusals import refusal_text


# A mail program posts without a cookie: the signature in the address is what it may do this by.
@csrf_exempt
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, signed: str) -> HttpResponse:
    """Ask whether to turn mails of a kind off, then do it; programs that look change nothing."""
    off = read_off(signed)
    tenant = _tenant(off)
    if off is None or tenant is None:
        raise Http404
    context: dict[str, Any] = {"what": _what(off.kind), "tenant_name": tenant.name}
    with tenant_transaction(tenant.pk):
        person = _person(off)
        if person is None:
            raise Http404
        context["person"] = person.email
        if request.method == "POST":
            try:
                notice_turn_off(kind=off.kind, by=actor_for(person, via="page"))
                context["is_done"] = True
            except Refused as error:
                context["refusal"] = refusal_text(error)
    response = render(request, "governance/unsubscribe.html", context)
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response


def _tenant(off: Off | None) -> Tenant | None:
    if off is None:
        return None
    with suppress(ValidationError):
        return Tenant.objects.filter(public_id=off.tenant).first()
    return None


def _person(off: Off) -> Membership | None:
    person: Membership | None = live_memberships().filter(public_id=off.person).first()
    return person


def _what(kind: str) -> str:
    """What is turned off, in words."""
    if kind == THE_DAYS:
        return _("the daily mail")
    known = kind_of(kind)
    return _("mails of the kind «%(kind)s»") % {"kind": known.label if known else kind}
