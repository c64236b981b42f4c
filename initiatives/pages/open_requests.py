"""The filters of the list of open requests, as other pages lead to it."""

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy

from governance.errors import Invalid
from governance.web.forms import LineField
from initiatives.choices import Stage
from initiatives.gates.listing import RequestFilters


class OpenRequestForm(forms.Form):
    """What open requests are narrowed by; empty means all."""

    overdue = forms.BooleanField(label=gettext_lazy("Overdue"), required=False)
    stage = forms.ChoiceField(label=gettext_lazy("Stage"), required=False, choices=Stage.choices)
    place = LineField(label=gettext_lazy("Place"), required=False, max_length=50)
    business_unit = LineField(label=gettext_lazy("Business unit"), required=False, max_length=50)
    function = LineField(label=gettext_lazy("Function"), required=False, max_length=50)
    legal_entity = LineField(label=gettext_lazy("Legal entity"), required=False, max_length=50)
    owner = LineField(label=gettext_lazy("Owner"), required=False, max_length=254)

    @property
    def filters(self) -> RequestFilters:
        return RequestFilters(**self.cleaned_data)

    def chosen(self, query: QueryDict) -> list[dict[str, str]]:
        """The filters that are set, each with the address of the list without it."""
        return [
            {"label": str(field.label), "value": self._word(name), "url": _without(query, name)}
            for name, field in self.fields.items()
            if self.cleaned_data[name]
        ]

    def _word(self, name: str) -> str:
        value: Any = self.cleaned_data[name]
        return "" if value is True else str(dict(Stage.choices).get(value, value))


def open_filters(query: QueryDict) -> OpenRequestForm:
    """What an address asks for; raises `Invalid` by filter."""
    form = OpenRequestForm(query)
    if not form.is_valid():
        raise Invalid({name: [str(t) for t in texts] for name, texts in form.errors.items()})
    return form


def _without(query: QueryDict, name: str) -> str:
    rest = query.copy()
    for gone in (name, "cursor"):
        rest.pop(gone, None)
    return f"?{rest.urlencode()}"
