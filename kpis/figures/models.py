"""Stated lights: what somebody says instead of a derived light, for one reporting period."""

from django.db import models
from django.db.models.functions import Now

from governance.people.models import Membership
from governance.tenancy.fields import TenantForeignKey
from governance.tenancy.models import TenantOwned
from initiatives.models import Measure
from kpis.figures.choices import STATED, Lamp, LightName


class LightOverride(TenantOwned):
    """Append-only: the latest of a light counts until the day it expires (section 7).

    That is the end of the reporting period in which it was stated, or an earlier day.
    """

    measure = TenantForeignKey(Measure)
    light = models.CharField(max_length=16, choices=LightName.choices)
    # What the light was derived to be when somebody said otherwise.
    derived = models.CharField(max_length=5, choices=Lamp.choices)
    stated = models.CharField(max_length=5, choices=Lamp.choices)
    reason = models.TextField()
    stated_by = TenantForeignKey(Membership)
    stated_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_on = models.DateField()

    class Meta(TenantOwned.Meta):
        constraints = [
            models.CheckConstraint(
                condition=models.Q(light__in=LightName.values), name="kpis_override_light"
            ),
            models.CheckConstraint(
                condition=models.Q(stated__in=STATED) & ~models.Q(stated=models.F("derived")),
                name="kpis_override_stated",
            ),
            models.CheckConstraint(condition=~models.Q(reason=""), name="kpis_override_has_reason"),
        ]
        indexes = [
            models.Index(fields=["tenant", "measure", "light", "id"], name="kpis_override_measure"),
            models.Index(fields=["tenant", "expires_on", "id"], name="kpis_override_expires"),
        ]
