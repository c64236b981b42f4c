"""Words of the import studio: profiles, states of an import and of its rows, kinds of findings."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ProfileCode(models.TextChoices):
    """What a file is about."""

    MEASURES = "measures", _("Measure list")
    VALUES = "values", _("Values by month")
    STATUS = "status", _("Yearly status of projects")
    OUTLINE = "outline", _("Measures with their status history")
    REPORTS = "reports", _("Status reports")
    KPIS = "kpis", _("KPIs by period")
    MASTER_DATA = "master_data", _("Master data")
    COST_SAVINGS = "cost_savings", _("Federal IT cost savings (JSON)")


class ImportState(models.TextChoices):
    """Where an import stands; four of them mean that a worker is at it."""

    READING = "reading", _("Reading the file")
    MAPPING = "mapping", _("Waiting for its columns")
    CHECKING = "checking", _("Checking the rows")
    CHECKED = "checked", _("Checked, nothing written yet")
    APPLYING = "applying", _("Importing")
    APPLIED = "applied", _("Imported")
    UNDOING = "undoing", _("Undoing")
    UNDONE = "undone", _("Undone")
    FAILED = "failed", _("Could not be read")
    DISCARDED = "discarded", _("Discarded")

    @property
    def is_working(self) -> bool:
        return self in WORKING


WORKING = (
    ImportState.READING,
    ImportState.CHECKING,
    ImportState.APPLYING,
    ImportState.UNDOING,
)


class RowState(models.TextChoices):
    """What becomes of one row of a file."""

    CREATE = "create", _("Created")
    CHANGE = "change", _("Changed")
    UNCHANGED = "unchanged", _("Unchanged")
    SKIPPED = "skipped", _("Skipped")
    REFUSED = "refused", _("Refused")


class Severity(models.TextChoices):
    """An error refuses its row; a warning says what was done about something odd."""

    ERROR = "error", _("Error")
    WARNING = "warning", _("Warning")


class ItemKind(models.TextChoices):
    """What an import touched, in the order in which it can be taken back."""

    REPORT = "report", _("Status report")
    VALUES = "values", _("Values")
    EFFECT = "effect", _("Effect")
    MEASURE = "measure", _("Measure")
    NODE = "node", _("Place in the tree")
    KPI_VALUES = "kpi_values", _("KPI values")
    KPI = "kpi", _("KPI")
    OBJECTIVE = "objective", _("Objective")
    METRIC = "metric", _("Metric")
    MASTER_DATA = "master_data", _("Master data")


class ItemAction(models.TextChoices):
    """Whether an import brought something or changed what was there."""

    CREATED = "created", _("Created")
    CHANGED = "changed", _("Changed")


class ExportState(models.TextChoices):
    """Where a file that takes a list out stands."""

    WAITING = "waiting", _("Waiting for a worker")
    WORKING = "working", _("Being made")
    DONE = "done", _("Ready")
    FAILED = "failed", _("Could not be made")


class ExportFormat(models.TextChoices):
    """What kind of file."""

    CSV = "csv", "CSV"
    XLSX = "xlsx", "XLSX"


class Headings(models.TextChoices):
    """What stands over the columns: names that an import knows, or the words of the page."""

    MACHINE = "machine", _("Names that an import knows")
    WORDS = "words", _("Words of the page")
