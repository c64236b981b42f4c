"""Words of value: series, kinds, classes, aggregation (domain.md, section 6)."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Series(models.TextChoices):
    """Whose view of the months a row holds."""

    REFERENCE = "reference", _("Reference")
    BASELINE = "baseline", _("Baseline")
    PLAN = "plan", _("Plan")
    FORECAST = "forecast", _("Forecast")
    FORECAST_WITH_DEPENDENCIES = "forecast_with_dependencies", _("Forecast with dependencies")
    ACTUAL_CLAIMED = "actual_claimed", _("Actual, claimed")
    ACTUAL_VALIDATED = "actual_validated", _("Actual, validated")


class EffectKind(models.TextChoices):
    """Recurring and one-off value; one-time and running cost."""

    RECURRING = "recurring", _("Recurring")
    ONE_OFF = "one_off", _("One-off")
    ONE_TIME_COST = "one_time_cost", _("One-time cost")
    RUNNING_COST = "running_cost", _("Running cost")

    @property
    def is_cost(self) -> bool:
        return self in {EffectKind.ONE_TIME_COST, EffectKind.RUNNING_COST}


class EffectClass(models.TextChoices):
    """How hard the value is; unsplit counts as avoidance and never enters an EBITDA total (V7)."""

    HARD = "hard", _("Hard savings")
    AVOIDANCE = "avoidance", _("Avoidance")
    UNSPLIT = "unsplit", _("Unsplit")


class Aggregation(models.TextChoices):
    """How months of a metric become a year (V1)."""

    SUM = "sum", _("Sum")
    AVERAGE = "average", _("Average")
    LAST = "last", _("Last value")


class Source(models.TextChoices):
    """By which door a value came (V10)."""

    FORM = "form", _("Form")
    API = "api", _("API")
    IMPORT = "import", _("Import")
    FEED = "feed", _("Feed")


class PhasingHelper(models.TextChoices):
    """How an amount is put into months, or months are moved (V9)."""

    LINEAR = "linear", _("Evenly")
    RAMP = "ramp", _("Ramp, each month more")
    SEASON = "season", _("Season, by twelve weights")
    S_CURVE = "s_curve", _("S-curve, slow, fast, slow")
    SHIFT = "shift", _("Shift what stands there")


class Cause(models.TextChoices):
    """Why a plan or a forecast says what it says: one per written cell (V10, F8)."""

    ESTIMATE = "estimate", _("Estimate, before the decision")
    OPENED = "opened", _("Opened as a copy of the plan")
    SCOPE = "scope", _("Scope")
    VALUE = "value", _("Value")
    TIMING = "timing", _("Timing")
    # The system alone says this one: a dependency slipped (D3).
    DEPENDENCY = "dependency", _("Dependency")


class ProposalState(models.TextChoices):
    """What became of what one person proposed and another decides (H7, S8)."""

    PROPOSED = "proposed", _("Waits for approval")
    APPROVED = "approved", _("Approved")
    REFUSED = "refused", _("Refused")
    WITHDRAWN = "withdrawn", _("Withdrawn")
