"""Addresses of the pages of this app, below one tenant."""

from django.urls import URLPattern, URLResolver

app_name = "kpis"
urlpatterns: list[URLPattern | URLResolver] = []
