"""What every step of a climbing measure needs: its people as they act, and the words they use."""

from dataclasses import dataclass
from datetime import date

from approvals.models import ApprovalRequest
from exchange.demo.fates import Fate
from exchange.demo.plans import EffectLine, Schedule
from exchange.demo.services.casting import Company, Parts, Phrases
from exchange.demo.wording import said
from governance.people.actor import Actor
from governance.people.models import Membership
from initiatives.milestones.models import Milestone
from initiatives.models import Measure
from kpis.models import Effect


@dataclass(slots=True)
class Held:
    """An effect as it was last written, with the plan it got."""

    effect: Effect
    line: EffectLine


@dataclass(slots=True)
class Climber:
    """A measure that was planted and is about to climb."""

    measure: Measure
    title: str
    fate: Fate
    when: Schedule
    parts: Parts
    held: list[Held]

    @property
    def values(self) -> list[Held]:
        """Its value effects: costs left out."""
        return [held for held in self.held if not held.line.kind.is_cost]


@dataclass(frozen=True, slots=True)
class Scene:
    """The people of the tenant, their phrases, and the day."""

    company: Company
    phrases: Phrases
    today: date

    def acting(self, member: Membership) -> Actor:
        return self.company.acting(member)

    def said(self, name: str, climber: Climber, **values: str) -> str:
        return said(self.phrases, name, climber.title, **values)


@dataclass(slots=True)
class Climb:
    """One measure on its way up: milestones once there are any, and what was asked for last."""

    scene: Scene
    climber: Climber
    milestones: list[Milestone]
    request: ApprovalRequest | None = None

    @property
    def owner(self) -> Actor:
        return self.scene.acting(self.climber.parts.owner)

    @property
    def sponsor(self) -> Actor:
        return self.scene.acting(self.climber.parts.sponsor)

    @property
    def controller(self) -> Actor:
        return self.scene.acting(self.climber.parts.controller)

    @property
    def receiver(self) -> Actor:
        return self.scene.acting(self.climber.parts.receiver)

    @property
    def forum(self) -> Actor:
        return self.scene.company.forum_member(self.climber.title)

    def said(self, name: str, **values: str) -> str:
        return self.scene.said(name, self.climber, **values)
