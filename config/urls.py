"""All addresses: public pages, the pages of a tenant, and the API."""

from django.conf import settings
from django.urls import include, path, re_path
from django.views.generic import RedirectView

from governance.pages.unsubscribe import unsubscribe
from governance.web import health
from governance.web.home import home
from governance.web.metrics import metrics
from governance.web.schema import SchemaView

handler400 = "governance.web.errors.bad_request"
handler403 = "governance.web.errors.permission_denied"
handler404 = "governance.web.errors.not_found"
handler500 = "governance.web.errors.server_error"

urlpatterns = [
    path("", home, name="home"),
    path("health", health.health, name="health"),
    path("ready", health.ready, name="ready"),
    path("metrics", metrics, name="metrics"),
    path("unsubscribe/<str:signed>/", unsubscribe, name="unsubscribe"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("accounts/signup/", RedirectView.as_view(pattern_name="account_login")),
    # The address names a person in the audit; nobody gives himself another one.
    path("accounts/email/", RedirectView.as_view(pattern_name="home")),
    re_path(r"^accounts/confirm-email/.*$", RedirectView.as_view(url="/")),
    path("accounts/login/code/confirm/", RedirectView.as_view(pattern_name="account_login")),
    path("accounts/", include("allauth.account.urls")),
    path("api/v1/schema/", SchemaView.as_view(), name="api-schema"),
    path("api/v1/tenants/<slug:tenant_slug>/", include("config.api_urls")),
    path("t/<slug:tenant_slug>/", include("config.page_urls")),
]

if settings.DEBUG:
    urlpatterns.append(path("_components/", include("governance.gallery.urls")))
