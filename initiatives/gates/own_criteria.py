"""Automatic criteria over what the measure itself holds (T2 to T5)."""

from collections.abc import Callable
from typing import Any

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from approvals.selectors import open_conditions
from initiatives.choices import GovernabilityField
from initiatives.criteria import MET, Criterion, Finding, register
from initiatives.gates.facts import fits_light_track
from initiatives.gates.position import SUBJECT
from initiatives.models import Measure
from initiatives.stage_models.choices import Track

OVERVIEW, EDIT = "initiatives:measure", "initiatives:measure-edit"
SHORTEST_TEXT = 10


def _named(field: GovernabilityField) -> Callable[[Measure], Finding]:
    def check(measure: Measure) -> Finding:
        if getattr(measure, f"{field.value}_id") is not None:
            return MET
        text = _("%(field)s is not named yet.") % {"field": field.label}
        return Finding(is_met=False, missing=text, where=EDIT)

    return check


def _described(field: str, missing: Any) -> Callable[[Measure], Finding]:
    def check(measure: Measure) -> Finding:
        if len(getattr(measure, field).strip()) >= SHORTEST_TEXT:
            return MET
        return Finding(is_met=False, missing=missing, where=EDIT)

    return check


def receiver_named(measure: Measure) -> Finding:
    """T4: the receiving line manager is named, and is neither owner nor sponsor."""
    if measure.receiver_id is not None:
        return MET
    text = _("The receiving line manager is not named yet.")
    return Finding(is_met=False, missing=text, where=EDIT)


def conditions_met(measure: Measure) -> Finding:
    """T5: no condition of an earlier go is open."""
    count = open_conditions(SUBJECT, measure.pk).count()
    if not count:
        return MET
    text = _("Conditions still open: %(count)s.") % {"count": count}
    return Finding(is_met=False, missing=text, where="initiatives:measure-decisions")


def light_track_allowed(measure: Measure) -> Finding:
    """The light track is for small measures only, checked again at T3 (section 3)."""
    if measure.track != Track.LIGHT or fits_light_track(measure):
        return MET
    text = _("The measure is too large for the light track; the PMO puts it on the standard one.")
    return Finding(is_met=False, missing=text, where=OVERVIEW)


def register_own() -> None:
    """Add the criteria of this app."""
    for field in GovernabilityField:
        label = format_lazy("{field}: {named}", field=field.label, named=_("named"))
        register(Criterion(f"{field.value}_named", label, _named(field)))
    register(
        Criterion(
            "scope_described",
            _("Scope described"),
            _described("description", _("Describe the problem, the change and the effect.")),
        )
    )
    register(
        Criterion(
            "method_described",
            _("Calculation method described"),
            _described("calculation_method", _("Say how the effect is calculated and measured.")),
        )
    )
    register(Criterion("receiver_named", _("Receiving line manager named"), receiver_named))
    register(Criterion("conditions_met", _("All conditions accepted"), conditions_met))
    register(Criterion("light_track_allowed", _("Small enough"), light_track_allowed))
