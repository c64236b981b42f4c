"""Files kept for imports and exports, imports with their rows, and exports under way."""

from django.db import models
from django.db.models.functions import Now

from exchange.choices import (
    ExportFormat,
    ExportState,
    Headings,
    ImportState,
    ItemAction,
    ItemKind,
    ProfileCode,
    RowState,
)
from governance.people.models import Membership
from governance.tenancy.fields import TenantForeignKey
from governance.tenancy.models import Addressed, TenantOwned, Versioned

NAME_LENGTH = 200


class StoredFile(Addressed):
    """A file as it came or was made; its bytes stand in `FileChunk`, behind the same walls."""

    name = models.CharField(max_length=NAME_LENGTH)
    content_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "public_id"], name="exchange_file_id")
        ]


class FileChunk(TenantOwned):
    """A piece of a file: small enough that no row needs the whole of it in memory twice."""

    file = TenantForeignKey(StoredFile)
    position = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "file", "position"], name="exchange_chunk_once"
            )
        ]


class Import(Addressed, Versioned):
    """One file on its way into the tenant, from upload to undo.

    `shape` says how the file is read, `columns` what was found in it, `mapping` which column means
    what, `options` what the person chose besides; `counts` and `findings` are the last check's.
    `applied_by` is who asked for the last write: for the import, or for its undo.
    """

    file = TenantForeignKey(StoredFile, null=True)
    file_name = models.CharField(max_length=NAME_LENGTH)
    digest = models.CharField(max_length=64)
    profile = models.CharField(max_length=20, choices=ProfileCode.choices)
    state = models.CharField(
        max_length=12, choices=ImportState.choices, default=ImportState.READING
    )
    created_by = TenantForeignKey(Membership, null=True)
    applied_by = TenantForeignKey(Membership, null=True)
    author = models.CharField(max_length=300)
    shape = models.JSONField(default=dict)
    columns = models.JSONField(default=list)
    mapping = models.JSONField(default=dict)
    options = models.JSONField(default=dict)
    findings = models.JSONField(default=list)
    counts = models.JSONField(default=dict)
    failure = models.JSONField(default=dict)
    # Rows checked so far: where a second worker goes on after the first was killed.
    staged = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    applied_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "public_id"], name="exchange_import_id"),
            models.CheckConstraint(
                condition=models.Q(state__in=ImportState.values), name="exchange_import_state"
            ),
            models.CheckConstraint(
                condition=models.Q(profile__in=ProfileCode.values), name="exchange_import_profile"
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "state", "id"], name="exchange_import_state_order")
        ]

    @property
    def known_state(self) -> ImportState:
        return ImportState(self.state)


class ImportProgress(TenantOwned):
    """How far the worker is; a row of its own, because the import's is locked while it works."""

    run = TenantForeignKey(Import)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    beat_at = models.DateTimeField(db_default=Now())

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "run"], name="exchange_progress_once")
        ]


class ImportRow(TenantOwned):
    """One row of the file as it was understood.

    `draft` is what it asks for, `changes` what differs from the tenant (field to [before, after]),
    `findings` what is odd about it, `subject` the code of what became of it.
    """

    run = TenantForeignKey(Import)
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=RowState.choices)
    key = models.CharField(max_length=300)
    label = models.CharField(max_length=300, blank=True)
    subject = models.CharField(max_length=60, blank=True)
    draft = models.JSONField(default=dict)
    changes = models.JSONField(default=dict)
    findings = models.JSONField(default=list)
    has_warning = models.BooleanField(default=False)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "run", "number"], name="exchange_row_once"),
            models.CheckConstraint(
                condition=models.Q(state__in=RowState.values), name="exchange_row_state"
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "run", "state", "number"], name="exchange_row_by_state"),
            models.Index(fields=["tenant", "run", "key"], name="exchange_row_by_key"),
        ]


class ImportItem(TenantOwned):
    """One thing an import created or changed: what its undo goes by.

    `version` is the thing's version right after the import: another one now means that somebody
    built on it. `before` is what it was.
    """

    run = TenantForeignKey(Import)
    kind = models.CharField(max_length=12, choices=ItemKind.choices)
    action = models.CharField(max_length=8, choices=ItemAction.choices)
    object_id = models.BigIntegerField()
    label = models.CharField(max_length=300)
    version = models.PositiveIntegerField(default=0)
    before = models.JSONField(default=dict)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "run", "kind", "object_id"], name="exchange_item_once"
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=ItemKind.values), name="exchange_item_kind"
            ),
            models.CheckConstraint(
                condition=models.Q(action__in=ItemAction.values), name="exchange_item_action"
            ),
        ]


class ColumnMemory(TenantOwned):
    """What a heading meant the last time somebody mapped it: remembered per tenant and profile."""

    profile = models.CharField(max_length=20, choices=ProfileCode.choices)
    heading = models.CharField(max_length=200)
    field = models.CharField(max_length=60)
    updated_at = models.DateTimeField(db_default=Now())

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "profile", "heading"], name="exchange_column_memory_once"
            )
        ]


class Export(Addressed):
    """A list on its way out, for the person who asked for it and nobody else.

    `query` is the address of the list as it was seen. `attempt` says which worker's run counts: a
    run that lost its turn to another writes nothing any more.
    """

    list_name = models.CharField(max_length=60)
    query = models.TextField(blank=True)
    format = models.CharField(max_length=4, choices=ExportFormat.choices)
    headings = models.CharField(max_length=7, choices=Headings.choices, default=Headings.MACHINE)
    language = models.CharField(max_length=5, default="en")
    state = models.CharField(max_length=7, choices=ExportState.choices, default=ExportState.WAITING)
    row_count = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    attempt = models.PositiveSmallIntegerField(default=0)
    failure = models.CharField(max_length=60, blank=True)
    file = TenantForeignKey(StoredFile, null=True)
    created_by = TenantForeignKey(Membership)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    beat_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "public_id"], name="exchange_export_id"),
            models.CheckConstraint(
                condition=models.Q(state__in=ExportState.values), name="exchange_export_state"
            ),
            models.CheckConstraint(
                condition=models.Q(format__in=ExportFormat.values), name="exchange_export_format"
            ),
            models.CheckConstraint(
                condition=models.Q(headings__in=Headings.values), name="exchange_export_headings"
            ),
            models.CheckConstraint(
                condition=~models.Q(state=ExportState.DONE) | models.Q(file__isnull=False),
                name="exchange_export_done_has_file",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "created_by", "id"], name="exchange_export_of_person")
        ]

    @property
    def known_state(self) -> ExportState:
        return ExportState(self.state)

    @property
    def is_under_way(self) -> bool:
        return self.state in {ExportState.WAITING, ExportState.WORKING}
