"""Words of calendars."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Weekday(models.TextChoices):
    """The days of a week, Monday first as in ISO 8601."""

    MONDAY = "monday", _("Monday")
    TUESDAY = "tuesday", _("Tuesday")
    WEDNESDAY = "wednesday", _("Wednesday")
    THURSDAY = "thursday", _("Thursday")
    FRIDAY = "friday", _("Friday")
    SATURDAY = "saturday", _("Saturday")
    SUNDAY = "sunday", _("Sunday")

    @property
    def number(self) -> int:
        """1 for Monday to 7 for Sunday."""
        return list(Weekday).index(self) + 1

    @classmethod
    def numbered(cls, number: int) -> "Weekday":
        return list(cls)[number - 1]
