"""Audit events and the seals over them. No foreign keys to people: labels are stored."""

from django.db import models
from django.db.models.functions import Now

from governance.audit.choices import AuditAction
from governance.tenancy.models import TenantOwned

UUID_PATTERN = "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"


class CurrentTransaction(models.Func):
    """The number of the transaction that writes the row; seals go by it, never by the row's id."""

    template = "(pg_current_xact_id()::text::bigint)"
    output_field = models.BigIntegerField()


class FromBody(models.Func):
    """A text taken out of the body, so that no column can say other than what is hashed."""

    template = "((body)::jsonb #>> '{%(path)s}'::text[])"
    output_field = models.TextField()

    def __init__(self, *expressions: str, path: str) -> None:
        super().__init__(*expressions, path=path)


def _from_body(path: str) -> models.GeneratedField:
    return models.GeneratedField(
        expression=FromBody("body", path=path), output_field=models.TextField(), db_persist=True
    )


class AuditEvent(TenantOwned):
    """One change. `body` is exactly the bytes that are hashed: canonical JSON, UTF-8."""

    body = models.TextField()
    txid = models.BigIntegerField(db_default=CurrentTransaction(), editable=False)
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)
    public_id = _from_body("id")
    action = _from_body("action")
    subject_type = _from_body("subject,type")
    subject_key = _from_body("subject,key")
    actor_email = _from_body("actor,email")

    class Meta(TenantOwned.Meta):
        constraints = [
            # An event without an id could never be sealed, and would hold up all after it.
            models.CheckConstraint(
                condition=models.Q(
                    public_id__isnull=False, public_id__regex=UUID_PATTERN, action__isnull=False
                ),
                name="governance_audit_body",
            )
        ]
        indexes = [
            models.Index(fields=["tenant", "txid", "id"], name="governance_audit_seal_order"),
            models.Index(
                fields=["tenant", "subject_type", "subject_key", "id"],
                name="governance_audit_subject",
            ),
            models.Index(fields=["tenant", "actor_email", "id"], name="governance_audit_actor"),
            models.Index(fields=["tenant", "action", "id"], name="governance_audit_action"),
            models.Index(fields=["tenant", "recorded_at", "id"], name="governance_audit_time"),
        ]

    @property
    def known_action(self) -> AuditAction:
        return AuditAction(self.action)


class AuditSeal(TenantOwned):
    """One batch of the chain: all events with `from_txid <= txid < to_txid`.

    `leaves` holds 48 bytes an event in order: its uuid (16) and the SHA-256 of its body (32), so
    that verification names the very event that was edited or is missing. `running_total` counts
    the events of all batches up to this one, so that nobody has to add up the chain to say it.
    """

    batch = models.BigIntegerField()
    from_txid = models.BigIntegerField()
    to_txid = models.BigIntegerField()
    event_count = models.PositiveIntegerField()
    running_total = models.BigIntegerField(default=0, db_default=0)
    leaves = models.BinaryField()
    hash = models.BinaryField()
    sealed_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "batch"], name="governance_seal_batch"),
            models.UniqueConstraint(fields=["tenant", "from_txid"], name="governance_seal_from"),
            models.CheckConstraint(
                condition=models.Q(to_txid__gt=models.F("from_txid"), event_count__gt=0),
                name="governance_seal_range",
            ),
        ]
