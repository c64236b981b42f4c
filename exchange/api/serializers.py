"""Representations of imports and their rows, and the bodies that steer them."""

from collections.abc import Iterable, Mapping
from typing import Any

from rest_framework import serializers

from exchange.choices import ImportState, ProfileCode, RowState, Severity
from exchange.findings import Finding
from exchange.models import Import, ImportProgress, ImportRow
from governance.web.serializers import InstantField, ListFilters, StrictSerializer

FIELD_LENGTH, OPTION_LENGTH = 60, 200


class UploadSerializer(StrictSerializer):
    """A file and what it is about, as `multipart/form-data`."""

    profile = serializers.ChoiceField(choices=ProfileCode.choices)
    file = serializers.FileField(allow_empty_file=True, max_length=200)


class ColumnSerializer(serializers.Serializer[Any]):
    """A column of the file, by its place from zero."""

    index = serializers.IntegerField()
    name = serializers.CharField()
    samples = serializers.ListField(child=serializers.CharField())
    field = serializers.CharField(allow_blank=True, help_text="What it means; empty: left out.")


class ImportSerializer(serializers.Serializer[Any]):
    """An import and where it stands; `counts` are rows by state, `done` of `total` is progress."""

    id = serializers.UUIDField()
    file_name = serializers.CharField()
    sha256 = serializers.CharField()
    profile = serializers.ChoiceField(choices=ProfileCode.choices)
    state = serializers.ChoiceField(choices=ImportState.choices)
    done = serializers.IntegerField()
    total = serializers.IntegerField()
    shape = serializers.DictField(help_text="How the file is read: kind, encoding, separator …")
    columns = ColumnSerializer(many=True)
    options = serializers.DictField(child=serializers.CharField(allow_blank=True))
    counts = serializers.DictField(child=serializers.IntegerField())
    failure = serializers.DictField(help_text="Code and texts by place; empty where all is well.")
    created_by = serializers.CharField()
    created_at = InstantField()
    applied_at = InstantField(allow_null=True)
    undone_at = InstantField(allow_null=True)
    version = serializers.IntegerField()


class ColumnsSerializer(StrictSerializer):
    """What columns mean (place of the column to field), and options of the profile."""

    mapping = serializers.DictField(
        child=serializers.CharField(allow_blank=True, max_length=FIELD_LENGTH), required=False
    )
    options = serializers.DictField(
        child=serializers.CharField(allow_blank=True, max_length=OPTION_LENGTH), required=False
    )


class ApplySerializer(StrictSerializer):
    """The consent to leave refused rows out."""

    leaves_out_refused = serializers.BooleanField(default=False)


class FindingSerializer(serializers.Serializer[Any]):
    """A remark on a row; `column` is the heading it concerns, empty for the whole row."""

    code = serializers.CharField()
    severity = serializers.ChoiceField(choices=Severity.choices)
    column = serializers.CharField(allow_blank=True)
    text = serializers.CharField()


class ImportRowSerializer(serializers.Serializer[Any]):
    """One row; `changes` maps fields to [before, after], `subject` is the code it concerns."""

    number = serializers.IntegerField()
    state = serializers.ChoiceField(choices=RowState.choices)
    name = serializers.CharField(allow_blank=True)
    subject = serializers.CharField(allow_blank=True)
    changes = serializers.DictField()
    findings = FindingSerializer(many=True)


class RowFilters(ListFilters):
    """Which rows."""

    state = serializers.ChoiceField(choices=RowState.choices, required=False)


def import_body(run: Import, progress: ImportProgress) -> dict[str, Any]:
    """The representation of one import."""
    return {
        "id": run.public_id,
        "file_name": run.file_name,
        "sha256": run.digest,
        "profile": run.profile,
        "state": run.state,
        "done": progress.done,
        "total": progress.total or run.total,
        "shape": run.shape,
        "columns": [_column(run, index, column) for index, column in enumerate(run.columns)],
        "options": run.options,
        "counts": run.counts,
        "failure": run.failure,
        "created_by": run.author,
        "created_at": run.created_at,
        "applied_at": run.applied_at,
        "undone_at": run.undone_at,
        "version": run.version,
    }


def _column(run: Import, index: int, column: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "index": index,
        "name": column["name"],
        "samples": column["samples"],
        "field": run.mapping.get(str(index), ""),
    }


def import_bodies(runs: Iterable[Import]) -> list[dict[str, Any]]:
    """Representations of several imports; one query more."""
    rows = list(runs)
    known = {p.run_id: p for p in ImportProgress.objects.filter(run__in=rows)}
    bodies = (import_body(run, known[run.pk]) for run in rows)
    return [dict(ImportSerializer(body).data) for body in bodies]


def row_bodies(rows: Iterable[ImportRow]) -> list[dict[str, Any]]:
    return [
        {
            "number": row.number,
            "state": row.state,
            "name": row.label,
            "subject": row.subject,
            "changes": row.changes,
            "findings": [_finding(Finding.from_data(data)) for data in row.findings],
        }
        for row in rows
    ]


def _finding(finding: Finding) -> dict[str, str]:
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "column": finding.column,
        "text": finding.text,
    }
