"""Bodies and filters of the API: what is not declared is refused, never silently ignored."""

from collections.abc import Mapping
from datetime import UTC, time
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from governance.text import text_fault
from governance.web.pages import MAX_LIMIT

CODE_LENGTH, EMAIL_LENGTH = 50, 254


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses unknown and read-only fields by name, together with what else is wrong.

    `shown_as` is the representation whose other fields can be seen but not written here.
    """

    shown_as: ClassVar[type[serializers.Serializer[Any]] | None] = None

    def to_internal_value(self, data: Any) -> Any:
        errors = self._surplus(data) if isinstance(data, Mapping) else {}
        try:
            known = super().to_internal_value(data)
        except serializers.ValidationError as error:
            if errors and isinstance(error.detail, dict):
                raise serializers.ValidationError({**error.detail, **errors}) from error
            raise
        if errors:
            raise serializers.ValidationError(errors)
        return known

    def _surplus(self, data: Mapping[str, Any]) -> dict[str, list[Any]]:
        shown = self.shown_as().fields if self.shown_as else self.fields
        return {
            name: [_("This field is read-only.") if name in shown else _("There is no such field.")]
            for name in data
            if name not in self.fields or self.fields[name].read_only
        }


class TextField(serializers.CharField):
    """Text without control characters, up to its limit; outer blanks go, numbers are no text."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        text = super().to_internal_value(data)
        fault = text_fault(text, limit=self.max_length or 10_000, required=not self.allow_blank)
        if fault:
            raise serializers.ValidationError([fault])
        return text


class InstantField(serializers.DateTimeField):
    """A point in time, in UTC with `Z`, whatever the tenant's time zone is."""

    timezone = UTC


@extend_schema_field({"type": "string", "pattern": r"^([01][0-9]|2[0-3]):[0-5][0-9]$"})
class WallTimeField(serializers.TimeField):
    """A time of day in the tenant's zone, `17:00`; the format `time` would ask for an offset."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"input_formats": ["%H:%M"], "format": "%H:%M", **kwargs})


def wall_time(at: time | None) -> str | None:
    """A time of day as `WallTimeField` has it."""
    return None if at is None else at.isoformat("minutes")


class CodeField(TextField):
    """The code of something, such as `PK-0034`."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": CODE_LENGTH, **kwargs})


class PersonField(serializers.EmailField):
    """A member by e-mail; null for nobody."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": EMAIL_LENGTH, "allow_null": True, **kwargs})


class ListFilters(StrictSerializer):
    """What every list takes; a list adds its own filters."""

    cursor = TextField(
        required=False, max_length=1000, help_text="Position, from next or previous."
    )
    limit = serializers.IntegerField(
        required=False, min_value=1, max_value=MAX_LIMIT, help_text="Rows in a page."
    )


class PersonSerializer(serializers.Serializer[Any]):
    """A person as others see them."""

    email = serializers.EmailField()
    name = serializers.CharField()
