"""Making sure that the metrics an import needs are there."""

from governance.people.actor import Actor
from kpis.metrics.services import STARTING_METRICS, metric_create
from kpis.models import Metric
from kpis.selectors import metrics


def metrics_ensure(*, needed: str, by: Actor) -> dict[str, Metric]:
    """All metrics by code; if the needed one is missing, the starting metrics are added."""
    found = {metric.code: metric for metric in metrics()}
    if needed not in found:
        for draft in STARTING_METRICS:
            if draft.code not in found:
                found[draft.code] = metric_create(draft=draft, by=by)
    return found
