"""What the overview says of gates: readiness, who decides now, every move as a button (G4, G9)."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from approvals.models import ApprovalRequest
from approvals.selectors import open_request
from approvals.sod import RULES
from governance.people.choices import Role
from governance.web.refusals import TEXTS
from governance.web.requests import TenantRequest
from initiatives.choices import Overlay, Stage
from initiatives.gates.attesting import attest_refusal
from initiatives.gates.changes import frozen_fields
from initiatives.gates.hands import hands_on, may_ask
from initiatives.gates.offers import Offer, gate_offer, move_offers
from initiatives.gates.position import SUBJECT
from initiatives.gates.readiness import Item, Readiness, readiness_of
from initiatives.gates.transitions import TABLE, Hand, Position
from initiatives.models import Measure
from initiatives.pages.deciding import Deciders, deciders_of, deciders_to_be
from initiatives.pages.frame import Action, measure_url, request_url, stage_label
from initiatives.pages.measure_forms import REFUSALS
from initiatives.rules import change_refusal, may_set
from initiatives.selectors import hands_at
from initiatives.stage_models.choices import CriterionKind, Track

HANDS = {
    Hand.OWNER: gettext_lazy("the owner"),
    Hand.EFFECT_OWNER: gettext_lazy("the owner of an effect"),
    Hand.SPONSOR: gettext_lazy("the sponsor"),
    Hand.CONTROLLER: gettext_lazy("the controller named here"),
    Hand.PMO: gettext_lazy("the transformation office"),
}
ICONS = {
    "T8": "stairs-up",
    "T9": "clock",
    "T10": "refresh",
    "T11": "ban",
    "T12": "rotate",
    "T13": "lock-open",
    "T15": "pencil",
}
# The field of the edit form that mends a criterion, where there is one.
FIELDS = {
    "scope_described": "description",
    "method_described": "calculation_method",
    "co_signature_can_decide": "sponsor",
    "sponsor_can_decide": "sponsor",
    "controller_can_decide": "controller",
    "closing_controller_can_decide": "controller",
    "receiver_can_decide": "receiver",
    "forum_can_decide": "forum",
    **{
        f"{name}_named": name
        for name in (
            "owner",
            "sponsor",
            "controller",
            "business_unit",
            "function",
            "legal_entity",
            "forum",
            "receiver",
        )
    },
}
OWN_PAGE = "initiatives:measure"


@dataclass(frozen=True, slots=True)
class Shown:
    """One criterion as the panel shows it: its state, what is missing, who mends it where."""

    label: str
    state: str
    word: str
    note: str = ""
    mend_url: str = ""
    mended_by: str = ""
    attest: Action | None = None


@dataclass(frozen=True, slots=True)
class NextGate:
    """The panel «Next gate»."""

    target: str
    met: int
    needed: int
    items: list[Shown]
    ask: Action

    @property
    def is_ready(self) -> bool:
        return self.met == self.needed


@dataclass(frozen=True, slots=True)
class Standing:
    """What the pages of gates know of a measure and of who looks at it."""

    measure: Measure
    hands: frozenset[Hand]
    at: Position
    request: ApprovalRequest | None


def standing_for(request: TenantRequest, measure: Measure) -> Standing:
    """Where a measure stands for this person; two queries."""
    standing = open_request(SUBJECT, measure.pk)
    at = Position(
        Stage(measure.stage),
        Overlay(measure.overlay),
        measure.stage_model.read.ladder(Track(measure.track)),
        standing is not None,
    )
    return Standing(measure, hands_on(measure, request.actor), at, standing)


def readiness_for(request: TenantRequest, standing: Standing) -> Readiness | None:
    """Readiness as if this person asked, if they may; else as if the owner did."""
    offer = gate_offer(standing.at, standing.hands, is_ready=True)
    is_theirs = offer is not None and may_ask(offer.transition, standing.hands)
    asker = request.actor.membership_id if is_theirs else None
    return readiness_of(standing.measure, requester_id=asker)


def gate_panels(request: TenantRequest, measure: Measure) -> dict[str, Any]:
    """Context of the panels about gates."""
    standing = standing_for(request, measure)
    readiness = readiness_for(request, standing)
    opened = standing.request
    deciders = Deciders([], [])
    if opened is not None:
        deciders = deciders_of(measure, opened)
    elif readiness is not None:
        deciders = deciders_to_be(measure, readiness.asks, readiness.bars)
    return {
        "gate": _next_gate(request, standing, readiness) if readiness else None,
        "deciders": deciders,
        "opened": opened,
        "opened_label": transition_label(measure, opened) if opened else "",
        "opened_url": request_url(opened.public_id, request.tenant) if opened else "",
        "moves": move_actions(request, standing),
    }


def transition_label(measure: Measure, row: ApprovalRequest) -> str:
    """What a request asks for, in the words of the measure's stage model."""
    transition = TABLE.get(row.transition)
    if transition is None or transition.word == "gate":
        if row.from_state == row.to_state:
            return _("Put on hold: a condition was not met in time")
        return f"{stage_label(measure, row.from_state)} → {stage_label(measure, row.to_state)}"
    return str(transition.label)


