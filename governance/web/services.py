"""Answers kept for idempotency keys, so that the same call sent again gets the same answer."""

import hashlib
import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.utils.encoders import JSONEncoder

from governance.errors import DomainError, Invalid
from governance.people.actor import Actor
from governance.tenancy.context import active_tenant_id
from governance.web.models import IdempotencyKey

KEY_LENGTH = 200
KEPT_HOURS = 24
TABLE = IdempotencyKey._meta.db_table
# The key's row comes first: a second caller waits here until the first has committed or failed.
CLAIM = f"""
    INSERT INTO {TABLE} (tenant_id, caller, key, fingerprint, headers)
    VALUES (%s, %s, %s, %s, '{{}}')
    ON CONFLICT (tenant_id, caller, key) DO UPDATE
    SET fingerprint = excluded.fingerprint, status = NULL, created_at = now()
    WHERE {TABLE}.created_at < now() - make_interval(hours => %s)
    RETURNING id
"""  # noqa: S608  # the table's name is ours
OLD_KEYS = 100


@dataclass(frozen=True, slots=True)
class Claim:
    """A key's row; `is_first` tells the call that does the work from one that gets its answer."""

    row: IdempotencyKey
    is_first: bool


def fingerprint_of(address: str, body: Any) -> str:
    """What was asked, in short: the address and the body, whatever the order of its names."""
    text = json.dumps(body, sort_keys=True, cls=JSONEncoder)
    return hashlib.sha256(f"{address}\n{text}".encode()).hexdigest()


def key_claim(*, key: str, fingerprint: str, by: Actor) -> Claim:
    """Claim a key for this call, in the transaction of the work; an error gives it back.

    Keys belong to one token, or to one member for sessions. Raises `Invalid` for a key that cannot
    be kept and `DomainError("idempotency_key_reused")` where it came with another body before.
    """
    if len(key) > KEY_LENGTH or not key.isprintable():
        raise Invalid({"Idempotency-Key": [_("At most 200 printable characters.")]})
    caller = f"token:{by.token_id}" if by.token_id else f"member:{by.membership_id}"
    _forget_old_keys(caller)
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, [active_tenant_id(), caller, key, fingerprint, KEPT_HOURS])
        is_first = cursor.fetchone() is not None
    row: IdempotencyKey = IdempotencyKey.objects.get(caller=caller, key=key)
    if row.fingerprint != fingerprint:
        raise DomainError("idempotency_key_reused")
    return Claim(row, is_first)


def _forget_old_keys(caller: str) -> None:
    """A caller who brings a new key takes a few old ones away, so that none are left to sweep."""
    old = IdempotencyKey.objects.filter(
        caller=caller, created_at__lt=timezone.now() - timedelta(hours=KEPT_HOURS)
    )
    some = old.select_for_update(skip_locked=True).values_list("pk", flat=True)[:OLD_KEYS]
    if found := list(some):
        IdempotencyKey.objects.filter(pk__in=found).delete()


def answer_keep(*, row: IdempotencyKey, status: int, body: Any, headers: dict[str, str]) -> None:
    """Keep the answer of the call that claimed the key, for 24 hours from now."""
    row.status, row.headers = status, headers
    # As one text: jsonb would sort the names, and the answer would not be the same to the byte.
    row.body = json.dumps(body, cls=JSONEncoder)
    row.created_at = timezone.now()
    row.save()


def kept_body(row: IdempotencyKey) -> Any:
    """The body of a kept answer."""
    return json.loads(str(row.body))
