"""What the pages of nodes and measures share: addresses, breadcrumbs, the frame around the tabs."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from approvals.selectors import open_conditions_of, open_requests_of, subjects_asked_about
from governance.errors import NotVisible
from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.tenancy.models import Tenant
from governance.tree.choices import Level
from governance.tree.models import Node
from governance.tree.selectors import ancestors_of
from governance.ui.parts import Crumb, Step, Tab
from governance.web.refusals import TEXTS
from governance.web.requests import TenantRequest
from initiatives.choices import Overlay, ShownOverlay, Stage
from initiatives.gates.editing import open_request_judges
from initiatives.gates.position import SUBJECT
from initiatives.lights import HeadLights, head_lights
from initiatives.models import Measure
from initiatives.panels import panels
from initiatives.rules import delete_refusal, settable_fields, shown_overlay
from initiatives.selectors import hands_at, latest_reports
from initiatives.stage_models.choices import Track


@dataclass(frozen=True, slots=True)
class Action:
    """One button of a page's head; with a reason it is shown and refused."""

    label: str
    url: str = ""
    icon: str = ""
    reason: str = ""
    tone: str = ""
    dialog: bool = False


def require_sight(by: Actor) -> None:
    """Who holds no role anywhere has no lists to look at; raises `NotVisible`."""
    if not by.may_anywhere(Permission.TREE_VIEW):
        raise NotVisible


def node_url(node: Node, tenant: Tenant) -> str:
    """The page of a node; the tenant's root is its tree."""
    if node.known_level is Level.TENANT:
        return reverse("initiatives:tree", args=[tenant.slug])
    return reverse(node.known_level.page, args=[tenant.slug, node.code])


def measure_url(measure: Measure, tenant: Tenant, page: str = "measure") -> str:
    return reverse(f"initiatives:{page}", args=[tenant.slug, measure.code])


def chain_of(node: Node) -> list[Node]:
    """The nodes from the portfolio down to this one; the root is the tenant itself."""
    by_id = ancestors_of([node])
    return [by_id[pk] for pk in node.ancestor_ids if by_id[pk].known_level is not Level.TENANT]


def crumbs(chain: Iterable[Node], last: str, *, request: TenantRequest) -> list[Crumb]:
    """The way down to a page; places above a person's own are named and lead nowhere."""
    tenant, by = request.tenant, request.actor
    steps = [
        Crumb(node.name, node_url(node, tenant) if by.sees(node.path) else "") for node in chain
    ]
    home = Crumb(tenant.name, reverse("tenant-home", args=[tenant.slug]))
    return [home, *steps, *([Crumb(last)] if last else [])]


def measure_crumbs(measure: Measure, last: str, *, request: TenantRequest) -> list[Crumb]:
    """The way to a page behind a measure's own; its default package is not named (H5)."""
    shown = [node for node in chain_of(measure.package) if not node.is_default]
    own = Crumb(measure.code, measure_url(measure, request.tenant))
    return [*crumbs(shown, "", request=request), own, Crumb(last)]


def node_crumbs(node: Node, last: str, *, request: TenantRequest) -> list[Crumb]:
    """The way to a page behind a node's own."""
    return crumbs(chain_of(node), last, request=request)


def measure_frame(
    request: TenantRequest, measure: Measure, current: str, *, lights: HeadLights | None = None
) -> dict[str, Any]:
    """Context of `initiatives/measure_frame.html`; `current` is the URL name of the open tab.

    A page that has read the lights already gives them.
    """
    chain = chain_of(measure.package)
    shown = [node for node in chain if not node.is_default]
    return {
        "measure": measure,
        "chain": chain,
        "breadcrumbs": crumbs(shown, measure.code, request=request),
        "actions": measure_actions(measure, request),
        "steps": ladder(measure),
        **standing_of(measure),
        "head": lights or head_lights(measure, request.tenant),
        "latest": latest_reports([measure]).get(measure.pk),
        "tabs": tabs(measure, request, current),
    }


def ladder(measure: Measure) -> list[Step]:
    """The rungs of the measure's ladder by the labels of its stage model, with the one reached."""
    model, at = measure.stage_model.read, Stage(measure.stage)
    return [
        Step(step.doi, step.value, stage_label(measure, step), step is at, step.doi <= at.doi)
        for step in model.ladder(Track(measure.track))
    ]


