"""What becomes of a task that failed, and the kinds of failure."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class TaskState(models.TextChoices):
    """Where a failed task stands."""

    WAITING = "waiting", _("waits for its next try")
    SENT = "sent", _("is being tried again")
    DEAD = "dead", _("dead letter")
    DONE = "done", _("done after all")
    DISCARDED = "discarded", _("discarded")


# A task has at most one row in these states; the others are history.
OPEN = (TaskState.WAITING, TaskState.SENT, TaskState.DEAD)
UNDER_WAY = (TaskState.WAITING, TaskState.SENT)
SETTLED = (TaskState.DONE, TaskState.DISCARDED)


class FailureKind(models.TextChoices):
    """Why a try failed, which decides whether another one makes sense."""

    REFUSED = "refused", _("refused by a rule")
    TRANSIENT = "transient", _("something was away")
    FAULT = "fault", _("unexpected error")
    LOST = "lost", _("the worker ended in the middle of it")
