"""Versions of stage models."""

import json
from functools import cached_property

from django.db import models

from governance.people.models import Membership
from governance.tenancy.fields import TenantForeignKey
from governance.tenancy.models import TenantOwned, Versioned
from initiatives.stage_models.choices import ModelState
from initiatives.stage_models.definition import Definition, read_definition

STANDARD_CODE = "standard"


class StageModelVersion(Versioned):
    """One version of a stage model; proposed by one person, published by another (S5).

    The product itself publishes the shipped one: then nobody stands in `published_by`.
    """

    code = models.CharField(max_length=30)
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=120)
    definition = models.TextField()
    note = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=ModelState.choices, default=ModelState.DRAFT)
    proposed_by = TenantForeignKey(Membership, null=True)
    published_by = TenantForeignKey(Membership, null=True)
    published_at = models.DateTimeField(null=True)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "code", "number"], name="initiatives_stagemodel_number"
            ),
            models.UniqueConstraint(
                fields=["tenant", "code"],
                condition=models.Q(state=ModelState.PUBLISHED),
                name="initiatives_stagemodel_one_published",
            ),
            models.UniqueConstraint(
                fields=["tenant", "code"],
                condition=models.Q(state=ModelState.DRAFT),
                name="initiatives_stagemodel_one_draft",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=ModelState.values),
                name="initiatives_stagemodel_state_known",
            ),
            models.CheckConstraint(
                condition=models.Q(published_by__isnull=True)
                | ~models.Q(published_by=models.F("proposed_by")),
                name="initiatives_stagemodel_second_person",
            ),
            models.CheckConstraint(
                condition=models.Q(state=ModelState.DRAFT, published_at__isnull=True)
                | (~models.Q(state=ModelState.DRAFT) & models.Q(published_at__isnull=False)),
                name="initiatives_stagemodel_published_at",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.number}"

    @cached_property
    def read(self) -> Definition:
        """What the version says; read once for each row that is loaded."""
        return read_definition(json.loads(self.definition))

    @property
    def plain(self) -> object:
        return json.loads(self.definition)

    @property
    def policy(self) -> str:
        """How requests name the version they were submitted under: `standard 3`."""
        return f"{self.code} {self.number}"