def stage_label(measure: Measure, stage: Stage | str) -> str:
    """What the measure's stage model calls a stage, in the reader's language."""
    label: str = measure.stage_model.read.label(Stage(stage), (get_language() or "en")[:2])
    return label


def standing_of(measure: Measure) -> dict[str, Any]:
    """What the head says over the stage: overlay, days, review, rework; two queries."""
    overlay = shown_overlay(
        Overlay(measure.overlay),
        is_asked_about=bool(open_requests_of(SUBJECT, [measure.pk])),
        has_conditions=bool(open_conditions_of(SUBJECT, [measure.pk])),
    )
    is_light = Track(measure.track) is Track.LIGHT
    return {
        "overlay": overlay,
        "overlay_label": "" if overlay is ShownOverlay.ACTIVE else str(overlay.label),
        "days": max((timezone.now() - measure.stage_since).days, 0),
        "track_label": str(Track.LIGHT.label) if is_light else "",
    }


def voids_notice(measure: Measure) -> str:
    """What pages say before an edit that would void an open request (G3); one query."""
    if not open_request_judges(measure):
        return ""
    return _(
        "A request is open on this measure. Saving a change to what it shows voids the request: "
        "nothing is decided, and it has to be asked for again (G3)."
    )


def request_url(request_public_id: UUID, tenant: Tenant) -> str:
    """The decision card of a request."""
    return reverse("initiatives:gate-request", args=[tenant.slug, request_public_id])


def tabs(measure: Measure, request: TenantRequest, current: str) -> list[Tab]:
    """The registered panels this person may open."""
    return [
        Tab(
            str(panel.label),
            reverse(panel.url_name, args=[request.tenant.slug, measure.code]),
            panel.url_name == current,
        )
        for panel in panels()
        if request.actor.may(panel.permission, measure.path)
    ]


def measure_actions(measure: Measure, request: TenantRequest) -> list[Action]:
    """What this person can do here next; what they could do only elsewhere is shown refused."""
    found = [
        _edit_action(measure, request),
        _move_action(measure, request),
        _delete_action(measure, request),
    ]
    return [action for action in found if action is not None]


def _edit_action(measure: Measure, request: TenantRequest) -> Action | None:
    by, url = request.actor, measure_url(measure, request.tenant, "measure-edit")
    if settable_fields(hands_at(measure, by)):
        return Action(_("Edit"), url, "pencil", tone="primary")
    if by.may_anywhere(Permission.MEASURE_EDIT_OWN):
        return Action(
            _("Edit"), reason=_("You edit the measures you own; you do not own this one.")
        )
    elsewhere = (
        Permission.MEASURE_EDIT,
        Permission.MEASURE_SET_JUDGES,
        Permission.MEASURE_SET_CONTROLLER,
    )
    if any(by.may_anywhere(permission) for permission in elsewhere):
        return Action(_("Edit"), reason=elsewhere_text())
    return None


def _move_action(measure: Measure, request: TenantRequest) -> Action | None:
    by = request.actor
    if by.may(Permission.NODE_MOVE, measure.path):
        return Action(
            _("Move"), measure_url(measure, request.tenant, "measure-move"), "arrows-exchange"
        )
    if by.may_anywhere(Permission.NODE_MOVE):
        return Action(_("Move"), reason=elsewhere_text())
    return None


def _delete_action(measure: Measure, request: TenantRequest) -> Action | None:
    by = request.actor
    if not by.may_anywhere(Permission.MEASURE_DELETE):
        return None
    if not by.may(Permission.MEASURE_DELETE, measure.path):
        return Action(_("Delete"), reason=elsewhere_text())
    if code := deletion_refusal(measure):
        return Action(_("Delete"), reason=str(TEXTS[code]))
    return Action(
        _("Delete"), measure_url(measure, request.tenant, "measure-delete"), "trash", dialog=True
    )


def deletion_refusal(measure: Measure) -> str | None:
    """H3: why a measure is not deleted any more, as a refusal code; at most one query."""
    stage = Stage(measure.stage)
    was_asked = stage is Stage.IDENTIFIED and bool(subjects_asked_about(SUBJECT, [measure.pk]))
    return delete_refusal(stage, was_gate_requested=was_asked)


def elsewhere_text() -> str:
    return _("Your role covers other places of the tree, not this one.")
