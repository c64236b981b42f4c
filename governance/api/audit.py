"""`audit-events/`: the tenant's trail with its hashes and seals (A1, A2)."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from governance.api.serializers import AuditEventFilters, AuditEventSerializer, event_bodies
from governance.audit.selectors import EventFilter
from governance.history import BY_TIME, audit_trail
from governance.web.apiviews import ApiView, Listing
from governance.web.openapi import page_of


class AuditEventListView(ApiView):
    """Everything that was changed in the tenant."""

    @extend_schema(
        operation_id="audit_events_list",
        tags=["audit-events"],
        parameters=[AuditEventFilters],
        responses=page_of(AuditEventSerializer),
    )
    def get(self, request: Request, tenant_slug: str) -> Response:
        """A page of events, newest first; needs the right to read the trail on the root."""
        audit_trail(EventFilter(), by=self.actor)
        given = self.filters(AuditEventFilters)
        wanted = EventFilter(
            subject_type=given.get("subject_type", ""),
            subject_key=given.get("subject", ""),
            actor=given.get("actor", ""),
            action=given.get("action", ""),
            after=given.get("after"),
            before=given.get("before"),
        )
        rows = audit_trail(wanted, by=self.actor)
        return self.page_of(rows, Listing(BY_TIME, given, event_bodies))
