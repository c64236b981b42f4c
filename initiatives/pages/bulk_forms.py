"""The form that changes many measures: which ones, and the new value of each field."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _

from governance.errors import Invalid
from governance.people.actor import Actor
from governance.web.lists import ids_in_order
from initiatives.bulk.rules import MOST_MEASURES
from initiatives.pages.directory import directory_for
from initiatives.pages.measure_forms import clean_dates, measure_field
from initiatives.pages.sources import choose_measures
from initiatives.selectors import visible_measures

CHOSEN, ALL = "chosen", "all"
MOST_NAMED = 500
QUERY_LENGTH = 4000


@dataclass(frozen=True, slots=True)
class Choice:
    """Which measures are meant: those named, or all that an address of the list asks for."""

    scope: str
    codes: Sequence[str]
    query: str

    @classmethod
    def of(cls, given: QueryDict) -> "Choice":
        """What a form or an address says; raises `Invalid` for what nobody can mean."""
        scope = given.get("scope", CHOSEN)
        query = given.get("query", "")
        codes = list(dict.fromkeys(given.getlist("code")))
        if scope not in {CHOSEN, ALL}:
            raise Invalid({"scope": [_("There is no such choice.")]})
        if len(codes) > MOST_NAMED or len(query) > QUERY_LENGTH:
            raise Invalid({"code": [_("These are too many; take all that match a filter.")]})
        return cls(scope, codes, query)

    def ids(self, by: Actor) -> list[int]:
        """The measures by number, in the list's order; one more than may be where they are more."""
        if self.scope == ALL:
            return ids_in_order(choose_measures(QueryDict(self.query), by))[: MOST_MEASURES + 1]
        named = [code for code in self.codes if code.isprintable()]
        rows = visible_measures(by).filter(code__in=named).order_by("id")
        return list(rows.values_list("pk", flat=True))

    def count(self, by: Actor) -> int:
        """How many they are, up to one more than may be."""
        if self.scope == ALL:
            rows = choose_measures(QueryDict(self.query), by).rows.order_by()
            return int(rows.values("pk")[: MOST_MEASURES + 1].count())
        return len(self.ids(by))


class BulkForm(forms.Form):
    """New values; an empty field stays as it is unless it is said to be emptied."""

    voids_requests = forms.BooleanField(required=False)

    def __init__(self, data: Any = None, *, offered: Sequence[str]) -> None:
        super().__init__(data)
        self.offered = offered
        directory = directory_for(offered)
        for name in offered:
            field = measure_field(name, directory)
            field.required = False
            self.fields[name] = field
            self.fields[empty_name(name)] = forms.BooleanField(
                label=_("Empty this field"), required=False
            )
        self.fields["voids_requests"].label = _("Also where a request is open, which it voids (G3)")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for name in self.offered:
            if data.get(name) is not None and data.get(empty_name(name)):
                self.add_error(name, _("Give a value or empty the field, not both."))
        return clean_dates(self, data)

    @property
    def values(self) -> dict[str, Any]:
        """The fields that change, as the service takes them."""
        data = self.cleaned_data
        return {
            name: data[name]
            for name in self.offered
            if data[name] is not None or data[empty_name(name)]
        }

    def lines(self) -> list[dict[str, forms.BoundField]]:
        """Each field with the box that empties it."""
        return [{"field": self[name], "empty": self[empty_name(name)]} for name in self.offered]


def empty_name(name: str) -> str:
    """The box that empties a field."""
    return f"empty-{name}"
