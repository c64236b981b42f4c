"""How a benchmark is added: one function in a file of `tests/bench/benchmarks/`.

    @benchmark("Importing measures")
    def importing(place: Place) -> Iterator[Pair]:
        yield Pair("one sheet", product=lambda: apply(...), bare=lambda: copy(...), rows=10_000)

The function is called once for each size with the tenant of that size, inside no transaction and
with no tenant active. `product` and `bare` are called in turn, A B A B, each at least `least`
times; what they return is ignored, and a wrong answer must raise. With `rows` above 1 the report
also gives rows per second.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.bench.place import Place

Act = Callable[[], object]


@dataclass(frozen=True)
class Pair:
    """What the product does, and the bare statement that fetches or writes the same rows.

    `note` says in one sentence what the bare side is; it is printed under the table. What takes
    minutes does without turns that are not counted.
    """

    name: str
    product: Act
    bare: Act
    rows: int = 1
    least: int = 7
    note: str = ""
    takes_minutes: bool = False


@dataclass(frozen=True)
class Benchmark:
    """A subject with its pairs; `note` says what grows and why."""

    title: str
    pairs: Callable[[Place], Iterator[Pair]]
    note: str = ""


BENCHMARKS: list[Benchmark] = []


def benchmark(
    title: str, *, note: str = ""
) -> Callable[[Callable[[Place], Iterator[Pair]]], Callable[[Place], Iterator[Pair]]]:
    """Register the pairs of one subject; they are run in the order of the files and functions."""

    def register(pairs: Callable[[Place], Iterator[Pair]]) -> Callable[[Place], Iterator[Pair]]:
        BENCHMARKS.append(Benchmark(title, pairs, note))
        return pairs

    return register
