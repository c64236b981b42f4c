"""Reading metrics: one by its code, and how many effects use each."""

from collections.abc import Iterable

from django.db.models import Count

from governance.errors import NotVisible
from governance.people.actor import Actor
from governance.people.choices import Permission
from kpis.models import Effect, Metric


def metric_named(code: str, *, by: Actor) -> Metric:
    """One metric by its code, for whoever sees any place of the tenant; raises `NotVisible`."""
    row: Metric | None = None
    if by.may_anywhere(Permission.TREE_VIEW):
        row = Metric.objects.filter(code=code).first()
    if row is None:
        raise NotVisible
    return row


def uses_of(metrics: Iterable[Metric]) -> dict[int, int]:
    """Number of effects by metric id; absent: none. One query."""
    ids = [metric.pk for metric in metrics]
    rows = Effect.objects.filter(metric__in=ids).order_by().values_list("metric_id")
    return dict(rows.annotate(count=Count("pk")))
