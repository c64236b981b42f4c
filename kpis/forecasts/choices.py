"""Words of variances: why a forecast differs from its baseline (V6, F7)."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class VarianceCode(models.TextChoices):
    """The closed list of reasons for a variance."""

    DELAYED = "delayed", _("Delayed")
    DESCOPED = "descoped", _("Descoped")
    UNDER_DELIVERY = "under_delivery", _("Under-delivery")
    OVER_DELIVERY = "over_delivery", _("Over-delivery")
    PRICE_OR_VOLUME = "price_or_volume", _("Price or volume")
    FX = "fx", _("Exchange rate")
    DOUBLE_COUNT = "double_count", _("Double count")
    OTHER = "other", _("Other")
