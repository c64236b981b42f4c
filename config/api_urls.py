"""The API below one tenant; each app brings its own addresses."""

from django.urls import include, path

urlpatterns = [
    path("", include("governance.api_urls")),
    path("", include("approvals.api_urls")),
    path("", include("initiatives.api_urls")),
    path("", include("kpis.api_urls")),
    path("", include("exchange.api_urls")),
    path("", include("reporting.api_urls")),
]
