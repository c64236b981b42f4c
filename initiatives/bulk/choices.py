"""States of bulk edits and of the measures in them."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class BulkState(models.TextChoices):
    """How far a bulk edit is."""

    CHECKING = "checking", _("Being checked")
    CHECKED = "checked", _("Checked, nothing written yet")
    APPLYING = "applying", _("Being written")
    APPLIED = "applied", _("Changes are written")
    UNDOING = "undoing", _("Being undone")
    UNDONE = "undone", _("Undone")

    @property
    def is_working(self) -> bool:
        return self in WORKING

    @property
    def next(self) -> "BulkState":
        """Where work that is under way leads."""
        return WORKING[self]


WORKING = {
    BulkState.CHECKING: BulkState.CHECKED,
    BulkState.APPLYING: BulkState.APPLIED,
    BulkState.UNDOING: BulkState.UNDONE,
}


class BulkRowState(models.TextChoices):
    """What a bulk edit does, or did, to one measure."""

    WAITING = "waiting", _("Not checked yet")
    READY = "ready", _("Will change")
    SAME = "same", _("Stays as it is")
    REFUSED = "refused", _("Refused")
    WRITTEN = "written", _("Changed")
    UNDONE = "undone", _("Undone")
    KEPT = "kept", _("Not undone")
