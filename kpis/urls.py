"""Addresses of the pages of this app, below one tenant."""

from django.urls import URLPattern, URLResolver, path

from kpis.pages import effects, values

app_name = "kpis"
urlpatterns: list[URLPattern | URLResolver] = [
    path("measures/<str:code>/values/", values.values, name="measure-values"),
    path("measures/<str:code>/effects/new/", effects.effect_new, name="effect-new"),
    path("effects/<uuid:effect_id>/values/", effects.effect_values, name="effect-values"),
    path("effects/<uuid:effect_id>/delete/", effects.effect_remove, name="effect-delete"),
    path("effects/<uuid:effect_id>/history/<str:month>/", values.cell, name="cell-history"),
]
