"""Keeping files in pieces behind the tenant's walls."""

import hashlib
from collections.abc import Iterable

from django.db import transaction

from exchange.models import NAME_LENGTH, FileChunk, StoredFile
from governance.people.actor import Actor
from governance.text import has_control_characters

PIECE = 1024 * 1024
NAMELESS = "file"


def safe_name(name: str) -> str:
    """A name fit for a heading and a download: no folders, nothing unprintable."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1].strip()
    if has_control_characters(last):
        last = "".join(char if char.isprintable() else "_" for char in last)
    return last[-NAME_LENGTH:] or NAMELESS


@transaction.atomic
def file_store(*, name: str, content: Iterable[bytes], content_type: str, by: Actor) -> StoredFile:
    """Keep a file; it is read in whatever pieces it comes in and kept in pieces of a megabyte."""
    by.require_writing()
    file: StoredFile = StoredFile.objects.create(
        name=safe_name(name), content_type=content_type, size=0, sha256=""
    )
    digest, size, position = hashlib.sha256(), 0, 0
    waiting = bytearray()
    for part in content:
        digest.update(part)
        size += len(part)
        waiting += part
        while len(waiting) >= PIECE:
            FileChunk.objects.create(file=file, position=position, content=bytes(waiting[:PIECE]))
            del waiting[:PIECE]
            position += 1
    if waiting:
        FileChunk.objects.create(file=file, position=position, content=bytes(waiting))
    file.size, file.sha256 = size, digest.hexdigest()
    file.save(update_fields=["size", "sha256"])
    return file


@transaction.atomic
def file_delete(*, file: StoredFile, by: Actor) -> None:
    """Take a file away with its pieces; whoever points at it has let go of it."""
    by.require_writing()
    FileChunk.objects.filter(file=file).delete()
    StoredFile.objects.filter(pk=file.pk).delete()
