"""Bodies and filters of the API: what is not declared is refused, never silently ignored."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from governance.text import text_fault
from governance.web.pages import MAX_LIMIT

CODE_LENGTH, EMAIL_LENGTH = 50, 254


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses unknown and read-only fields by name, together with what else is wrong."""

    def to_internal_value(self, data: Any) -> Any:
        errors = _surplus(self.fields, data) if isinstance(data, Mapping) else {}
        try:
            known = super().to_internal_value(data)
        except serializers.ValidationError as error:
            if errors and isinstance(error.detail, dict):
                raise serializers.ValidationError({**error.detail, **errors}) from error
            raise
        if errors:
            raise serializers.ValidationError(errors)
        return known


def _surplus(fields: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, list[Any]]:
    errors: dict[str, list[Any]] = {}
    for name in data:
        if name not in fields:
            errors[name] = [_("There is no such field.")]
        elif fields[name].read_only:
            errors[name] = [_("This field is read-only.")]
    return errors


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
        required=False, max_length=1000, help_text=_("Position, from next or previous.")
    )
    limit = serializers.IntegerField(
        required=False, min_value=1, max_value=MAX_LIMIT, help_text=_("Rows in a page.")
    )


class PersonSerializer(serializers.Serializer[Any]):
    """A person as others see them."""

    email = serializers.EmailField()
    name = serializers.CharField()


class ProblemSerializer(serializers.Serializer[Any]):
    """A problem document (RFC 9457)."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.CharField()
    errors = serializers.DictField(  # type: ignore[assignment]  # a field, not the errors of this form
        child=serializers.ListField(child=serializers.CharField())
    )
    request_id = serializers.CharField()
