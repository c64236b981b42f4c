"""What the list of KPIs is narrowed by, and how an address says it."""

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from governance.errors import Invalid
from governance.web.forms import LineField
from kpis.indicators.choices import Direction, Rhythm, Standing

PAGING = ("rhythm", "cursor")


class KpiFilterForm(forms.Form):
    """What the list is narrowed by; empty means all."""

    q = LineField(
        label=gettext_lazy("Search"),
        required=False,
        max_length=200,
        widget=forms.TextInput(
            attrs={"type": "search", "placeholder": gettext_lazy("Code or words of the name")}
        ),
    )
    objective = LineField(label=gettext_lazy("Objective"), required=False, max_length=50)
    direction = forms.ChoiceField(
        label=gettext_lazy("Direction"),
        required=False,
        choices=[("", gettext_lazy("All directions")), *Direction.choices],
    )
    standing = forms.ChoiceField(
        label=gettext_lazy("Last reported period"),
        required=False,
        choices=[("", gettext_lazy("No matter")), *Standing.choices],
    )

    @property
    def active(self) -> int:
        return sum(1 for value in self.cleaned_data.values() if value)


def parsed(query: QueryDict) -> KpiFilterForm:
    """The filters of an address; raises `Invalid` naming each it refuses."""
    known = {*KpiFilterForm.base_fields, *PAGING}
    errors: dict[str, list[Any]] = {
        name: [_("There is no such filter here.")] for name in query if name not in known
    }
    errors |= {
        name: [_("Give this filter once.")] for name in query if len(query.getlist(name)) > 1
    }
    form = KpiFilterForm(query)
    if not form.is_valid():
        errors |= {name: [str(text) for text in texts] for name, texts in form.errors.items()}
    if query.get("rhythm", "") not in {"", *Rhythm.values}:
        errors["rhythm"] = [_("There is no such rhythm.")]
    if errors:
        raise Invalid(errors)
    return form
