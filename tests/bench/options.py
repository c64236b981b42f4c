"""What the caller may choose, by environment: SIZES, SECONDS, ONLY, SEED, WRITE, KEEP, REMARK."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

DEFAULT_SIZES = "1000 10000 100000"


@dataclass(frozen=True)
class Options:
    """Sizes in measures, seconds per pair, words in chosen titles, switches, a remark."""

    sizes: tuple[int, ...] = (1_000,)
    seconds: float = 5.0
    only: str = ""
    seed: int = 1
    write: bool = False
    keep: bool = False
    remark: str = ""

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Self:
        """Sizes are sorted: each is measured while only smaller tenants stand beside it."""
        given = environment.get
        sizes = (given("SIZES", "").strip() or DEFAULT_SIZES).replace(",", " ").split()
        return cls(
            sizes=tuple(sorted({int(size.replace("_", "")) for size in sizes})),
            seconds=float(given("SECONDS", "").strip() or 5),
            only=given("ONLY", "").strip().lower(),
            seed=int(given("SEED", "").strip() or 1),
            write=given("WRITE", "").strip() == "1",
            keep=given("KEEP", "").strip() == "1",
            remark=given("REMARK", "").strip(),
        )
