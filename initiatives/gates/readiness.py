"""How ready a measure is for its next gate: every criterion, met or not, and where it is mended."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from approvals.rules import Ask, Barred
from approvals.selectors import seats_in
from approvals.services.requests import snapshot_hash
from governance.errors import Refused
from governance.people.choices import Role
from governance.people.models import Membership
from governance.permissions.selectors import members_with
from governance.web.refusals import TEXTS
from initiatives.choices import Stage
from initiatives.criteria import Finding, criterion, known_criteria
from initiatives.gates.bars import bars_for
from initiatives.gates.evidence import filed
from initiatives.gates.facts import route_amount
from initiatives.gates.routes import asks_for
from initiatives.gates.snapshot import snapshot_of
from initiatives.gates.transitions import TABLE
from initiatives.models import Attestation, Measure
from initiatives.reading import reading
from initiatives.stage_models.choices import CriterionKind, Part, Track
from initiatives.stage_models.definition import CriterionLine, GateLine

OVERVIEW = "initiatives:measure"
FINANCE = {Part.CONTROLLER, Part.CLOSING_CONTROLLER}


@dataclass(frozen=True, slots=True)
class Item:
    """One criterion on a measure: whether it holds, what is missing, and the page that mends it."""

    name: str
    label: str
    kind: str
    is_met: bool
    is_active: bool = True
    missing: str = ""
    where: str = ""
    role: str = ""
    attested_by: str = ""


@dataclass(frozen=True, slots=True)
class Readiness:
    """A measure before its next gate: the criteria, the steps there will be, who is kept out."""

    gate: GateLine
    items: tuple[Item, ...]
    asks: tuple[Ask, ...]
    bars: tuple[Barred, ...]
    amount: Decimal | None

    @property
    def active(self) -> list[Item]:
        return [item for item in self.items if item.is_active]

    @property
    def is_ready(self) -> bool:
        return all(item.is_met for item in self.active)

    @property
    def met(self) -> int:
        return sum(1 for item in self.active if item.is_met)


def readiness_of(measure: Measure, *, requester_id: int | None = None) -> Readiness | None:
    """The next gate of a measure with every criterion checked now; None from the top.

    `requester_id` is who would ask; left out, the owner.
    """
    with reading():
        return _readiness_of(measure, requester_id)


def _readiness_of(measure: Measure, requester_id: int | None) -> Readiness | None:
    gate = measure.stage_model.read.next_gate(Stage(measure.stage), Track(measure.track))
    if gate is None:
        return None
    amount = route_amount(measure)
    bars = bars_for(measure, gate.transition)
    standing = snapshot_hash(snapshot_of(measure, gate.transition))
    items = [_item(measure, line, standing) for line in gate.criteria]
    asks: list[Ask] = []
    try:
        asks = asks_for(
            measure,
            TABLE[gate.transition],
            amount=amount,
            requester_id=requester_id,
        )
    except Refused as error:
        items.append(_no_route(str(TEXTS[error.code])))
    else:
        kept_out = {bar.membership_id: bar for bar in bars}
        requester = requester_id or measure.owner_id
        items += [_decider_item(measure, ask, kept_out, requester) for ask in asks]
    return Readiness(gate, tuple(items), tuple(asks), tuple(bars), amount)


def _item(measure: Measure, line: CriterionLine, standing: str) -> Item:
    if not line.is_active:
        text = _("Not checked yet: the product does not hold these facts.")
        return Item(
            line.name, criterion_label(line), line.kind, is_met=False, is_active=False, missing=text
        )
    if line.kind is CriterionKind.AUTOMATIC:
        found = criterion(line.name).check(measure)
        return _said(line, found)
    if line.kind is CriterionKind.EVIDENCE:
        return _said(line, filed(measure, line.document_kind))
    return _attested(measure, line, standing)


def _said(line: CriterionLine, found: Finding) -> Item:
    return Item(
        line.name,
        criterion_label(line),
        line.kind,
        found.is_met,
        missing="" if found.is_met else str(found.missing),
        where="" if found.is_met else found.where,
    )


def _attested(measure: Measure, line: CriterionLine, standing: str) -> Item:
    row = (
        Attestation.objects.filter(measure=measure, criterion=line.name, snapshot_hash=standing)
        .select_related("attested_by__user")
        .first()
    )
    label = criterion_label(line)
    if row is not None:
        name = row.attested_by.name
        return Item(line.name, label, line.kind, is_met=True, role=line.role, attested_by=name)
    role = str(Role(line.role).label)
    missing = _("Waits for the word of: %(role)s.") % {"role": role}
    return Item(
        line.name,
        label,
        line.kind,
        is_met=False,
        missing=missing,
        where=OVERVIEW,
        role=line.role,
    )


def criterion_label(line: CriterionLine) -> str:
    """What a criterion asks for, in the reader's language."""
    if line.labels:
        language = (get_language() or "en")[:2]
        return line.labels.get(language) or line.labels.get("en") or line.name
    # An attested criterion is the stage model's own: the product knows no other name for it.
    is_ours = line.kind is CriterionKind.AUTOMATIC and line.name in known_criteria()
    return str(criterion(line.name).label) if is_ours else line.name


def _no_route(missing: str) -> Item:
    label = _("Somebody is there to decide")
    kind = CriterionKind.AUTOMATIC
    return Item("decider_available", label, kind, is_met=False, missing=missing)


def _decider_item(
    measure: Measure, ask: Ask, kept_out: dict[int, Barred], requester: int | None
) -> Item:
    """Whether a step has somebody who may decide it: named, entitled, and not kept out (S1)."""
    part = Part(ask.part)
    label = _("%(part)s can decide") % {"part": part.label}
    name = f"{part.value}_can_decide"
    missing = _decider_fault(measure, ask, kept_out, requester)
    kind = CriterionKind.AUTOMATIC
    return Item(name, label, kind, not missing, missing=missing, where=OVERVIEW if missing else "")


def _decider_fault(
    measure: Measure, ask: Ask, kept_out: dict[int, Barred], requester: int | None
) -> str:
    if ask.decider is not None:
        return _person_fault(measure, ask, kept_out, requester)
    people: Sequence[int]
    if ask.forum is not None:
        people = sorted(seats_in(ask.forum))
        nobody = _("Nobody sits in the forum yet.")
    else:
        people = [member.pk for member in members_with(Role(ask.role), measure.package)]
        nobody = _("Nobody holds the role yet.")
    if not people:
        return nobody
    free = [pk for pk in people if pk not in kept_out and pk != requester]
    if free:
        return ""
    return _("Everybody there requested, entered or owns what is judged (S1).")


def _person_fault(
    measure: Measure, ask: Ask, kept_out: dict[int, Barred], requester: int | None
) -> str:
    if ask.decider == requester:
        return _("Whoever asks cannot decide (S1).")
    if bar := kept_out.get(ask.decider or 0):
        said = {"reason": bar.reason, "rule": bar.rule}
        return _("The person named %(reason)s (%(rule)s); somebody else must be named.") % said
    person = Membership.objects.get(pk=ask.decider)
    if not person.is_live:
        return _("The person named is not a member any more.")
    if Part(ask.part) in FINANCE:
        holders = members_with(Role.CONTROLLER, measure.package)
        if not holders.filter(pk=person.pk).exists():
            return _("The person named does not hold the role of controller here (S11).")
    return ""