def _next_gate(request: TenantRequest, standing: Standing, readiness: Readiness) -> NextGate:
    measure = standing.measure
    target = stage_label(measure, readiness.gate.target)
    offer = gate_offer(standing.at, standing.hands, is_ready=readiness.is_ready)
    label = _("Request «%(stage)s»") % {"stage": target}
    ask = Action(label)
    if offer is not None:
        url = measure_url(measure, request.tenant, "gate-ask")
        ask = _button(offer, Action(label, url, "send", tone="primary"))
    return NextGate(
        target=target,
        met=readiness.met,
        needed=len(readiness.active),
        items=[_shown(request, measure, item, readiness) for item in readiness.items],
        ask=ask,
    )


def _shown(request: TenantRequest, measure: Measure, item: Item, readiness: Readiness) -> Shown:
    if not item.is_active:
        return Shown(item.label, "unchecked", _("Not checked yet"), item.missing)
    if item.is_met:
        note = _("Attested by %(name)s") % {"name": item.attested_by} if item.attested_by else ""
        return Shown(item.label, "met", pgettext("of a criterion", "Met"), note)
    word = _("Open")
    if item.kind == CriterionKind.ATTESTED:
        attest = _attest_action(request, measure, item, readiness)
        return Shown(item.label, "open", word, item.missing, attest=attest)
    url, mended_by = _mended(request, measure, item)
    return Shown(item.label, "open", word, item.missing, url, mended_by)


def _mended(request: TenantRequest, measure: Measure, item: Item) -> tuple[str, str]:
    """Where this person mends a criterion; or who does."""
    field = FIELDS.get(item.name, "")
    if not field:
        is_here = item.where in {"", OWN_PAGE}
        slug = request.tenant.slug
        return ("" if is_here else reverse(item.where, args=[slug, measure.code])), ""
    if not may_set(field, hands_at(measure, request.actor)):
        return "", str(REFUSALS[field])
    was_empty = getattr(measure, field) in {None, ""}
    is_frozen = change_refusal(field, Stage(measure.stage), was_empty=was_empty)
    page = "measure-change" if is_frozen == "change_request_needed" else "measure-edit"
    return f"{measure_url(measure, request.tenant, page)}#id_{field}", ""


def _attest_action(
    request: TenantRequest, measure: Measure, item: Item, readiness: Readiness
) -> Action:
    line = next(line for line in readiness.gate.criteria if line.name == item.name)
    label = _("Attest")
    if reason := attest_refusal(measure, line, request.actor):
        return Action(label, reason=attest_reason(reason, item.role))
    args = [request.tenant.slug, measure.code, item.name]
    url = reverse("initiatives:criterion-attest", args=args)
    return Action(label, url, "square-rounded-check", dialog=True)


def attest_reason(code: str, role: str) -> str:
    """Why somebody may not attest, as a sentence."""
    if code in RULES:
        return str(RULES[code])
    return _("Only the role %(role)s attests this.") % {"role": Role(role).label}


def _frozen(request: TenantRequest, measure: Measure) -> list[str]:
    return frozen_fields(measure, hands_at(measure, request.actor))


def move_actions(request: TenantRequest, standing: Standing) -> list[Action]:
    """Every other move of the table, on or off with its reason; nothing for mere readers."""
    measure = standing.measure
    may_change = bool(_frozen(request, measure))
    if not standing.hands and not may_change:
        return []
    return [
        _button(
            offer,
            Action(
                str(offer.transition.label),
                measure_url(measure, request.tenant, f"measure-{offer.transition.word}"),
                ICONS[offer.transition.code],
            ),
        )
        for offer in move_offers(standing.at, standing.hands, may_change=may_change)
    ]


def _button(offer: Offer, action: Action) -> Action:
    if not offer.refusal:
        return action
    return Action(action.label, reason=refusal_of(offer))


def refusal_of(offer: Offer) -> str:
    """Why a move is off, as a sentence; whose move it is where it is not theirs."""
    text = str(TEXTS[offer.refusal])
    if offer.refusal != "may_not_request":
        return text
    asked_by = ", ".join(str(HANDS[hand]) for hand in offer.transition.hands)
    return f"{text} " + _("It is asked for by: %(hands)s.") % {"hands": asked_by}
