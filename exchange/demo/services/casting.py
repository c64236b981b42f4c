"""Who has which part in the measures of a demo, and everybody as they act."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from exchange.demo.fates import Ending, Fate
from exchange.demo.plans import choice
from exchange.demo.services.accounts import Cast
from governance.people.actor import Actor
from governance.people.choices import Role
from governance.people.models import Membership
from governance.permissions.selectors import actor_for
from initiatives.choices import Stage

Phrases = Mapping[str, Sequence[str]]
# Whose log-in finds such a measure in its inbox.
FOR_CONTROLLER = {Ending.WAITS_CONTROLLER, Ending.READY}


@dataclass(frozen=True, slots=True)
class Parts:
    """The people of one measure."""

    owner: Membership
    sponsor: Membership
    controller: Membership
    receiver: Membership


def parts_of(cast: Cast, title: str, fate: Fate, circle: Sequence[Membership]) -> Parts:
    """The people of a measure, the same every time; log-ins where its fate needs them."""
    accounts = cast.accounts
    owner = choice(circle, title, "owner")
    sponsor = choice(cast.by_role[Role.SPONSOR], title, "sponsor")
    controller = choice(cast.by_role[Role.CONTROLLER], title, "controller")
    if fate.ending is Ending.READY:
        owner = accounts["owner"]
    if fate.ending in FOR_CONTROLLER:
        controller = accounts["controller"]
    if fate.ending is Ending.WAITS_SPONSOR:
        sponsor = accounts["sponsor"]
    lines = [member for member in circle if member.pk != owner.pk]
    receiver = choice([accounts["executive"], *lines], title, "receiver")
    return Parts(owner, sponsor, controller, receiver)


@dataclass(slots=True)
class Company:
    """Everybody of a demo tenant as they act, with their rights as they are once all is planted."""

    cast: Cast
    _actors: dict[int, Actor] = field(default_factory=dict)

    def acting(self, member: Membership) -> Actor:
        if member.pk not in self._actors:
            self._actors[member.pk] = actor_for(member, via="command")
        return self._actors[member.pk]

    @property
    def pmo(self) -> Actor:
        return self.acting(self.cast.accounts["pmo"])

    @property
    def second_finance(self) -> Actor:
        return self.acting(self.cast.by_role[Role.SECOND_FINANCE][0])

    def forum_member(self, title: str) -> Actor:
        return self.acting(choice(self.cast.by_role[Role.FORUM_MEMBER], title, "forum"))

    def other_controller(self, than: Membership) -> Actor:
        others = [m for m in self.cast.by_role[Role.CONTROLLER] if m.pk != than.pk]
        return self.acting(others[0])


def next_stages(fate: Fate) -> list[Stage]:
    """The gates a measure passes on its way, in order."""
    top = Stage.CLOSED if fate.ending is Ending.REOPENED else fate.stage
    ways = [stage for stage in Stage if Stage.IDENTIFIED.doi < stage.doi <= top.doi]
    if fate.ending is Ending.LIGHT:
        ways.remove(Stage.DETAILED)
    return ways
