"""One address that fails, with a plain answer: for tests of what is told of an error."""

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from governance.web import health


@csrf_exempt
def fail(request: HttpRequest, word: str) -> HttpResponse:
    typed = request.POST["password"]
    raise RuntimeError(f"{typed} {word}")


def handler500(request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=500)


urlpatterns = [
    path("fails/<str:word>/", fail, name="fails"),
    path("health", health.health, name="health"),
    path("ready", health.ready, name="ready"),
]
