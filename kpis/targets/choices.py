"""Words of targets: of what kind of value they speak, and what became of a proposal."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from kpis.choices import EffectKind

# V7: a run-rate and a one-off amount are two targets and never one.
TARGET_KINDS = (EffectKind.RECURRING, EffectKind.ONE_OFF)
TARGET_KIND_CHOICES = [(kind.value, kind.label) for kind in TARGET_KINDS]


class TargetState(models.TextChoices):
    """What became of a proposed target."""

    PROPOSED = "proposed", _("Waits for approval")
    APPROVED = "approved", _("Approved")
    REFUSED = "refused", _("Refused")
    WITHDRAWN = "withdrawn", _("Withdrawn")
