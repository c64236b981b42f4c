"""`measures/{code}/track/`: the light track, set by the PMO."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from governance.people.choices import Permission
from governance.web.apiviews import ApiView
from governance.web.openapi import ETAG, IF_MATCH
from governance.web.serializers import StrictSerializer
from initiatives.gates.tracks import track_set
from initiatives.selectors import measure_by_code
from initiatives.stage_models.choices import Track


class TrackSerializer(serializers.Serializer[object]):
    """The track of a measure."""

    measure = serializers.CharField()
    track = serializers.ChoiceField(Track.choices)
    version = serializers.IntegerField(min_value=1)


class TrackBody(StrictSerializer):
    """The track wanted."""

    shown_as = TrackSerializer

    track = serializers.ChoiceField(Track.choices)


class TrackView(ApiView):
    """The track of one measure."""

    http_method_names = ["post", "options"]

    @extend_schema(
        operation_id="measures_track",
        tags=["measures"],
        parameters=[IF_MATCH, ETAG],
        request=TrackBody,
        responses=TrackSerializer,
    )
    def post(self, request: Request, tenant_slug: str, code: str) -> Response:
        """Put a measure on a track while it is Identified; 422 `track_too_large` says why not."""
        measure = measure_by_code(code, by=self.actor)
        self.actor.require(Permission.MEASURE_SET_JUDGES, measure.path)
        seen = self.seen_version()
        wanted = Track(self.parsed(TrackBody)["track"])
        row = track_set(measure=measure, track=wanted, seen_version=seen, by=self.actor)
        return self.answer({"measure": row.code, "track": row.track, "version": row.version})
