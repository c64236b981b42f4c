"""The mail that tells a person they were added to a tenant."""

from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from governance.people.selectors import membership_by_id
from governance.tenancy.models import Tenant


def invite(membership_id: str, *, message_id: str, is_new_user: bool) -> None:
    """Send the invitation; the Message-ID follows from the event, so that a repeat shows as one."""
    membership = membership_by_id(membership_id)
    tenant = Tenant.objects.get(pk=membership.tenant_id)
    page = "account_reset_password" if is_new_user else "account_login"
    with translation.override(membership.user.language or tenant.language):
        context = {
            "tenant": tenant,
            "membership": membership,
            "is_new_user": is_new_user,
            "url": settings.PUBLIC_URL + reverse(page),
        }
        EmailMessage(
            subject=_("You have been added to %(tenant)s") % {"tenant": tenant.name},
            body=render_to_string("mail/invitation.txt", context),
            to=[membership.email],
            headers={"Message-ID": f"<{message_id}@{urlsplit(settings.PUBLIC_URL).hostname}>"},
        ).send()
