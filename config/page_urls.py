"""The pages below one tenant; each app brings its own addresses."""

from django.urls import include, path

from governance.web.home import tenant_home

urlpatterns = [
    path("", tenant_home, name="tenant-home"),
    path("", include("governance.urls")),
    path("", include("approvals.urls")),
    path("", include("initiatives.urls")),
    path("", include("kpis.urls")),
    path("", include("exchange.urls")),
    path("", include("reporting.urls")),
]
