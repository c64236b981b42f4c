"""Writing many rows with one statement: what the guards of the database cost each row."""

from collections.abc import Iterator

from django.db.models import F

from governance.audit.choices import AuditAction
from governance.audit.services import Subject, record
from initiatives.models import Measure
from tests.bench.place import Place
from tests.bench.registry import Pair, benchmark

ROWS = 1000
UPDATE = (
    "UPDATE initiatives_measure SET version = version + 1 WHERE tenant_id = %s AND id = ANY(%s)"
)


@benchmark("Changing a thousand measures at once")
def bulk(place: Place) -> Iterator[Pair]:
    """One statement and one event in a transaction that checks everything before it commits."""
    house = place.house
    actor = house.actor("pmo")
    with house.active():
        ids = list(Measure.objects.order_by("id").values_list("pk", flat=True)[:ROWS])
    subject = Subject("tenant", house.slug, house.tenant.name)

    def product() -> None:
        with house.active():
            Measure.objects.filter(pk__in=ids).update(version=F("version") + 1)
            record(AuditAction.MEASURE_CHANGED, subject=subject, by=actor)

    def bare() -> None:
        changed = place.unguarded.execute(UPDATE.encode(), (place.tenant_id, ids)).rowcount
        assert changed == len(ids)

    note = (
        "Both sides are the same UPDATE of 1,000 rows; the product's runs as the application's role"
        " with row security, triggers and one audit event, the bare one without any of them."
    )
    yield Pair("one UPDATE", product, bare, rows=len(ids), note=note)
