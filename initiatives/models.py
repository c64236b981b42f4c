"""Measures and their status reports. The nodes above them are the tree's (`governance.tree`)."""

from functools import reduce
from operator import or_

from django.db import models
from django.db.models.functions import Now

from governance.masterdata.models import BusinessUnit, Forum, Function, LegalEntity
from governance.people.models import Membership
from governance.tenancy.fields import TenantForeignKey
from governance.tenancy.models import Addressed, TenantOwned, Versioned
from governance.text import SORT_KEY_LENGTH
from governance.tree.models import Node
from initiatives.bulk.models import BulkEdit, BulkEditRow
from initiatives.choices import GovernabilityField, Light, Overlay, ReportSource, Stage
from initiatives.documents.models import Document, DocumentVersion
from initiatives.milestones.models import Milestone
from initiatives.rhythm.models import ReportingCalendar
from initiatives.rules_reports import FIRST_REPORT
from initiatives.stage_models.choices import Track
from initiatives.stage_models.models import StageModelVersion

__all__ = [
    "Attestation",
    "BulkEdit",
    "BulkEditRow",
    "Document",
    "DocumentVersion",
    "Measure",
    "Milestone",
    "ReportingCalendar",
    "StageModelVersion",
    "StatusReport",
]

# Without these seven a measure cannot be governed (section 2).
UNGOVERNABLE = reduce(
    or_, (models.Q(**{f"{name}__isnull": True}) for name in GovernabilityField.values)
)


