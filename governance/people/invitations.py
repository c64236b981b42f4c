"""The mail that tells a person they were added to a tenant."""

from urllib.parse import urlsplit

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from governance.people.models import User
from governance.people.selectors import membership_by_id
from governance.tenancy.models import Tenant


def password_url(user: User) -> str:
    """Where a person chooses a password without knowing the old one; good once and for a while."""
    args = [user_pk_to_url_str(user), default_token_generator.make_token(user)]
    return settings.PUBLIC_URL + reverse("account_reset_password_from_key", args=args)


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
