"""Addresses for tests alone: views that write and then go wrong in every way there is."""

from collections.abc import Callable, Iterator

from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import path
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from config import urls
from governance.errors import Conflict, Forbidden, Invalid, NotVisible, Refused, Stale
from governance.masterdata.models import BusinessUnit
from governance.masterdata.services import master_data_create
from governance.people.actor import Actor
from governance.web.apiviews import ApiView
from governance.web.requests import TenantRequest

handler400 = urls.handler400
handler403 = urls.handler403
handler404 = urls.handler404
handler500 = urls.handler500


def _break_the_connection() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1/0")


def _raiser(error: Exception) -> Callable[[], None]:
    def go_wrong() -> None:
        raise error

    return go_wrong


WRONG: dict[str, tuple[Callable[[], None], int]] = {
    "bug": (_raiser(ZeroDivisionError()), 500),
    "database": (_break_the_connection, 500),
    "missing": (_raiser(Http404()), 404),
    "denied": (_raiser(PermissionDenied()), 403),
    "refused": (_raiser(Refused("owner_is_sponsor")), 422),
    "invalid": (_raiser(Invalid({"name": ["no"]})), 400),
    "forbidden": (_raiser(Forbidden()), 403),
    "unseen": (_raiser(NotVisible()), 404),
    "conflict": (_raiser(Conflict()), 409),
    "stale": (_raiser(Stale(1, 2)), 412),
}
ANSWERS = (200, 204, 302, 400, 403, 404, 409, 422, 500)


def write(actor: Actor) -> None:
    master_data_create(model=BusinessUnit, code="HALF", name="Half done", by=actor)


def page_raises(request: TenantRequest, tenant_slug: str, way: str) -> HttpResponse:
    write(request.actor)
    WRONG[way][0]()
    return HttpResponse("unreachable")


def page_answers(request: TenantRequest, tenant_slug: str, status: int) -> HttpResponse:
    write(request.actor)
    return HttpResponse("done", status=status)


def page_streams(request: TenantRequest, tenant_slug: str) -> HttpResponseBase:
    def rows() -> Iterator[str]:
        yield from BusinessUnit.objects.order_by("code").values_list("code", flat=True)

    return StreamingHttpResponse(rows())


class ApiRaises(ApiView):
    """Writes, then goes wrong."""

    def post(self, _request: object, **given: str) -> Response:
        write(self.actor)
        way = given["way"]
        if way == "serializer":
            raise ValidationError({"name": ["no"]})
        WRONG[way][0]()
        return Response({})


class ApiAnswers(ApiView):
    """Writes, then answers with a status."""

    def post(self, _request: object, **given: int) -> Response:
        write(self.actor)
        status = given["status"]
        return Response({"status": status}, status=status)


urlpatterns = [
    path("t/<slug:tenant_slug>/raises/<way>/", page_raises),
    path("t/<slug:tenant_slug>/answers/<int:status>/", page_answers),
    path("t/<slug:tenant_slug>/streams/", page_streams),
    path("api/v1/tenants/<slug:tenant_slug>/raises/<way>/", ApiRaises.as_view()),
    path("api/v1/tenants/<slug:tenant_slug>/answers/<int:status>/", ApiAnswers.as_view()),
    *urls.urlpatterns,
]
