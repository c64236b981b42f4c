"""Reading metrics: one by its code, and how many effects use each."""

from collections.abc import Iterable

from django.db.models import Count
from django.utils.translation import gettext as _

from governance.errors import Invalid, NotVisible
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


def active_metric(code: str) -> Metric:
    """A metric in use that a body names.

    Raises `Invalid`, alike for one that is foreign and one that is out of use.
    """
    metric: Metric | None = Metric.objects.filter(code=code, is_active=True).first()
    if metric is None:
        text = _("%(code)s is not an active entry of this list.") % {"code": code}
        raise Invalid({"metric": [text]})
    return metric


def uses_of(metrics: Iterable[Metric]) -> dict[int, int]:
    """Number of effects by metric id; absent: none. One query."""
    ids = [metric.pk for metric in metrics]
    rows = Effect.objects.filter(metric__in=ids).order_by().values_list("metric_id")
    return dict(rows.annotate(count=Count("pk")))
