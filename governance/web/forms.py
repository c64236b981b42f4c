"""What forms of all apps share: lines of text, days, versions, and refusals shown in place."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import get_language

from governance.errors import Conflict, Invalid, Refused
from governance.text import text_fault
from governance.ui.amounts import NoAmount, Reader, amount_of, typed_amount
from governance.web.refusals import refusal_text

PROSE_LENGTH = 4000


class LineField(forms.CharField):
    """One line of text without control characters, up to its limit."""

    def validate(self, value: Any) -> None:
        super().validate(value)
        fault = text_fault(value or "", limit=self.max_length or 200, required=self.required)
        if fault:
            raise ValidationError(str(fault))


class ProseField(forms.CharField):
    """Several lines of text without control characters, up to the limit of comments."""

    def __init__(self, *, rows: int = 4, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", PROSE_LENGTH)
        super().__init__(widget=forms.Textarea(attrs={"rows": rows}), **kwargs)

    def validate(self, value: Any) -> None:
        super().validate(value)
        limit = self.max_length or PROSE_LENGTH
        if fault := text_fault(value or "", limit=limit, required=self.required):
            raise ValidationError(str(fault))


class AmountField(forms.CharField):
    """An amount in the reader's spelling; empty is not zero."""

    def __init__(self, *, decimals: int, read: Reader = amount_of, **kwargs: Any) -> None:
        self.decimals, self.read = decimals, read
        attrs = {"inputmode": "decimal", "autocomplete": "off", "class": "num"}
        kwargs.setdefault("widget", forms.TextInput(attrs=attrs))
        super().__init__(required=False, **kwargs)

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        try:
            language = get_language() or "en"
            return typed_amount(text, language=language, decimals=self.decimals, read=self.read)
        except NoAmount as error:
            raise ValidationError(str(error)) from error


class DayField(forms.DateField):
    """A day, chosen with the browser's own calendar; ISO 8601 without one."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
        super().__init__(input_formats=["%Y-%m-%d"], **kwargs)


class VersionedForm(forms.Form):
    """A form over something that exists: it sends back the version that was seen."""

    seen_version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)


def field_errors(form: forms.Form) -> dict[str, list[str]]:
    """What is wrong with a form, as `Invalid` takes it."""
    return {name: [str(text) for text in texts] for name, texts in form.errors.items()}


def seen_version(data: QueryDict) -> int:
    """The version that a confirmation was asked for; raises `Invalid` where there is none."""
    form = VersionedForm(data)
    if not form.is_valid():
        raise Invalid(field_errors(form))
    version: int = form.cleaned_data["seen_version"]
    return version


@contextmanager
def refusals_in(form: forms.Form) -> Iterator[None]:
    """Show what a service refuses inside the form: field errors at their fields, the rest on top.

    The view then renders the form again with status 422. Rights, visibility and stale versions
    are not caught: they have pages of their own.
    """
    try:
        yield
    except Invalid as error:
        for name, messages in error.errors.items():
            field = name if name in form.fields else None
            form.add_error(field, [str(message) for message in messages])
    except (Refused, Conflict) as error:
        form.add_error(None, refusal_text(error))
