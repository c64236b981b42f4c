"""Every audited action, each with the sentence that history shows."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class AuditAction(models.TextChoices):
    """`<noun>.<past participle>`; the label completes «<person> …»."""

    TENANT_CREATED = "tenant.created", _("set up the tenant")
    TENANT_CHANGED = "tenant.changed", _("changed the tenant's settings")
    MEMBERSHIP_CREATED = "membership.created", _("added a person")
    MEMBERSHIP_CHANGED = "membership.changed", _("changed a person's membership")
    MEMBERSHIP_ENDED = "membership.ended", _("ended a person's membership")
    ROLE_GRANTED = "role.granted", _("granted a role")
    ROLE_REVOKED = "role.revoked", _("revoked a role")
    TOKEN_CREATED = "token.created", _("created an API token")
    TOKEN_REVOKED = "token.revoked", _("revoked an API token")
    MASTER_DATA_CREATED = "master_data.created", _("added master data")
    MASTER_DATA_CHANGED = "master_data.changed", _("changed master data")
    MASTER_DATA_DEACTIVATED = "master_data.deactivated", _("deactivated master data")
    MASTER_DATA_ACTIVATED = "master_data.activated", _("activated master data")
    FORUM_MEMBER_ADDED = "forum_member.added", _("added a forum member")
    FORUM_MEMBER_REMOVED = "forum_member.removed", _("removed a forum member")
    NODE_CREATED = "node.created", _("created")
    NODE_CHANGED = "node.changed", _("changed")
    NODE_MOVED = "node.moved", _("moved")
    NODE_DELETED = "node.deleted", _("deleted")
    MEASURE_CREATED = "measure.created", _("created the measure")
    MEASURE_CHANGED = "measure.changed", _("changed the measure")
    MEASURE_MOVED = "measure.moved", _("moved the measure")
    MEASURE_DELETED = "measure.deleted", _("deleted the measure")
    METRIC_CREATED = "metric.created", _("added a metric")
    METRIC_CHANGED = "metric.changed", _("changed a metric")
    EFFECT_CREATED = "effect.created", _("added an effect")
    EFFECT_CHANGED = "effect.changed", _("changed an effect")
    EFFECT_DELETED = "effect.deleted", _("deleted an effect")
    VALUES_CHANGED = "values.changed", _("changed values")
    IMPORT_APPLIED = "import.applied", _("imported a file")
    EXPORT_MADE = "export.made", _("took a list out")
