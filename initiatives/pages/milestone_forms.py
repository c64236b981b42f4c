"""Forms of milestones: a new one, one that is changed, and what is said about one."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from governance.web.forms import DayField, LineField, VersionedForm
from initiatives.choices import Stage
from initiatives.milestones.models import Milestone
from initiatives.milestones.rules import (
    FIELDS,
    LEAST_WEIGHT,
    MOST_WEIGHT,
    PLAN_FIELDS,
    REASON_LENGTH,
    TITLE_LENGTH,
)
from initiatives.milestones.services import MilestoneDraft
from initiatives.pages.directory import PersonField, directory_for
from initiatives.pages.measure_forms import Section
from initiatives.pages.seen import SeenForm, disabled
from initiatives.rules import plan_is_frozen


def milestone_fields(acceptor: Any = None) -> dict[str, forms.Field]:
    """The fields of a milestone in the order of the form."""
    return {
        "title": LineField(label=_("Title"), max_length=TITLE_LENGTH),
        "weight": forms.IntegerField(
            label=_("Weight"),
            min_value=LEAST_WEIGHT,
            max_value=MOST_WEIGHT,
            help_text=_("From 1 to 100: its share in the implementation."),
        ),
        "is_critical": forms.TypedChoiceField(
            label=_("Critical"),
            choices=[("False", _("No")), ("True", _("Yes"))],
            coerce=_is_yes,
            help_text=_("A critical milestone is accepted on evidence alone."),
        ),
        "plan_on": DayField(label=_("Planned day"), required=False),
        "forecast_on": DayField(label=_("Expected day"), required=False),
        "acceptor": PersonField(
            directory_for(["owner"]).people,
            acceptor,
            label=_("Accepted by"),
            help_text=_("Whoever receives the result, never the owner of the measure (S1)."),
        ),
    }


def _is_yes(text: str) -> bool:
    return text == "True"


def shown(milestone: Milestone, name: str) -> str:
    """A field's value as its input shows it."""
    value = getattr(milestone, name)
    if value is None:
        return ""
    return str(value.email) if name == "acceptor" else str(value)


class NewMilestoneForm(forms.Form):
    """A milestone to be."""

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, initial={"weight": LEAST_WEIGHT})
        self.fields.update(milestone_fields())

    @property
    def sections(self) -> list[Section]:
        return [Section("", self.visible_fields())]

    @property
    def draft(self) -> MilestoneDraft:
        return MilestoneDraft(**self.cleaned_data)


class MilestoneForm(SeenForm):
    """A milestone that is changed; a passed T3 leaves the forecast alone open (V2)."""

    def __init__(self, data: Any = None, *, milestone: Milestone) -> None:
        super().__init__(data, current={name: shown(milestone, name) for name in FIELDS})
        fields = milestone_fields(milestone.acceptor)
        if plan_is_frozen(Stage(milestone.measure.stage)):
            for name in PLAN_FIELDS:
                disabled(fields[name], _("Frozen by a passed gate (V2)."))
        self.fields.update(fields)
        # Not into `self.initial`, which is `current`: the version is no field that people change.
        self.initial = {**self.current, "seen_version": milestone.version}

    @property
    def sections(self) -> list[Section]:
        return [Section("", self.visible_fields())]


class DoneForm(VersionedForm):
    """When a milestone was done."""

    actual_on = DayField(label=gettext_lazy("Day it was done"))

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, initial={"actual_on": timezone.localdate()})


class ReturnForm(VersionedForm):
    """Why a milestone is given back."""

    reason = LineField(label=gettext_lazy("What is still missing"), max_length=REASON_LENGTH)


class AcceptForm(VersionedForm):
    """Nothing but the version that was seen."""
