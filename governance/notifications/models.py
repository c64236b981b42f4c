"""Notices, each once per person and key, and the mails that carry them."""

from typing import Any

from django.db import models
from django.db.models.functions import Now

from governance.notifications.choices import OPEN, Delivery, DropReason, MailForm, MailState
from governance.notifications.rules import DIGEST_HOUR, QUIET_FROM, QUIET_UNTIL, Hours
from governance.people.models import Membership
from governance.tenancy.fields import TenantForeignKey
from governance.tenancy.models import Addressed, TenantOwned, Versioned

KIND_LENGTH, KEY_LENGTH, MAIL_KEY_LENGTH, REASON_LENGTH = 60, 200, 220, 300


class Mail(Addressed):
    """One mail to one person: a notice that does not wait, or the notices of a day.

    The database guards it (`governance_mail_is_kept`): whom it is for and its Message-ID never
    change, and what was sent or dropped is never sent again. What was sent is kept as it was, so
    that a repeat after a worker's end says the same.
    """

    recipient = TenantForeignKey(Membership)
    form = models.CharField(max_length=10, choices=MailForm.choices)
    key = models.CharField(max_length=MAIL_KEY_LENGTH)
    message_id = models.CharField(max_length=320)
    state = models.CharField(max_length=10, choices=MailState.choices, default=MailState.WAITING)
    due_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveIntegerField(default=0)
    round_tries = models.PositiveIntegerField(default=0)
    reason = models.CharField(max_length=REASON_LENGTH, blank=True)
    address = models.CharField(max_length=254, blank=True)
    subject = models.CharField(max_length=300, blank=True)
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    settled_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "public_id"], name="governance_mail_id"),
            models.UniqueConstraint(
                fields=["tenant", "recipient", "key"], name="governance_mail_once"
            ),
            models.UniqueConstraint(
                fields=["tenant", "message_id"], name="governance_mail_message_id"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=MailState.values), name="governance_mail_state"
            ),
            models.CheckConstraint(
                condition=models.Q(form__in=MailForm.values), name="governance_mail_form"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=OPEN, due_at__isnull=False, settled_at__isnull=True)
                | models.Q(
                    ~models.Q(state__in=OPEN), due_at__isnull=True, settled_at__isnull=False
                ),
                name="governance_mail_due_while_open",
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=[MailState.FAILED, MailState.DROPPED])
                | ~models.Q(reason=""),
                name="governance_mail_says_why",
            ),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "due_at", "id"],
                condition=models.Q(due_at__isnull=False),
                name="governance_mail_due",
            ),
            models.Index(fields=["tenant", "state", "-id"], name="governance_mail_newest"),
        ]

    def __str__(self) -> str:
        return self.message_id

    @property
    def known_state(self) -> MailState:
        return MailState(self.state)

    @property
    def said_reason(self) -> str:
        """Why it failed or was dropped, as people read it."""
        known = self.reason in DropReason.values
        return str(DropReason(self.reason).label) if known else self.reason


class Notification(Addressed):
    """Something a person is told, once however often it is found out.

    `params` are what its kind says it with, in the reader's language; they hold no secrets.
    `delivery` is the person's choice as it was; `mail` is the one that carries it, if any.
    """

    recipient = TenantForeignKey(Membership)
    kind = models.CharField(max_length=KIND_LENGTH)
    key = models.CharField(max_length=KEY_LENGTH)
    params = models.JSONField(default=dict)
    delivery = models.CharField(max_length=10, choices=Delivery.choices)
    mail = TenantForeignKey(Mail, null=True)
    caused_by = TenantForeignKey(Membership, null=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "public_id"], name="governance_notification_id"
            ),
            models.UniqueConstraint(
                fields=["tenant", "recipient", "key"], name="governance_notification_once"
            ),
            models.CheckConstraint(
                condition=models.Q(delivery__in=Delivery.values),
                name="governance_notification_delivery",
            ),
            models.CheckConstraint(
                condition=models.Q(mail__isnull=True) | ~models.Q(delivery=Delivery.OFF),
                name="governance_notification_off_has_no_mail",
            ),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "recipient", "-id"], name="governance_notification_newest"
            ),
            models.Index(
                fields=["tenant", "recipient", "-id"],
                condition=models.Q(read_at__isnull=True),
                name="governance_notification_unread",
            ),
            models.Index(
                fields=["tenant", "key"],
                condition=models.Q(read_at__isnull=True),
                name="governance_notification_key",
            ),
            models.Index(
                fields=["tenant", "recipient"],
                condition=models.Q(
                    delivery=Delivery.DIGEST, mail__isnull=True, read_at__isnull=True
                ),
                name="governance_notification_digest",
            ),
            models.Index(
                fields=["tenant", "mail"],
                condition=models.Q(mail__isnull=False),
                name="governance_notification_mail",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"

    @property
    def known_params(self) -> dict[str, Any]:
        return dict(self.params)


class NoticeChoice(TenantOwned):
    """How a person wants to hear of one kind; without a row the kind's default holds."""

    membership = TenantForeignKey(Membership)
    kind = models.CharField(max_length=KIND_LENGTH)
    delivery = models.CharField(max_length=10, choices=Delivery.choices)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "membership", "kind"], name="governance_notice_choice_once"
            ),
            models.CheckConstraint(
                condition=models.Q(delivery__in=Delivery.values),
                name="governance_notice_choice_delivery",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.delivery}"


class NoticeHours(Versioned):
    """When a person wants mails, in the tenant's time zone; its version stands for all choices."""

    membership = TenantForeignKey(Membership)
    quiet_from = models.TimeField(null=True, blank=True, default=QUIET_FROM)
    quiet_until = models.TimeField(null=True, blank=True, default=QUIET_UNTIL)
    digest_hour = models.PositiveSmallIntegerField(default=DIGEST_HOUR)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "membership"], name="governance_notice_hours_once"
            ),
            models.CheckConstraint(
                condition=models.Q(quiet_from__isnull=True, quiet_until__isnull=True)
                | models.Q(quiet_from__isnull=False, quiet_until__isnull=False),
                name="governance_notice_hours_begin_and_end",
            ),
            models.CheckConstraint(
                condition=models.Q(digest_hour__lte=23), name="governance_notice_hours_digest"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quiet_from} to {self.quiet_until}, {self.digest_hour}"

    @property
    def hours(self) -> Hours:
        return Hours(self.quiet_from, self.quiet_until, self.digest_hour)
