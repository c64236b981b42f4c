"""Bodies and filters of the API: what is not declared is refused, never silently ignored."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from governance.text import text_fault


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses unknown and read-only fields by name."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            errors = {
                name: [_("This field is read-only.") if name in self.fields else self._unknown()]
                for name in data
                if name not in self.fields or self.fields[name].read_only
            }
            if errors:
                raise serializers.ValidationError(errors)
        return super().to_internal_value(data)

    @staticmethod
    def _unknown() -> Any:
        return _("There is no such field.")


class TextField(serializers.CharField):
    """Text without control characters, up to its limit; outer blanks go."""

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        fault = text_fault(text, limit=self.max_length or 10_000, required=not self.allow_blank)
        if fault:
            raise serializers.ValidationError([fault])
        return text


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
