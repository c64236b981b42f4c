"""One run: for each size a tenant is built, measured and left standing; then the report."""

import importlib
import pkgutil
import time

import psycopg
from django.db import connection, connections

from tests.bench import benchmarks
from tests.bench.machine import facts_of
from tests.bench.options import Options
from tests.bench.place import Place, closed, opened
from tests.bench.registry import BENCHMARKS, Benchmark
from tests.bench.report import Report, write
from tests.bench.servers import superuser_url
from tests.bench.stock import build_stock
from tests.bench.timing import measured
from tests.plugins.servers import Servers


def run(options: Options, servers: Servers) -> Report:
    """Print each figure as soon as it is there; write `docs/performance.md` if asked to.

    A run of hours that is broken off has written what it had measured.
    """
    chosen = chosen_benchmarks(options.only)
    with psycopg.connect(superuser_url(servers), autocommit=True) as admin:
        report = Report(options, facts_of(admin))
    for size in options.sizes:
        started = time.perf_counter()
        place = build(servers, size, seed=options.seed)
        report.built[size] = time.perf_counter() - started
        say(f"\n{size:,} measures, built in {report.built[size]:.1f} s")
        for subject in chosen:
            measure(subject, place, report)
        closed(place)
        if options.write:
            write(report)
    say("\n" + report.text())
    connections.close_all()
    connection.close_pool()
    return report


def chosen_benchmarks(only: str) -> list[Benchmark]:
    """Every registered benchmark whose title contains the word, or one of several: `a|b`."""
    for module in sorted(found.name for found in pkgutil.iter_modules(benchmarks.__path__)):
        importlib.import_module(f"{benchmarks.__name__}.{module}")
    words = only.split("|")
    return [one for one in BENCHMARKS if any(word in one.title.lower() for word in words)]


def build(servers: Servers, size: int, *, seed: int) -> Place:
    """A tenant of this size, with connections beside the product."""
    with psycopg.connect(servers.migrator_url, autocommit=True) as owner:
        estate = build_stock(f"bench-{size}", measures=size, seed=seed, owner=owner)
    return opened(estate.house, size, app_url=servers.app_url, superuser_url=superuser_url(servers))


def measure(subject: Benchmark, place: Place, report: Report) -> None:
    for pair in subject.pairs(place):
        figures = measured(pair, seconds=report.options.seconds)
        report.add(subject, pair, place.size, figures)
        say(
            f"  {subject.title}: {pair.name}: {figures.ratio:.1f} x bare"
            f" ({figures.p50:.1f} ms, p95 {figures.p95:.1f}; bare {figures.bare_p50:.2f} ms)"
        )


def say(text: str) -> None:
    print(text, flush=True)  # noqa: T201  # a command's output
