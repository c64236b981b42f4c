"""The address in a mail that turns its kind off: signed, good without a sign-in, for one person."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.core import signing
from django.urls import reverse

from governance.notifications.choices import MailForm
from governance.notifications.models import Mail, Notification
from governance.notifications.registry import kind_of
from governance.notifications.services_choices import THE_DAYS
from governance.people.models import Membership
from governance.tenancy.models import Tenant

SALT = "governance.notifications.unsubscribing"


@dataclass(frozen=True, slots=True)
class Off:
    """What an address turns off: for whom, in which tenant, by their public ids, and which kind."""

    tenant: str
    person: str
    kind: str


def off_url(tenant: Tenant, person: Membership, kind: str) -> str:
    """Where this person turns mails of this kind off; it does nothing else, and does not end."""
    facts = [str(tenant.public_id), str(person.public_id), kind]
    signed = signing.dumps(facts, salt=SALT)
    return settings.PUBLIC_URL + reverse("unsubscribe", args=[signed])


def read_off(signed: str) -> Off | None:
    """What a signed address says; None for one that is not ours."""
    try:
        facts = signing.loads(signed, salt=SALT)
    except signing.BadSignature:
        return None
    return Off(*facts)


def off_url_of(mail: Mail, notices: Sequence[Notification], tenant: Tenant) -> str:
    """Where what a mail is about is turned off; empty for what must arrive."""
    kind = off_kind(mail, notices)
    return off_url(tenant, mail.recipient, kind) if kind else ""


def off_headers(url: str) -> dict[str, str]:
    """Headers by which a mail program turns it off with one click (RFC 8058)."""
    if not url:
        return {}
    return {
        "List-Unsubscribe": f"<{url}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def off_kind(mail: Mail, notices: Sequence[Notification]) -> str:
    """What turning a mail off means; empty for what must arrive."""
    if mail.form == MailForm.DIGEST:
        return THE_DAYS
    known = kind_of(notices[0].kind) if notices else None
    return known.code if known and known.may_be_off else ""
