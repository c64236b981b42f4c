"""Addresses of the pages of this app, below one tenant."""

from django.urls import URLPattern, URLResolver, path

from reporting.pages import bridge, views, watermelons

app_name = "reporting"
urlpatterns: list[URLPattern | URLResolver] = [
    path("portfolio/", views.portfolio, name="portfolio"),
    path("watermelons/", watermelons.watermelon_list, name="watermelons"),
    path("totals/<str:code>/", views.node_totals, name="node-totals"),
    path("totals/<str:code>/bridge/", bridge.bridge, name="bridge"),
    path("totals/<str:code>/plan.csv", views.plan_csv, name="plan-csv"),
]
