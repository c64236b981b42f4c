"""Reading value settings: what is in force."""

from governance.versions.choices import VersionState
from kpis.settings.models import ValueSettings
from kpis.settings.rules import SHIPPED, ValueTerms


def value_settings() -> ValueTerms:
    """What is in force, the shipped terms where no version was published; one query."""
    row = ValueSettings.objects.filter(state=VersionState.PUBLISHED).first()
    return row.terms if row else SHIPPED
