"""Reading exports: one's own and nobody else's, and their files."""

import tempfile
import uuid
from collections.abc import Iterator
from typing import IO

from django.db.models import QuerySet

from exchange.models import Export, FileChunk, StoredFile
from governance.errors import NotVisible
from governance.people.actor import Actor
from governance.web.pages import Order

NEWEST_FIRST = Order("created", "id", is_descending=True)


def exports_of(by: Actor) -> QuerySet[Export]:
    """What this person asked for; nobody sees what others took out."""
    rows: QuerySet[Export] = Export.objects.filter(created_by=by.membership_id)
    return rows.select_related("file")


def export_by_id(public_id: str | uuid.UUID, *, by: Actor) -> Export:
    """One of one's own exports; raises `NotVisible`."""
    found = exports_of(by).filter(public_id=public_id).first()
    if found is None:
        raise NotVisible
    return found


def pieces_of(file: StoredFile) -> Iterator[bytes]:
    """The bytes of a kept file, piece by piece."""
    pieces = FileChunk.objects.filter(file=file).order_by("position")
    for content in pieces.values_list("content", flat=True).iterator(chunk_size=1):
        yield bytes(content)


def content_of(file: StoredFile) -> bytes:
    """The bytes of a small file."""
    return b"".join(pieces_of(file))


def copied_to_disk(file: StoredFile) -> IO[bytes]:
    """The bytes of a large file in a nameless one on disk, ready to be read."""
    target = tempfile.TemporaryFile()  # noqa: SIM115  # the answer that sends it closes it
    for piece in pieces_of(file):
        target.write(piece)
    target.seek(0)
    return target
