"""`/health` (alive) and `/ready` (able to serve: database, migrations, workers, outbox)."""

from datetime import timedelta
from typing import Any

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from governance.events.models import WorkerHeartbeat
from governance.events.services import tenants_with_work
from governance.version import version

HEARTBEAT_LIMIT = timedelta(seconds=60)


@require_safe
def health(request: HttpRequest) -> JsonResponse:
    """The process answers; says nothing about what it depends on."""
    return JsonResponse({"status": "ok", "version": version()})


@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """503 with the name of what is missing, as long as something is."""
    checks: dict[str, Any] = {}
    try:
        checks["database"] = True
        executor = MigrationExecutor(connection)
        checks["migrations"] = not executor.migration_plan(executor.loader.graph.leaf_nodes())
        limit = timezone.now() - HEARTBEAT_LIMIT
        checks["worker"] = WorkerHeartbeat.objects.filter(beat_at__gte=limit).exists()
        checks["tenants_with_undelivered_events"] = len(tenants_with_work("outbox"))
    except DatabaseError:
        checks["database"] = False
    is_ready = all(checks.get(name) for name in ("database", "migrations", "worker"))
    return JsonResponse(
        {"status": "ready" if is_ready else "not_ready", "checks": checks},
        status=200 if is_ready else 503,
    )
