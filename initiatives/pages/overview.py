"""What the overview of a measure says: governability fields, and who decides next (G9)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from governance.people.choices import Permission
from governance.tree.models import Node
from governance.ui.parts import Fact
from governance.web.requests import TenantRequest
from initiatives.choices import GovernabilityField
from initiatives.models import Measure
from initiatives.pages.frame import measure_url, node_url
from initiatives.pages.gate_panels import gate_panels
from initiatives.pages.measure_forms import REFUSALS
from initiatives.rules import may_set, missing_fields
from initiatives.selectors import hands_at


@dataclass(frozen=True, slots=True)
class Governed:
    """One governability field: what it holds, or where and by whom it is mended."""

    label: str
    value: str
    note: str = ""
    mend_url: str = ""
    reason: str = ""


def overview(request: TenantRequest, measure: Measure, chain: Sequence[Node]) -> dict[str, Any]:
    """Context of the overview tab."""
    missing = missing_fields(measure)
    fields = len(GovernabilityField)
    return {
        "governed": [_governed(field, measure, request) for field in GovernabilityField],
        "fields": fields,
        "fields_set": fields - len(missing),
        "places": _places(request, chain),
        "may_see_people": request.actor.may(Permission.PEOPLE_VIEW, measure.path),
        "asker_email": request.actor.email,
        **gate_panels(request, measure),
    }


def _governed(field: GovernabilityField, measure: Measure, request: TenantRequest) -> Governed:
    value = getattr(measure, field.value)
    if value is not None:
        note = getattr(value, "code", "")
        return Governed(str(field.label), value.name, note)
    if may_set(field.value, hands_at(measure, request.actor)):
        url = f"{measure_url(measure, request.tenant, 'measure-edit')}#id_{field.value}"
        return Governed(str(field.label), "", mend_url=url)
    return Governed(str(field.label), "", reason=str(REFUSALS[field.value]))


def _places(request: TenantRequest, chain: Sequence[Node]) -> list[Fact]:
    return [
        Fact(
            str(node.known_level.label),
            f"{node.name} ({node.code})",
            node_url(node, request.tenant) if request.actor.sees(node.path) else "",
        )
        for node in chain
    ]
