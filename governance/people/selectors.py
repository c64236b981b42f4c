"""Finding people: memberships of a log-in across tenants, members of a tenant, tokens."""

from contextlib import suppress

from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import F, Func, Q, QuerySet, TextField
from django.utils import timezone
from django.utils.translation import gettext as _

from governance.errors import Invalid, NotVisible
from governance.people.choices import PersonState
from governance.people.models import ApiToken, Membership
from governance.people.rules import token_hash
from governance.tenancy.models import Tenant


class Folded(Func):
    """A name as it sorts: case and accents gone, by bytes, whatever the server's locale."""

    template = (
        "lower(regexp_replace(normalize(%(expressions)s, NFKD), '[\\u0300-\\u036f]', '', 'g')) "
        'COLLATE "C"'
    )
    output_field = TextField()


SORT_NAME = Folded(F("user__name"))


def tenants_of(user_id: int) -> list[Tenant]:
    """Tenants in which a log-in has a live membership, by name; across the walls by id only."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tenant_id FROM memberships_of(%s)", [user_id])
        ids = [row[0] for row in cursor.fetchall()]
    return list(Tenant.objects.filter(pk__in=ids).order_by("name"))


def live_memberships() -> QuerySet[Membership]:
    """Memberships of the active tenant that have neither ended nor run out."""
    today = timezone.now().date()
    rows: QuerySet[Membership] = Membership.objects.filter(
        Q(valid_until__isnull=True) | Q(valid_until__gte=today),
        ended_at__isnull=True,
        user__is_active=True,
    ).select_related("user")
    return rows.order_by("user__name", "id")


def all_memberships() -> QuerySet[Membership]:
    """Everybody who is or was a member, by name."""
    rows: QuerySet[Membership] = Membership.objects.select_related("user")
    return rows.order_by("user__name", "id")


def people(*, text: str = "", kind: str = "", state: PersonState) -> QuerySet[Membership]:
    """Members in a state, narrowed by kind and by a part of name, address or firm."""
    live = live_memberships()
    if state is PersonState.LIVE:
        rows = live
    elif state is PersonState.FORMER:
        rows = all_memberships().exclude(pk__in=live.order_by().values("pk"))
    else:
        rows = all_memberships()
    if kind:
        rows = rows.filter(kind=kind)
    for word in text.split():
        named = Q(user__name__icontains=word) | Q(user__email__icontains=word)
        rows = rows.filter(named | Q(firm__icontains=word))
    return rows


def membership_of(user_id: int) -> Membership | None:
    """The live membership of a log-in in the active tenant."""
    return live_memberships().filter(user_id=user_id).first()


def membership_by_id(public_id: str) -> Membership:
    """One membership by its uuid; raises `NotVisible`."""
    row: Membership | None = None
    with suppress(ValidationError):
        row = Membership.objects.select_related("user").filter(public_id=public_id).first()
    if row is None:
        raise NotVisible
    return row


def member_by_email(email: str, *, field: str) -> Membership:
    """A live member by e-mail; raises `Invalid` at the named field, alike for every stranger."""
    row = live_memberships().filter(user__email__iexact=email.strip()).first()
    if row is None:
        text = _("%(email)s is not a member of this tenant.") % {"email": email}
        raise Invalid({field: [text]})
    return row


def live_token(secret: str) -> ApiToken | None:
    """The live token with this secret in the active tenant, with its person."""
    row: ApiToken | None = (
        ApiToken.objects.filter(
            secret_hash=token_hash(secret),
            revoked_at__isnull=True,
            expires_at__gt=timezone.now(),
            membership__ended_at__isnull=True,
            membership__user__is_active=True,
        )
        .filter(
            Q(membership__valid_until__isnull=True)
            | Q(membership__valid_until__gte=timezone.now().date())
        )
        .select_related("membership__user")
        .first()
    )
    return row


def token_of(membership_id: int, public_id: str) -> ApiToken:
    """One of a person's own tokens that is not revoked; raises `NotVisible`."""
    token = tokens_of(membership_id).filter(public_id=public_id, revoked_at__isnull=True).first()
    if token is None:
        raise NotVisible
    return token


def tokens_of(membership_id: int) -> QuerySet[ApiToken]:
    """A person's own tokens, newest first."""
    tokens: QuerySet[ApiToken] = ApiToken.objects.filter(membership_id=membership_id)
    return tokens.order_by("-created_at")
