"""Writing metrics: create and change; what effects rest on stays as it is (V1)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from governance.audit.choices import AuditAction
from governance.audit.labels import field_label
from governance.audit.services import Subject, record
from governance.errors import Conflict, FieldErrors, Invalid, NotVisible, Stale
from governance.people.actor import Actor
from governance.people.choices import Permission
from governance.tenancy.models import Tenant
from governance.text import code_fault, one_line, sort_key, text_fault
from kpis.choices import Aggregation
from kpis.metrics.choices import Sign, StatementLine
from kpis.models import Effect, Metric, Target
from kpis.rules import DECIMALS

CODE_LENGTH, NAME_LENGTH, UNIT_LENGTH = 30, 200, 20
# Amounts were entered under these; another reading of them would change what was meant.
FIXED_BY_USE = ("unit", "is_monetary", "aggregation", "decimals")
# Whose amounts are read as the metric says.
USERS = (Effect, Target)


@dataclass(frozen=True, slots=True)
class MetricDraft:
    """A metric to be."""

    code: str
    name: StrOrPromise
    unit: str = ""
    is_monetary: bool = True
    aggregation: Aggregation = Aggregation.SUM
    decimals: int = 2
    sign: Sign = Sign.MORE
    pl_line: StatementLine = StatementLine.NONE

    def given(self) -> dict[str, Any]:
        return {field.name: getattr(self, field.name) for field in fields(self)}


STARTING_METRICS = (
    MetricDraft("EBITDA", _("EBITDA"), pl_line=StatementLine.EBITDA),
    MetricDraft("REVENUE", _("Revenue"), pl_line=StatementLine.REVENUE),
    MetricDraft("MARGIN", _("Gross margin"), pl_line=StatementLine.GROSS_MARGIN),
    MetricDraft(
        "COST", _("Cost savings"), decimals=4, pl_line=StatementLine.OTHER_OPERATING_EXPENSES
    ),
    MetricDraft("CASH", _("Cash"), pl_line=StatementLine.CASH_FLOW),
    MetricDraft(
        "WORKING_CAPITAL",
        _("Working capital"),
        aggregation=Aggregation.LAST,
        sign=Sign.LESS,
        pl_line=StatementLine.BALANCE_SHEET,
    ),
    MetricDraft(
        "FTE",
        _("Full-time equivalents"),
        "FTE",
        is_monetary=False,
        aggregation=Aggregation.AVERAGE,
        decimals=1,
        sign=Sign.LESS,
        pl_line=StatementLine.PERSONNEL,
    ),
    MetricDraft("CO2", _("CO₂ emissions avoided"), "t", is_monetary=False, decimals=1),
)
# What may be changed later; a code, once given, stays.
EDITABLE = (*(f.name for f in fields(MetricDraft) if f.name != "code"), "is_active")


def metric_subject(metric: Metric) -> Subject:
    return Subject("metric", metric.code, metric.name)


@transaction.atomic
def metric_create(*, draft: MetricDraft, by: Actor) -> Metric:
    """Add a metric; raises `Invalid` by field and `Conflict("code_taken")`."""
    by.require_anywhere(Permission.METRIC_MANAGE)
    row = Metric(**draft.given())
    row.code = one_line(row.code)
    _tidy(row)
    _check(row)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict("code_taken") from error
    changes = {"name": [None, row.name]}
    record(AuditAction.METRIC_CREATED, subject=metric_subject(row), by=by, changes=changes)
    made: Metric = Metric.objects.get(pk=row.pk)
    return made


@transaction.atomic
def metric_change(
    *, metric: Metric, seen_version: int, fields: Mapping[str, Any], by: Actor
) -> Metric:
    """Change fields of a metric (`EDITABLE`); what stays as it is writes nothing.

    Raises `Stale`, `Invalid` by field, `Conflict("metric_in_use")` naming the fields that an effect
    or a target has fixed (V1), `Conflict("metric_is_headline")` where the headline metric would be
    deactivated.
    """
    by.require_anywhere(Permission.METRIC_MANAGE)
    row = _locked(metric.pk, seen_version)
    if foreign := set(fields) - set(EDITABLE):
        raise Invalid({name: [_("This cannot be changed.")] for name in sorted(foreign)})
    before = {name: getattr(row, name) for name in fields}
    for name, value in fields.items():
        setattr(row, name, value)
    _tidy(row)
    _check(row)
    changes = {
        name: [_said(value), _said(getattr(row, name))]
        for name, value in before.items()
        if value != getattr(row, name)
    }
    if not changes:
        return row
    _refuse_used(row, changes)
    _refuse_headline(row)
    row.touched().save()
    record(AuditAction.METRIC_CHANGED, subject=metric_subject(row), by=by, changes=changes)
    made: Metric = Metric.objects.get(pk=row.pk)
    return made


def metric_set_active(*, metric: Metric, is_active: bool, seen_version: int, by: Actor) -> Metric:
    """Take a metric out of use or back; its effects stay, and it is no longer offered for new ones.

    Raises `Stale` and `Conflict("metric_is_headline")`.
    """
    return metric_change(
        metric=metric, seen_version=seen_version, fields={"is_active": is_active}, by=by
    )


def refuse_inactive(metric: Metric) -> None:
    """A metric out of use takes no new effects; raises `Invalid`."""
    if not metric.is_active:
        text = _("%(code)s is not an active entry of this list.") % {"code": metric.code}
        raise Invalid({"metric": [text]})


def refuse_changed(metrics: Iterable[Metric]) -> None:
    """After new effects were written: their metrics are still as they were read.

    An effect's foreign key waits for whoever holds its metric, and then holds it itself. Raises
    `Conflict("changed_meanwhile")`.
    """
    seen = {metric.pk: metric.version for metric in metrics}
    now = dict(Metric.objects.filter(pk__in=list(seen)).values_list("pk", "version"))
    if now != seen:
        raise Conflict("changed_meanwhile")


def _locked(metric_id: int, seen_version: int) -> Metric:
    """The metric FOR UPDATE: whoever is just now adding an effect of it is waited for."""
    rows = Metric.objects.select_for_update(of=("self",))
    row: Metric | None = rows.filter(pk=metric_id).first()
    if row is None:
        raise NotVisible
    if row.version != seen_version:
        raise Stale(seen_version, row.version)
    return row


def _tidy(row: Metric) -> None:
    row.name, row.unit = one_line(str(row.name)), one_line(row.unit)
    row.sort_key = sort_key(row.name)


def _check(row: Metric) -> None:
    faults = {
        "code": code_fault(row.code, limit=CODE_LENGTH),
        "name": text_fault(row.name, limit=NAME_LENGTH),
        "unit": text_fault(row.unit, limit=UNIT_LENGTH, required=False),
    }
    if not 0 <= row.decimals <= DECIMALS:
        faults["decimals"] = _("From 0 to %(most)s.") % {"most": DECIMALS}
    lists = {"aggregation": Aggregation, "sign": Sign, "pl_line": StatementLine}
    for name, words in lists.items():
        known = getattr(row, name) in words.values
        faults[name] = None if known else _("Choose one of the list.")
    errors: FieldErrors = {name: [fault] for name, fault in faults.items() if fault}
    if errors:
        raise Invalid(errors)


def _refuse_used(row: Metric, changes: Mapping[str, Any]) -> None:
    """V1: how amounts are read stays once an effect or a target holds some."""
    fixed = [name for name in FIXED_BY_USE if name in changes]
    if not fixed or not any(model.objects.filter(metric=row).exists() for model in USERS):
        return
    names = ", ".join(field_label(name) for name in fixed)
    raise Conflict(
        "metric_in_use",
        _("Effects or targets use this metric, so this stays as it is: %(names)s.")
        % {"names": names},
        errors={name: [_("Effects or targets use this metric.")] for name in fixed},
    )


def _refuse_headline(row: Metric) -> None:
    if not row.is_active and Tenant.objects.get(pk=row.tenant_id).headline_metric == row.code:
        raise Conflict("metric_is_headline")


def _said(value: Any) -> str | bool:
    """A value as history shows it; yes and no stay what they are."""
    return value if isinstance(value, bool) else str(value)
