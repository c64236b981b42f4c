"""How a notice reaches somebody, what notices are about, and where a mail stands."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Delivery(models.TextChoices):
    """Whether a notice also goes by mail; in the product it is always shown."""

    AT_ONCE = "at_once", _("Mail at once")
    DIGEST = "digest", _("In the daily mail")
    OFF = "off", _("No mail")


class NoticeGroup(models.TextChoices):
    """What notices are about, in the order in which people are told."""

    ESCALATIONS = "escalations", _("Escalations")
    EXCEPTIONS = "exceptions", _("Exceptions")
    DECISIONS = "decisions", _("Decisions")
    RHYTHM = "rhythm", _("Updates and reports")
    FIGURES = "figures", _("Figures and periods")
    SET_UP = "set_up", _("Set-up")


class MailForm(models.TextChoices):
    """What a mail carries."""

    NOTICE = "notice", _("one notice")
    DIGEST = "digest", _("the day's notices")


class MailState(models.TextChoices):
    """Where a mail stands."""

    WAITING = "waiting", _("waits")
    SENDING = "sending", _("is being sent")
    SENT = "sent", _("sent")
    FAILED = "failed", _("failed")
    DROPPED = "dropped", _("not sent")


class DropReason(models.TextChoices):
    """Why a mail was not sent after all."""

    HAS_LEFT = "has_left", _("The person is no longer a member.")
    WAS_READ = "was_read", _("It was read in Tollgate before.")
    IS_OFF = "is_off", _("The person turned mails of this kind off.")


# Mails that a worker still looks at; each of them is due at some time.
OPEN = (MailState.WAITING, MailState.SENDING)
# Mails nobody looks at again.
FINAL = (MailState.SENT, MailState.DROPPED)
