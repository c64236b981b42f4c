"""Metrics: who may write what, what their effects have fixed, and what history tells (V1)."""

from typing import Any

import pytest

from exchange.models import ImportRow
from governance.errors import Conflict, Forbidden, Invalid, NotVisible, Stale
from governance.people.choices import Role
from kpis.choices import Aggregation, EffectKind
from kpis.metrics.choices import Sign, StatementLine
from kpis.metrics.selectors import metric_named, uses_of
from kpis.metrics.services import (
    STARTING_METRICS,
    MetricDraft,
    metric_change,
    metric_create,
    metric_set_active,
    refuse_changed,
)
from kpis.models import Effect, Metric
from kpis.services import EffectDraft, effect_create
from tests.exchange.importing import checked
from tests.houses import House
from tests.kpis.indicating import told
from tests.kpis.making import add_effect, make_planned

pytestmark = pytest.mark.django_db


def make_metric(house: House, code: str = "ENERGY", **more: Any) -> Metric:
    by = house.actor("pmo")
    with house.active():
        return metric_create(draft=MetricDraft(code, "Energy saved", **more), by=by)


def change(house: House, metric: Metric, *, who: str = "pmo", **fields: Any) -> Metric:
    by = house.actor(who)
    with house.active():
        return metric_change(metric=metric, seen_version=metric.version, fields=fields, by=by)


def test_a_metric_is_made_changed_and_told(alpha: House) -> None:
    metric = make_metric(alpha, " ENERGY ", unit=" MWh ", is_monetary=False, sign=Sign.MORE)
    assert (metric.code, metric.name, metric.unit, metric.version) == (
        "ENERGY",
        "Energy saved",
        "MWh",
        1,
    )
    changed = change(
        alpha, metric, name=" Energy  bought ", sign=Sign.LESS, pl_line=StatementLine.EBIT
    )
    assert (changed.name, changed.sort_key, changed.sign, changed.pl_line, changed.version) == (
        "Energy bought",
        "energy bought",
        "less",
        "ebit",
        2,
    )
    assert told(alpha, "ENERGY") == [
        ("metric.created", {"name": ("", "Energy saved")}),
        (
            "metric.changed",
            {
                "name": ("Energy saved", "Energy bought"),
                "better is": ("More is better", "Less is better"),
                "line of the statements": ("No line of a statement", "EBIT"),
            },
        ),
    ]


def test_what_stays_as_it_is_writes_nothing(alpha: House) -> None:
    metric = make_metric(alpha)
    assert change(alpha, metric, name="Energy saved ", decimals=2).version == 1
    assert [action for action, _changes in told(alpha, "ENERGY")] == ["metric.created"]


@pytest.mark.parametrize(
    ("fields", "names"),
    [
        ({"name": " "}, {"name"}),
        ({"unit": "x" * 21, "decimals": 5}, {"unit", "decimals"}),
        ({"decimals": -1}, {"decimals"}),
        (
            {"aggregation": "median", "sign": "x", "pl_line": "x"},
            {"aggregation", "sign", "pl_line"},
        ),
        ({"code": "NEW"}, {"code"}),
    ],
)
def test_what_cannot_be_kept_is_named(alpha: House, fields: Any, names: set[str]) -> None:
    metric = make_metric(alpha)
    with pytest.raises(Invalid) as refused:
        change(alpha, metric, **fields)
    assert set(refused.value.errors) == names
    with alpha.active():
        assert Metric.objects.get(pk=metric.pk).version == 1


