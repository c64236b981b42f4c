"""Addresses of the API of this app, below one tenant."""

from django.urls import URLPattern, URLResolver, path

from kpis.api.actuals import ReferenceView, SecondView, ValidationListView
from kpis.api.effects import CellsView, EffectListView, EffectView
from kpis.api.figures import FiguresView
from kpis.api.grid import MeasureValuesView
from kpis.api.kpis import (
    KpiListView,
    KpiPeriodsView,
    KpiView,
    ObjectiveListView,
    ObjectiveView,
)
from kpis.api.lights import LightsView
from kpis.api.metrics import MetricListView, MetricView
from kpis.api.phasing import PhasingView
from kpis.api.rates import RateConfirmView, RateListView, RateRefuseView, RateWithdrawView
from kpis.api.targets import (
    TargetApproveView,
    TargetListView,
    TargetRefuseView,
    TargetView,
    TargetWithdrawView,
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("metrics/", MetricListView.as_view(), name="api-metric-list"),
    path("metrics/<str:code>/", MetricView.as_view(), name="api-metric-detail"),
    path("measures/<str:code>/effects/", EffectListView.as_view(), name="api-effect-list"),
    path("measures/<str:code>/figures/", FiguresView.as_view(), name="api-measure-figures"),
    path("measures/<str:code>/lights/", LightsView.as_view(), name="api-measure-lights"),
    path("measures/<str:code>/values/", MeasureValuesView.as_view(), name="api-measure-values"),
    path("effects/<uuid:effect_id>/", EffectView.as_view(), name="api-effect-detail"),
    path("effects/<uuid:effect_id>/cells/", CellsView.as_view(), name="api-effect-cells"),
    path("effects/<uuid:effect_id>/phasing/", PhasingView.as_view(), name="api-effect-phasing"),
    path(
        "effects/<uuid:effect_id>/reference/",
        ReferenceView.as_view(),
        name="api-effect-reference",
    ),
    path(
        "effects/<uuid:effect_id>/validations/",
        ValidationListView.as_view(),
        name="api-validation-list",
    ),
    path(
        "validations/<uuid:validation_id>/second/",
        SecondView.as_view(),
        name="api-validation-second",
    ),
    path("rates/", RateListView.as_view(), name="api-rate-list"),
    path("rates/<uuid:rate_id>/confirm/", RateConfirmView.as_view(), name="api-rate-confirm"),
    path("rates/<uuid:rate_id>/refuse/", RateRefuseView.as_view(), name="api-rate-refuse"),
    path("rates/<uuid:rate_id>/withdraw/", RateWithdrawView.as_view(), name="api-rate-withdraw"),
    path("targets/", TargetListView.as_view(), name="api-target-list"),
    path("targets/<uuid:target_id>/", TargetView.as_view(), name="api-target-detail"),
    path(
        "targets/<uuid:target_id>/approve/", TargetApproveView.as_view(), name="api-target-approve"
    ),
    path("targets/<uuid:target_id>/refuse/", TargetRefuseView.as_view(), name="api-target-refuse"),
    path(
        "targets/<uuid:target_id>/withdraw/",
        TargetWithdrawView.as_view(),
        name="api-target-withdraw",
    ),
    path("objectives/", ObjectiveListView.as_view(), name="api-objective-list"),
    path("objectives/<str:code>/", ObjectiveView.as_view(), name="api-objective-detail"),
    path("kpis/", KpiListView.as_view(), name="api-kpi-list"),
    path("kpis/<str:code>/", KpiView.as_view(), name="api-kpi-detail"),
    path("kpis/<str:code>/periods/", KpiPeriodsView.as_view(), name="api-kpi-periods"),
]
