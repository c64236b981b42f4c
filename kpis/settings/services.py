"""Writing value settings: one person proposes a version, another publishes it (S5)."""

from typing import Any, Final

from governance.audit.choices import AuditAction
from governance.people.actor import Actor
from governance.permissions.selectors import system_actor
from governance.versions.services import (
    SettingKind,
    version_propose,
    version_publish,
)
from kpis.periods.services import periods_settle
from kpis.settings.models import ValueSettings
from kpis.settings.rules import NAMES, SHIPPED, ValueTerms, term_faults


def value_settings_propose(*, terms: ValueTerms, by: Actor) -> ValueSettings:
    """Put the next version forward; raises as `version_propose` does."""
    said = {name: getattr(terms, name) for name in NAMES} | {"closes_from": terms.closes_on}
    return version_propose(kind=VALUE_SETTINGS, said=said, faults=term_faults(terms), by=by)


def value_settings_publish(*, number: int, seen_version: int, by: Actor) -> ValueSettings:
    """Bring a proposal into force from now on; raises as `version_publish` does."""
    return version_publish(kind=VALUE_SETTINGS, number=number, seen_version=seen_version, by=by)


def _settle(by: Actor) -> None:
    """What is due by the terms until now stays closed under the next ones (V4)."""
    periods_settle(by=system_actor(by.tenant_id, via=by.via))


def _changes(before: ValueSettings | None, after: ValueSettings) -> dict[str, Any]:
    """What differs from the terms in force, field by field."""
    old, new = (before.terms if before else SHIPPED), after.terms
    pairs = {name: (getattr(old, name), getattr(new, name)) for name in NAMES}
    return {name: [_plain(a), _plain(b)] for name, (a, b) in pairs.items() if a != b}


def _plain(value: Any) -> Any:
    return str(value) if value is not None else None


VALUE_SETTINGS: Final = SettingKind(
    ValueSettings,
    noun="value_settings",
    proposed=AuditAction.VALUE_SETTINGS_PROPOSED,
    published=AuditAction.VALUE_SETTINGS_PUBLISHED,
    withdrawn=AuditAction.VALUE_SETTINGS_WITHDRAWN,
    changes=_changes,
    before_publishing=_settle,
)
