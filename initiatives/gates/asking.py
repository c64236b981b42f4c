"""What somebody says with a request, and what a transition demands to be said."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from approvals.choices import ReasonCode
from governance.text import text_fault
from initiatives.gates.transitions import Transition

COMMENT_LENGTH = 4000


@dataclass(frozen=True, slots=True)
class Asking:
    """Comment, reason, review date, and more by transition."""

    comment: str = ""
    reason_code: str = ""
    review_on: date | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


def reason_faults(transition: Transition, asking: Asking) -> dict[str, list[StrOrPromise]]:
    """What is missing or cannot be kept of reason and comment, by field."""
    errors: dict[str, list[StrOrPromise]] = {}
    field_name = "reason" if transition.needs_reason else "comment"
    needed = transition.needs_reason
    if needed and asking.reason_code not in ReasonCode.values:
        errors["reason_code"] = [_("Choose a reason.")]
    if fault := text_fault(asking.comment, limit=COMMENT_LENGTH, required=needed):
        errors[field_name] = [fault]
    return errors
