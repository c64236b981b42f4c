"""Documents of measures and the versions of their files."""

from django.db import models
from django.db.models.functions import Now

from governance.people.models import Membership
from governance.tenancy.fields import TenantForeignKey
from governance.tenancy.models import Addressed, TenantOwned, Versioned
from initiatives.documents.choices import DocumentKind
from initiatives.documents.rules import (
    COMMENT_LENGTH,
    FILE_NAME_LENGTH,
    REASON_LENGTH,
    TITLE_LENGTH,
)

AUTHOR_LENGTH = 400


class Document(Addressed, Versioned):
    """A document of a measure; never deleted once there, but withdrawn with a reason."""

    measure = TenantForeignKey("initiatives.Measure")
    title = models.CharField(max_length=TITLE_LENGTH)
    kind = models.CharField(max_length=20, choices=DocumentKind.choices)
    # The milestone whose acceptance rests on it (D1).
    milestone = TenantForeignKey("initiatives.Milestone", null=True)
    is_withdrawn = models.BooleanField(default=False)
    withdrawn_reason = models.CharField(max_length=REASON_LENGTH, blank=True)
    author = models.CharField(max_length=AUTHOR_LENGTH)
    added_by = TenantForeignKey(Membership, null=True)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "public_id"], name="initiatives_document_id"),
            models.CheckConstraint(
                condition=models.Q(kind__in=DocumentKind.values),
                name="initiatives_document_kind_known",
            ),
            models.CheckConstraint(
                condition=(models.Q(is_withdrawn=True) & ~models.Q(withdrawn_reason=""))
                | (models.Q(is_withdrawn=False) & models.Q(withdrawn_reason="")),
                name="initiatives_document_withdrawn",
            ),
            models.CheckConstraint(
                condition=models.Q(kind=DocumentKind.MILESTONE, milestone__isnull=False)
                | (~models.Q(kind=DocumentKind.MILESTONE) & models.Q(milestone__isnull=True)),
                name="initiatives_document_evidence",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "measure", "id"], name="initiatives_document_measure"),
            models.Index(
                fields=["tenant", "milestone"],
                condition=models.Q(milestone__isnull=False),
                name="initiatives_document_milestone",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class DocumentVersion(TenantOwned):
    """One file of a document: its bytes lie on disk under a random key, bound by their hash.

    Append-only: what somebody was shown stays what it was.
    """

    document = TenantForeignKey(Document)
    number = models.PositiveIntegerField()
    file_name = models.CharField(max_length=FILE_NAME_LENGTH)
    content_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    storage_key = models.CharField(max_length=64)
    comment = models.CharField(max_length=COMMENT_LENGTH, blank=True)
    author = models.CharField(max_length=AUTHOR_LENGTH)
    uploaded_by = TenantForeignKey(Membership, null=True)
    uploaded_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "document", "number"], name="initiatives_documentversion_number"
            ),
            models.UniqueConstraint(
                fields=["tenant", "storage_key"], name="initiatives_documentversion_stored_once"
            ),
            models.CheckConstraint(
                condition=models.Q(number__gte=1), name="initiatives_documentversion_from_one"
            ),
            models.CheckConstraint(
                condition=models.Q(size__gte=1), name="initiatives_documentversion_not_empty"
            ),
            models.CheckConstraint(
                condition=models.Q(sha256__regex=r"^[0-9a-f]{64}$"),
                name="initiatives_documentversion_hash",
            ),
            models.CheckConstraint(
                condition=models.Q(storage_key__regex=r"^[0-9a-f]{64}$"),
                name="initiatives_documentversion_storage",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.file_name} ({self.number})"
