"""Which representation a caller gets: the header Accept alone decides."""

from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.settings import APISettings


class HeaderNegotiation(DefaultContentNegotiation):
    """Without DRF's `?format=`, which would be a filter that no list has."""

    settings = APISettings({"URL_FORMAT_OVERRIDE": None})  # type: ignore[arg-type, assignment]  # the stubs know complete settings only
