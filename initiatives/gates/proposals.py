"""A change request drawn up and checked (T15): what it changes, how large it is, who decides."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from approvals.rules import Ask, Barred
from governance.audit.rules import plain
from governance.errors import Conflict, Forbidden, Invalid
from governance.people.actor import Actor
from governance.people.models import Membership
from governance.tree.services import said
from initiatives.choices import Stage
from initiatives.closure_facts import Amounts
from initiatives.gates.bars import bars_for
from initiatives.gates.facts import fits_light_track
from initiatives.gates.routes import PLAN, Change, asks_for
from initiatives.gates.sizes import Moved, moved_since_forum
from initiatives.gates.transitions import TABLE
from initiatives.models import Measure
from initiatives.plan_changes import EffectAsk, PlanChange, planner
from initiatives.rules import change_refusal
from initiatives.services import check_fields
from initiatives.stage_models.choices import Track

ALONE = _("An increase is asked for by itself (T15): ask for this in a request of its own.")
Fields = Mapping[str, dict[str, str | None]]


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a change request would do to a locked measure.

    `fields` maps names to words before and after, and the key by which they are applied; `earlier`
    is what approved requests moved since a forum decided last.
    """

    measure: Measure
    fields: Fields
    plan: PlanChange | None = None
    earlier: Moved = field(default_factory=Moved)
    leaves_light_track: bool = False

    @property
    def size(self) -> Decimal | None:
        """Cumulative since the last forum decision; None where not all of it can be measured."""
        moved = self.plan.moved if self.plan else Moved()
        return self.earlier.plus(moved).largest

    @property
    def limit(self) -> Decimal:
        """From this size on a forum decides."""
        return Decimal(self.measure.stage_model.read.limits.change_limit)

    @property
    def change(self) -> Change:
        """The same as routes ask for it: only a change of the plan has a size."""
        if self.plan is None:
            return Change(tuple(self.fields))
        is_beyond = self.size is None or self.size >= self.limit
        return Change((*self.fields, PLAN), is_beyond or self.leaves_light_track)

    @property
    def details(self) -> dict[str, Any]:
        """What the request keeps, as plain JSON."""
        found: dict[str, Any] = {"fields": dict(self.fields)}
        if self.plan is None:
            return found
        size = {
            **self.plan.moved.as_plain(),
            "before": amounts_said(self.plan.before),
            "after": amounts_said(self.plan.after),
            "earlier": plain(self.earlier.largest),
            "size": plain(self.size),
            "limit": plain(self.limit),
            "leaves_light_track": self.leaves_light_track,
        }
        return {**found, "plan": self.plan.effects, "size": size}

    def route(self, by: Actor) -> tuple[list[Ask], list[Barred]]:
        """Who decides it if this person asks, and who is kept out; raises `Refused("no_route")`."""
        bars = bars_for(self.measure, "T15")
        asks = asks_for(
            self.measure,
            TABLE["T15"],
            amount=self.size,
            requester_id=by.membership_id,
            bars=bars,
            change=self.change,
        )
        return asks, bars


def amounts_said(amounts: Amounts) -> dict[str, str | None]:
    """Amounts of a measure by name, as a request keeps them."""
    names = ("run_rate", "one_off", "one_time_cost")
    return {name: plain(getattr(amounts, name)) for name in names}


def proposed(
    row: Measure, fields: Mapping[str, Any], plan: Sequence[EffectAsk], by: Actor
) -> Proposal:
    """Check what a locked measure is asked to become; writes nothing.

    Raises `Invalid` by field and by cell where nothing would change, a value cannot be kept, or
    an increase comes with something else (T15); `Conflict("frozen")`.
    """
    months = _planned(row, plan, by) if plan else None
    if not fields and months is None:
        raise Invalid({"fields": [_("Nothing would change.")]})
    changes = changes_of(row, fields) if fields else {}
    if months is not None and months.is_increase and changes:
        raise Invalid({name: [ALONE] for name in changes})
    if months is None:
        return Proposal(row, changes, earlier=moved_since_forum(row))
    leaves = row.track == Track.LIGHT and not fits_light_track(row, months.after)
    return Proposal(row, changes, months, moved_since_forum(row), leaves)


def _planned(row: Measure, plan: Sequence[EffectAsk], by: Actor) -> PlanChange:
    found = planner()
    if found is None:
        raise Forbidden
    return found.check(row, plan, by)


def changes_of(row: Measure, fields: Mapping[str, Any]) -> dict[str, dict[str, str | None]]:
    """{field: {before, after, key}}: words for people, and the key by which it is applied."""
    found: dict[str, dict[str, str | None]] = {}
    for name, value in fields.items():
        before = getattr(row, name)
        if before == value:
            continue
        if change_refusal(name, Stage(row.stage), was_empty=False) == "frozen":
            raise Conflict("frozen")
        found[name] = {"before": said(before), "after": said(value), "key": _key(value)}
        setattr(row, name, value)
    if not found:
        raise Invalid({"fields": [_("Nothing would change.")]})
    check_fields(row, found)
    row.refresh_from_db()
    return found


def _key(value: Any) -> str | None:
    if isinstance(value, Membership):
        return str(value.public_id)
    return said(value)
