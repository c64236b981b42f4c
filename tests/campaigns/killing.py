"""Whom a campaign kills, when, and how often it hit."""

import random
from collections import Counter
from collections.abc import Callable

from tests.campaigns.product import Product, kill

# How often each kind comes up, in parts.
WEIGHTS = {
    "web server": 3,
    "web process": 4,
    "worker": 3,
    "worker's hand": 4,
    "mail worker": 2,
    "figures worker": 2,
    "figures worker's hand": 3,
    "bulk worker": 3,
    "bulk worker's hand": 4,
    "scheduler": 2,
    "database connection": 5,
    "database server": 3,
    "database's keeper": 1,
    "everything": 1,
}


class Killer:
    """Kills by a seed: the same one kills in the same order, though never at the same instant."""

    def __init__(self, product: Product, seed: int, pause: float) -> None:
        self.product, self.pause = product, pause
        self.random = random.Random(seed)  # noqa: S311  # repeatable is what is wanted
        self.kills: Counter[str] = Counter()
        # Each kind once before any comes twice.
        self.first = self.random.sample(list(WEIGHTS), len(WEIGHTS))

    def next_pause(self) -> float:
        return self.random.uniform(0.5, 1.5) * self.pause

    def is_patient(self) -> bool:
        """Whether the next kill lets the product come back first; one in four does not."""
        return self.random.random() > 0.25

    def strike(self) -> str:
        """Kill one kind, as soon as one of it is there; names it."""
        kinds = list(WEIGHTS)
        kind = self.first[-1] if self.first else ""
        kind = kind or self.random.choices(kinds, list(WEIGHTS.values()))[0]
        victims = self._victims(kind)
        if kind != "everything" and victims:
            victims = [victims[0] if "database" in kind else self.random.choice(victims)]
        hits = [kill(victim) for victim in victims]
        if any(hits):
            self.kills[kind] += 1
            if self.first:
                self.first.pop()
        return kind

    def _victims(self, kind: str) -> list[int]:
        product = self.product
        found: dict[str, Callable[[], list[int]]] = {
            "web server": lambda: product.leader("web"),
            "web process": lambda: product.hands("web"),
            "worker": lambda: product.leader("worker"),
            "worker's hand": lambda: product.hands("worker"),
            "mail worker": lambda: product.leader("mail"),
            "figures worker": lambda: product.leader("figures"),
            "figures worker's hand": lambda: product.hands("figures"),
            "bulk worker": lambda: product.leader("bulk"),
            "bulk worker's hand": lambda: product.hands("bulk"),
            "scheduler": lambda: product.leader("beat"),
            "database connection": product.backends,
            "database server": product.postmaster,
            "database's keeper": product.keeper,
            "everything": self._everybody,
        }
        return found[kind]()

    def _everybody(self) -> list[int]:
        product = self.product
        programs = [pid for name in product.children for pid in product.leader(name)]
        hands = [pid for name in product.children for pid in product.hands(name)]
        return [*product.keeper(), *product.postmaster(), *programs, *hands]