@pytest.mark.parametrize("code", ["", "A/B", ".A", "x" * 31, "a\x00b"])
def test_a_code_is_a_part_of_addresses(alpha: House, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        make_metric(alpha, code)
    assert set(refused.value.errors) == {"code"}


def test_a_code_is_given_once(alpha: House) -> None:
    make_metric(alpha)
    with pytest.raises(Conflict) as refused:
        make_metric(alpha)
    assert refused.value.code == "code_taken"


@pytest.mark.parametrize(
    "fields",
    [
        {"unit": "t"},
        {"is_monetary": False},
        {"aggregation": Aggregation.AVERAGE},
        {"decimals": 3},
        {"decimals": 0, "name": "Other"},
    ],
)
def test_an_effect_fixes_what_its_amounts_rest_on(alpha: House, fields: dict[str, Any]) -> None:
    measure = make_planned(alpha)
    with alpha.active():
        metric = Metric.objects.get(code="CASH")
    unused = change(alpha, metric, **fields)
    used = change(alpha, unused, unit="", is_monetary=True, aggregation=Aggregation.SUM, decimals=2)
    add_effect(alpha, measure, "CASH")
    with pytest.raises(Conflict) as refused:
        change(alpha, used, **fields)
    assert refused.value.code == "metric_in_use"
    assert set(refused.value.errors) == set(fields) - {"name"}
    with alpha.active():
        assert Metric.objects.get(code="CASH").version == used.version
    free = change(alpha, used, name="Cash at hand", sign=Sign.LESS)
    assert (free.name, free.sign) == ("Cash at hand", "less")


def test_the_headline_metric_stays_in_use(alpha: House) -> None:
    make_planned(alpha)
    by = alpha.actor("head_of_controlling")
    with alpha.active():
        headline, other = (Metric.objects.get(code=code) for code in ("EBITDA", "CASH"))
        with pytest.raises(Conflict) as refused:
            metric_set_active(metric=headline, is_active=False, seen_version=1, by=by)
        assert refused.value.code == "metric_is_headline"
        gone = metric_set_active(metric=other, is_active=False, seen_version=1, by=by)
        assert (gone.is_active, gone.version) == (False, 2)
        assert metric_set_active(metric=gone, is_active=True, seen_version=2, by=by).is_active
    assert told(alpha, "CASH")[1:] == [
        ("metric.changed", {"active": ("yes", "no")}),
        ("metric.changed", {"active": ("no", "yes")}),
    ]


def test_a_metric_out_of_use_takes_no_new_effect_and_keeps_its_own(alpha: House) -> None:
    measure = make_planned(alpha)
    add_effect(alpha, measure, "CASH")
    with alpha.active():
        change(alpha, Metric.objects.get(code="CASH"), is_active=False)
    with pytest.raises(Invalid) as refused:
        add_effect(alpha, measure, "CASH")
    assert set(refused.value.errors) == {"metric"}
    answer = alpha.caller("owner").post(
        f"measures/{measure.code}/effects/", {"metric": "CASH", "kind": "recurring"}
    )
    assert (answer.status_code, set(answer.json()["errors"])) == (400, {"metric"})
    page = alpha.client("owner").get(alpha.page(f"measures/{measure.code}/effects/new/"))
    assert "CASH" not in dict(page.context["form"].fields["metric"].choices)
    with alpha.active():
        assert Effect.objects.count() == 1


def test_an_import_adds_no_effect_of_a_metric_out_of_use(alpha: House) -> None:
    measure = make_planned(alpha)
    add_effect(alpha, measure, "CASH")
    with alpha.active():
        change(alpha, Metric.objects.get(code="CASH"), is_active=False)
        head = "code,metric,kind,2026-01"
        content = f"{head}\n{measure.code},CASH,recurring,5\n{measure.code},CASH,one_off,5\n"
        run = checked(content.encode(), "values", by=alpha.actor("pmo"))
        found = [
            (row.state, [f["code"] for f in row.findings])
            for row in ImportRow.objects.filter(run=run).order_by("number")
        ]
    assert found == [("change", []), ("refused", ["inactive_metric"])]


def test_a_metric_changed_between_reading_and_writing_is_noticed(alpha: House) -> None:
    """What a new effect rests on is looked at again once its foreign key holds the metric."""
    measure = make_planned(alpha)
    with alpha.active():
        seen = Metric.objects.get(code="CASH")
        change(alpha, seen, is_monetary=False)
        with pytest.raises(Conflict) as refused:
            refuse_changed([seen])
        assert refused.value.code == "changed_meanwhile"
        draft = EffectDraft(seen, EffectKind.RECURRING, currency="USD")
        with pytest.raises(Conflict):
            effect_create(measure=measure, draft=draft, by=alpha.system(Role.PMO))
        assert not Effect.objects.exists()


@pytest.mark.parametrize("name", ["owner", "controller", "narrow", "auditor", "administrator"])
def test_who_may_not_change_metrics(alpha: House, name: str) -> None:
    metric = make_metric(alpha)
    with pytest.raises(Forbidden):
        change(alpha, metric, who=name, sign=Sign.LESS)


def test_a_late_change_is_stale_and_a_gone_metric_is_not_there(alpha: House) -> None:
    metric = make_metric(alpha)
    change(alpha, metric, sign=Sign.LESS)
    with pytest.raises(Stale):
        change(alpha, metric, name="Late")
    metric.pk = 0
    with pytest.raises(NotVisible):
        change(alpha, metric, name="Gone")


def test_metrics_are_read_by_whoever_sees_any_place(alpha: House) -> None:
    make_planned(alpha)
    with alpha.active():
        found = metric_named("CASH", by=alpha.actor("narrow"))
        assert uses_of([found]) == {}
        for code, name in (("CASH", "guest"), ("NONE", "pmo")):
            with pytest.raises(NotVisible):
                metric_named(code, by=alpha.actor(name))


def test_every_metric_of_the_starting_set_says_where_it_shows() -> None:
    lines = {draft.code: (draft.sign.value, draft.pl_line.value) for draft in STARTING_METRICS}
    assert lines == {
        "EBITDA": ("more", "ebitda"),
        "REVENUE": ("more", "revenue"),
        "MARGIN": ("more", "gross_margin"),
        "COST": ("more", "other_operating_expenses"),
        "CASH": ("more", "cash_flow"),
        "WORKING_CAPITAL": ("less", "balance_sheet"),
        "FTE": ("less", "personnel"),
        "CO2": ("more", "none"),
    }
