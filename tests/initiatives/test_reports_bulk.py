"""Status reports in bulk, as imports bring them and take them back."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from governance.audit.models import AuditEvent
from governance.audit.selectors import events_of
from governance.errors import Conflict, Forbidden, Invalid, NotVisible
from governance.events.models import OutboxEvent
from governance.history import sentence_of
from governance.people.choices import Role
from initiatives.models import Measure, StatusReport
from initiatives.services_imports import (
    ReportEntry,
    WriteResult,
    status_reports_unwrite,
    status_reports_write,
)
from initiatives.services_reports import (
    ReportDraft,
    status_report_add,
    status_report_change,
)
from tests.architecture.violations.breaking import check_now
from tests.houses import House
from tests.initiatives.making import make_measure, make_measures


def entry(measure: Measure, day: str = "2021-03-31", light: str = "amber", **more: Any) -> Any:
    rest = {"rater": "IPA", "stated": "Amber/Red", "commentary": "Slow."} | more
    name = (measure.pk, measure.code, measure.name)
    return ReportEntry(*name, reported_on=date.fromisoformat(day), light=light, **rest)


def written(house: House, *entries: ReportEntry) -> WriteResult:
    return status_reports_write(entries=entries, by=house.actor("pmo"))


def kept() -> list[tuple[Any, ...]]:
    """All reports, without what merely counts saves."""
    names = ("measure__code", "reported_on", "rater", "light", "stated", "commentary", "author")
    return list(StatusReport.objects.order_by("pk").values_list(*names, "source", "added_by_id"))


def test_an_import_brings_histories_and_tells_each_measure_once(in_alpha: House) -> None:
    first, second = make_measures(in_alpha, 2)
    before = AuditEvent.objects.count()
    result = written(
        in_alpha,
        entry(first),
        entry(first, "2022-03-31", "red", stated="  Red ", rater=" SRO "),
        entry(second, light="grey", stated="", commentary=" one\r\ntwo "),
    )
    pmo = in_alpha.people["pmo"]
    tail = ("Pmo <pmo@alpha.example>", "import", pmo.pk)
    assert kept() == [
        (first.code, date(2021, 3, 31), "IPA", "amber", "Amber/Red", "Slow.", *tail),
        (first.code, date(2022, 3, 31), "SRO", "red", "Red", "Slow.", *tail),
        (second.code, date(2021, 3, 31), "IPA", "grey", "", "one\ntwo", *tail),
    ]
    assert len(result.created) == 3
    assert (result.changed, result.unchanged) == ((), ())
    assert AuditEvent.objects.count() == before + 2
    said = sentence_of(events_of("measure", first.code)[0])
    assert (said.action, said.icon) == ("status_report.added", "plus")
    assert said.sentence.startswith(f"Pmo reported the status of {first.code}: 2021-03-31 IPA")
    assert "2022-03-31 SRO Red" in said.sentence
    assert OutboxEvent.objects.filter(topic="status_reports.imported").count() == 1
    check_now()


def test_the_same_file_again_writes_nothing(in_alpha: House) -> None:
    measure = make_measure(in_alpha)
    once = written(in_alpha, entry(measure), entry(measure, "2022-03-31"))
    events, rows = AuditEvent.objects.count(), list(StatusReport.objects.values())
    again = written(in_alpha, entry(measure, "2022-03-31"), entry(measure))
    assert again == WriteResult(unchanged=once.created)
    assert AuditEvent.objects.count() == events
    assert list(StatusReport.objects.values()) == rows


def test_an_updated_file_changes_what_differs_and_keeps_what_was_said(in_alpha: House) -> None:
    measure = make_measure(in_alpha)
    by = in_alpha.actor("owner")
    owned = make_measure(in_alpha, owner=in_alpha.people["owner"])
    draft = ReportDraft(date(2021, 3, 31), "green", rater="IPA", stated="Green")
    byhand = status_report_add(measure=owned, draft=draft, by=by)
    (first,) = written(in_alpha, entry(measure)).created
    states = kept()
    result = written(
        in_alpha, entry(measure, light="red"), entry(owned, light="red"), entry(owned, "2022-03-31")
    )
    assert [(was.id, was.written_version, was.light, was.source) for was in result.changed] == [
        (first, 2, "amber", "import"),
        (byhand.pk, 2, "green", "form"),
    ]
    assert set(StatusReport.objects.values_list("light", "version")) == {("red", 2), ("amber", 1)}
    said = sentence_of(events_of("measure", measure.code)[0])
    assert said.sentence == (
        f"Pmo corrected the reported status of {measure.code}: 2021-03-31 IPA Amber → Red"
    )
    # … and back.
    status_reports_unwrite(
        created_ids=result.created, before=result.changed, by=in_alpha.actor("pmo")
    )
    assert sorted(kept()) == sorted(states)
    said = sentence_of(events_of("measure", measure.code)[0])
    assert said.sentence.endswith("2021-03-31 IPA Red → Amber")
    check_now()


def test_an_undo_removes_what_was_created_and_says_so(in_alpha: House) -> None:
    measure = make_measure(in_alpha)
    result = written(in_alpha, entry(measure))
    status_reports_unwrite(created_ids=result.created, before=(), by=in_alpha.actor("pmo"))
    assert not StatusReport.objects.exists()
    said = sentence_of(events_of("measure", measure.code)[0])
    assert (said.action, said.tone) == ("status_report.removed", "amber")
    check_now()


@pytest.mark.parametrize("how", ["corrected", "removed", "imported again"])
def test_an_undo_is_refused_when_a_report_changed_since(in_alpha: House, how: str) -> None:
    measure, pmo = make_measure(in_alpha), in_alpha.actor("pmo")
    result = written(in_alpha, entry(measure), entry(measure, "2020-03-31"))
    row = StatusReport.objects.get(reported_on=date(2021, 3, 31))
    if how == "corrected":
        status_report_change(report=row, seen_version=1, fields={"light": "red"}, by=pmo)
    elif how == "removed":
        StatusReport.objects.filter(pk=row.pk).delete()
    else:
        written(in_alpha, entry(measure, light="red"))
    states, events = kept(), AuditEvent.objects.count()
    with pytest.raises(Conflict, match="report_changed_since"):
        status_reports_unwrite(created_ids=result.created, before=(), by=pmo)
    assert (kept(), AuditEvent.objects.count()) == (states, events)


def test_what_cannot_be_kept_is_named_by_entry_and_field_and_nothing_is_written(
    in_alpha: House,
) -> None:
    measure = make_measure(in_alpha)
    good = entry(measure)
    bad = [
        replace(good, light="pink", rater="x" * 121),
        replace(good, stated="a\x00b", rater="1"),
        replace(good, commentary="x" * 20_001, rater="2"),
        replace(good, reported_on=date(1989, 12, 31)),
        replace(good, reported_on=date(2999, 1, 1)),
        replace(good, rater=" IPA "),
    ]
    with pytest.raises(Invalid) as caught:
        written(in_alpha, good, *bad)
    assert set(caught.value.errors) == {
        *("entries.1.light", "entries.1.rater", "entries.2.stated", "entries.3.commentary"),
        *("entries.4.reported_on", "entries.5.reported_on", "entries.6.reported_on"),
    }
    assert not StatusReport.objects.exists()


def test_who_may_not_import_there_brings_nothing(in_alpha: House) -> None:
    owned = make_measure(in_alpha, owner=in_alpha.people["owner"])
    for name in ("owner", "consultant", "auditor", "guest"):
        with pytest.raises(Forbidden):
            status_reports_write(entries=[entry(owned)], by=in_alpha.actor(name))
    with pytest.raises(NotVisible):  # a PMO of another program
        status_reports_write(entries=[entry(owned)], by=in_alpha.actor("narrow"))
    result = written(in_alpha, entry(owned))
    with pytest.raises(Forbidden):
        status_reports_unwrite(
            created_ids=result.created, before=(), by=in_alpha.actor("consultant")
        )
    assert StatusReport.objects.count() == 1


def test_a_measure_of_another_tenant_does_not_exist(in_alpha: House, beta: House) -> None:
    foreign = make_measure(beta)
    with in_alpha.active(), pytest.raises(NotVisible):
        written(in_alpha, entry(foreign))


def test_an_empty_import_does_nothing(in_alpha: House) -> None:
    assert written(in_alpha) == WriteResult()


def test_more_entries_take_no_more_statements(in_alpha: House) -> None:
    by, measures = in_alpha.system(*Role), make_measures(in_alpha, 3)
    counts = []
    for year, days in ((2020, 1), (2021, 28)):
        entries = [entry(m, f"{year}-03-{d:02}") for m in measures for d in range(1, days + 1)]
        counts.append(0)
        for light in ("amber", "red"):
            entries = [replace(e, light=light) for e in entries]
            with CaptureQueriesContext(connection) as queries:
                status_reports_write(entries=entries, by=by)
            counts[-1] += len(queries)
    assert counts[0] == counts[1] < 30
