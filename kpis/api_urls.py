"""Addresses of the API of this app, below one tenant."""

from django.urls import URLPattern, URLResolver, path

from kpis.api.actuals import ReferenceView, SecondView, ValidationListView
from kpis.api.baselines import BaselinesView
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
from kpis.api.periods import PeriodListView, PeriodLockView, PeriodReopenView, PeriodSubmitView
from kpis.api.phasing import PhasingView
from kpis.api.queue import ShortfallListView, VerdictsView, WaitingClaimListView
from kpis.api.rates import RateConfirmView, RateListView, RateRefuseView, RateWithdrawView
from kpis.api.restatements import (
    EffectRestatementsView,
    RestatementApproveView,
    RestatementListView,
    RestatementRefuseView,
    RestatementWithdrawView,
)
from kpis.api.targets import (
    TargetApproveView,
    TargetListView,
    TargetRefuseView,
    TargetView,
    TargetWithdrawView,
)
from kpis.api.value_settings import (
    SettingsPublicationView,
    SettingsVersionListView,
    SettingsVersionView,
    ValueSettingsView,
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("metrics/", MetricListView.as_view(), name="api-metric-list"),
    path("metrics/<str:code>/", MetricView.as_view(), name="api-metric-detail"),
    path("measures/<str:code>/effects/", EffectListView.as_view(), name="api-effect-list"),
    path("measures/<str:code>/figures/", FiguresView.as_view(), name="api-measure-figures"),
    path("measures/<str:code>/lights/", LightsView.as_view(), name="api-measure-lights"),
    path("measures/<str:code>/baselines/", BaselinesView.as_view(), name="api-measure-baselines"),
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
    path("claims/", WaitingClaimListView.as_view(), name="api-waiting-claim-list"),
    path("validations/", VerdictsView.as_view(), name="api-validation-many"),
    path("sustain-shortfalls/", ShortfallListView.as_view(), name="api-sustain-shortfall-list"),
    path(
        "validations/<uuid:validation_id>/second/",
        SecondView.as_view(),
        name="api-validation-second",
    ),
    path("value-settings/", ValueSettingsView.as_view(), name="api-value-settings"),
    path(
        "value-settings-versions/",
        SettingsVersionListView.as_view(),
        name="api-settings-version-list",
    ),
    path(
        "value-settings-versions/<int:number>/",
        SettingsVersionView.as_view(),
        name="api-settings-version-detail",
    ),
    path(
        "value-settings-versions/<int:number>/publish/",
        SettingsPublicationView.as_view(),
        name="api-settings-version-publish",
    ),
    path("periods/", PeriodListView.as_view(), name="api-period-list"),
    path("periods/<str:month>/submit/", PeriodSubmitView.as_view(), name="api-period-submit"),
    path("periods/<str:month>/lock/", PeriodLockView.as_view(), name="api-period-lock"),
    path("periods/<str:month>/reopen/", PeriodReopenView.as_view(), name="api-period-reopen"),
    path("restatements/", RestatementListView.as_view(), name="api-restatement-list"),
    path(
        "effects/<uuid:effect_id>/restatements/",
        EffectRestatementsView.as_view(),
        name="api-effect-restatements",
    ),
    path(
        "restatements/<uuid:restatement_id>/approve/",
        RestatementApproveView.as_view(),
        name="api-restatement-approve",
    ),
    path(
        "restatements/<uuid:restatement_id>/refuse/",
        RestatementRefuseView.as_view(),
        name="api-restatement-refuse",
    ),
    path(
        "restatements/<uuid:restatement_id>/withdraw/",
        RestatementWithdrawView.as_view(),
        name="api-restatement-withdraw",
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
