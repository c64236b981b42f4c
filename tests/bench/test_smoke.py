"""The benchmarks still run: a tenant of 200 measures, every pair once, and a valid report."""

import json
import os
import subprocess
import sys

import psycopg
import pytest

from governance.audit.models import AuditEvent
from governance.audit.rules import canonical
from governance.tree.models import CodeCounter, Node
from initiatives.models import Measure
from kpis.choices import EffectKind
from kpis.models import Effect, ValueYear
from kpis.rules import minor_units
from local.home import PROJECT
from tests.bench.estate import shuffling
from tests.bench.options import Options
from tests.bench.registry import Benchmark, Pair
from tests.bench.report import Report, renewed
from tests.bench.stock import build_stock
from tests.bench.timing import Figures, percentile
from tests.plugins.servers import Servers

pytestmark = pytest.mark.slow


@pytest.mark.processes
def test_every_benchmark_runs() -> None:
    outcome = subprocess.run(
        [sys.executable, "-m", "tests.bench"],
        cwd=PROJECT,
        env={
            "PATH": os.environ["PATH"],
            "TOLLGATE_BENCH": "bench-smoke",
            "SIZES": "200",
            "SECONDS": "0",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert outcome.returncode == 0, outcome.stderr
    assert "200 measures, built in" in outcome.stdout
    assert "| one UPDATE" in outcome.stdout


@pytest.mark.django_db(transaction=True)
def test_generated_measures_are_such_as_the_product_makes(servers: Servers) -> None:
    with psycopg.connect(servers.migrator_url, autocommit=True) as owner:
        house = build_stock("smoke", measures=250, seed=7, owner=owner).house
    with house.active():
        measures = list(Measure.objects.select_related("package__parent__parent").order_by("id"))
        assert len({measure.code for measure in measures}) == 250
        assert CodeCounter.objects.get(kind="measure").last == 250
        places = [measure.package.path for measure in measures]
        assert places != sorted(places)
        for node in Node.objects.select_related("parent").exclude(parent=None):
            assert node.path == f"{node.parent.path}{node.pk}/"
        for effect in Effect.objects.filter(kind=EffectKind.RECURRING).select_related("measure"):
            years = ValueYear.objects.filter(effect=effect)
            total = sum(amount or 0 for year in years for amount in year.months().values())
            assert years.count() == 3
            assert effect.measure.value_minor == minor_units(total)
        shapes = set()
        for body in AuditEvent.objects.values_list("body", flat=True):
            facts = json.loads(body)
            assert canonical(facts) == body
            shapes.add(tuple(facts))
        assert len(shapes) == 1


@pytest.mark.parametrize("total", [1, 2, 20, 200, 999, 1000])
def test_a_shuffle_takes_every_place_once(total: int) -> None:
    step, shift = shuffling(total, seed=3)
    assert sorted((n * step + shift) % total for n in range(total)) == list(range(total))


def test_percentiles_are_times_that_were_taken() -> None:
    times = [float(n) for n in range(1, 21)]
    assert (percentile(times, 0.95), percentile([7.0], 0.95)) == (19.0, 7.0)


def test_a_run_of_a_few_renews_its_own_sections_alone() -> None:
    document = (
        "# Performance\n\nHead.\n\n## Lists\n\nold\n\n## Other\n\nkept\n\n## Building\n\nlast\n"
    )
    report = Report(Options(only="l", remark="Shared."), [])
    for title in ("Lists", "Late"):
        subject = Benchmark(title, lambda _place: iter(()))
        pair = Pair("page", product=object, bare=object)
        report.add(subject, pair, 1_000, Figures([2.0], [1.0], 1))
    text = renewed(document, report)
    titles = [line for line in text.splitlines() if line.startswith("## ")]
    assert titles == ["## Lists", "## Other", "## Late", "## Building"]
    assert "old" not in text
    assert text.startswith("# Performance\n\nHead.\n\n## Lists\n\nTaken by itself with `make bench")
    assert text.count("Shared.") == 2
    assert text.endswith("\n## Building\n\nlast\n")
    assert renewed(text, report) == text