class Measure(Versioned):
    """The atom of governance. It carries its package only; everything above is the tree's.

    Stage and overlay change through gates alone (G1): the database refuses any other stage on
    insert and any change of it until a decision stands behind it.
    """

    code = models.CharField(max_length=20)
    name = models.CharField(max_length=200)
    sort_key = models.CharField(max_length=SORT_KEY_LENGTH, db_collation="C")
    description = models.TextField(blank=True)
    package = TenantForeignKey(Node)
    stage = models.CharField(max_length=12, choices=Stage.choices, default=Stage.IDENTIFIED)
    overlay = models.CharField(max_length=10, choices=Overlay.choices, default=Overlay.ACTIVE)
    owner = TenantForeignKey(Membership, null=True)
    sponsor = TenantForeignKey(Membership, null=True)
    controller = TenantForeignKey(Membership, null=True)
    business_unit = TenantForeignKey(BusinessUnit, null=True)
    function = TenantForeignKey(Function, null=True)
    legal_entity = TenantForeignKey(LegalEntity, null=True)
    forum = TenantForeignKey(Forum, null=True)
    # Who takes the change over into daily work and says with the sponsor that it is done (T4).
    receiver = TenantForeignKey(Membership, null=True)
    planned_start = models.DateField(null=True)
    planned_end = models.DateField(null=True)
    calculation_method = models.TextField(blank=True, default="", db_default="")
    # The version a measure started on stays with it: its weights and gates hold (section 3). Never
    # empty: a trigger puts a new row that names none on the tenant's standard model.
    stage_model = TenantForeignKey(StageModelVersion, null=True)
    track = models.CharField(
        max_length=8, choices=Track.choices, default=Track.STANDARD, db_default=Track.STANDARD
    )
    stage_since = models.DateTimeField(db_default=Now())
    rework_count = models.PositiveSmallIntegerField(default=0, db_default=0)
    # When a hold is looked at again, at the latest (T9).
    review_on = models.DateField(null=True)
    # Sum of the headline metric's plan in minor units, for sorting: a bigint compares leakproof.
    value_minor = models.BigIntegerField(default=0, editable=False)
    source_key = models.CharField(max_length=200, blank=True)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "code"], name="initiatives_measure_code"),
            models.UniqueConstraint(
                fields=["tenant", "source_key"],
                condition=~models.Q(source_key=""),
                name="initiatives_measure_source",
            ),
            models.CheckConstraint(
                condition=models.Q(stage__in=Stage.values), name="initiatives_measure_stage_known"
            ),
            models.CheckConstraint(
                condition=models.Q(overlay__in=Overlay.values),
                name="initiatives_measure_overlay_known",
            ),
            models.CheckConstraint(
                condition=models.Q(owner__isnull=True)
                | models.Q(sponsor__isnull=True)
                | ~models.Q(owner=models.F("sponsor")),
                name="initiatives_measure_owner_not_sponsor",
            ),
            models.CheckConstraint(
                condition=models.Q(controller__isnull=True)
                | (
                    (models.Q(owner__isnull=True) | ~models.Q(controller=models.F("owner")))
                    & (models.Q(sponsor__isnull=True) | ~models.Q(controller=models.F("sponsor")))
                ),
                name="initiatives_measure_controller_judges_others",
            ),
            models.CheckConstraint(
                condition=models.Q(receiver__isnull=True)
                | (
                    (models.Q(owner__isnull=True) | ~models.Q(receiver=models.F("owner")))
                    & (models.Q(sponsor__isnull=True) | ~models.Q(receiver=models.F("sponsor")))
                ),
                name="initiatives_measure_receiver_is_another",
            ),
            models.CheckConstraint(
                condition=models.Q(track__in=Track.values), name="initiatives_measure_track_known"
            ),
            models.CheckConstraint(
                condition=models.Q(planned_end__isnull=True)
                | models.Q(planned_start__isnull=True)
                | models.Q(planned_end__gte=models.F("planned_start")),
                name="initiatives_measure_dates",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "package", "id"], name="initiatives_measure_package"),
            models.Index(fields=["tenant", "sort_key", "id"], name="initiatives_measure_name"),
            models.Index(fields=["tenant", "value_minor", "id"], name="initiatives_measure_value"),
            models.Index(fields=["tenant", "updated_at", "id"], name="initiatives_measure_updated"),
            models.Index(fields=["tenant", "owner", "id"], name="initiatives_measure_owner"),
            models.Index(
                fields=["tenant", "review_on", "id"],
                condition=models.Q(overlay=Overlay.ON_HOLD),
                name="initiatives_measure_review",
            ),
            *(
                models.Index(
                    fields=["tenant", name, "id"],
                    condition=models.Q(**{f"{name}__isnull": False}),
                    name=f"initiatives_measure_{word}",
                )
                for name, word in (
                    ("business_unit", "unit"),
                    ("function", "function"),
                    ("legal_entity", "entity"),
                )
            ),
            # What finance looks at: nothing that is only written down costs it an entry.
            models.Index(
                fields=["tenant", "controller", "stage"],
                condition=models.Q(
                    overlay=Overlay.ACTIVE,
                    stage__in=[Stage.DECIDED, Stage.IMPLEMENTED, Stage.CLOSED],
                ),
                name="initiatives_measure_controlled",
            ),
            models.Index(
                fields=["tenant", "value_minor", "id"],
                condition=UNGOVERNABLE,
                name="initiatives_measure_missing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    @property
    def doi(self) -> int:
        return Stage(self.stage).doi

    @property
    def path(self) -> str:
        """Where the measure stands, for rights: the path of its package."""
        path: str = self.package.path
        return path


class StatusReport(Addressed, Versioned):
    """How somebody rated a measure on a day; frozen once a later one stands (R4)."""

    measure = TenantForeignKey(Measure)
    reported_on = models.DateField()
    # Who rated, where that is not the measure's own side: "IPA"; part of the key.
    rater = models.CharField(max_length=120, blank=True)
    light = models.CharField(max_length=5, choices=Light.choices)
    # The source's own words, which the five lights may have made coarser: "Amber/Red".
    stated = models.CharField(max_length=200, blank=True)
    commentary = models.TextField(blank=True)
    achieved = models.TextField(blank=True, default="", db_default="")
    next_steps = models.TextField(blank=True, default="", db_default="")
    decision_needed = models.TextField(blank=True, default="", db_default="")
    # The due day of the reporting period that it answers, and when that was due (R1); none where no
    # rhythm held, or somebody else rated, or it came by an import.
    answers_on = models.DateField(null=True, editable=False)
    due_at = models.DateTimeField(null=True, editable=False)
    source = models.CharField(max_length=6, choices=ReportSource.choices)
    author = models.CharField(max_length=400)
    added_by = TenantForeignKey(Membership, null=True)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "public_id"], name="initiatives_statusreport_id"
            ),
            models.UniqueConstraint(
                fields=["tenant", "measure", "reported_on", "rater"],
                name="initiatives_statusreport_key",
            ),
            models.CheckConstraint(
                condition=models.Q(light__in=Light.values),
                name="initiatives_statusreport_light_known",
            ),
            models.CheckConstraint(
                condition=models.Q(source__in=ReportSource.values),
                name="initiatives_statusreport_source_known",
            ),
            models.CheckConstraint(
                condition=models.Q(reported_on__gte=FIRST_REPORT),
                name="initiatives_statusreport_day",
            ),
            models.CheckConstraint(
                condition=models.Q(answers_on__isnull=True, due_at__isnull=True)
                | models.Q(answers_on__isnull=False, due_at__isnull=False, rater=""),
                name="initiatives_statusreport_period",
            ),
        ]
        indexes = [
            # Read backwards: newest first, for one measure and for the latest of many.
            models.Index(
                fields=["tenant", "measure", "reported_on", "id"],
                name="initiatives_report_newest",
            )
        ]

    def __str__(self) -> str:
        return f"{self.reported_on} {self.light}"

    @property
    def is_late(self) -> bool:
        """Whether it came after its period was due; never where no rhythm held."""
        return self.due_at is not None and self.created_at > self.due_at


class Attestation(TenantOwned):
    """Somebody in a named role vouches for a criterion of a measure's gate (G4); may lapse."""

    measure = TenantForeignKey(Measure)
    criterion = models.CharField(max_length=60)
    role = models.CharField(max_length=24)
    attested_by = TenantForeignKey(Membership)
    attested_at = models.DateTimeField(db_default=Now())
    note = models.TextField(blank=True)
    # Of what the gate judges: attested as things stood, and no longer once they change.
    snapshot_hash = models.CharField(max_length=64)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "measure", "criterion"], name="initiatives_attestation_once"
            )
        ]
