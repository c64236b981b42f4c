"""Master data: business units, functions, legal entities or forums, an entry a row."""

from django.utils.translation import gettext_lazy as _

from exchange.choices import ProfileCode
from exchange.drafts import MasterRow
from exchange.profiles.base import Field, Option, Profile, Settings, Target
from exchange.profiles.source import SourceRow

LISTS = (
    ("business-units", _("Business units")),
    ("functions", _("Functions")),
    ("legal-entities", _("Legal entities")),
    ("forums", _("Steering committees")),
)
YES = frozenset({"", "yes", "ja", "true", "1", "x", "active", "aktiv"})
NO = frozenset({"no", "nein", "false", "0", "inactive", "inaktiv"})


class MasterDataList(Profile):
    """Entries are found by code; a new name renames, «active: no» deactivates (H4)."""

    code = ProfileCode.MASTER_DATA
    target = Target.MASTER_DATA
    summary = _("Business units, functions, legal entities or forums: code, name, active or not.")
    fields = (
        Field("code", _("Code"), aliases=("kürzel", "short name"), is_required=True, example="BU1"),
        Field(
            "name", _("Name"), aliases=("bezeichnung", "title"), is_required=True, example="Wind"
        ),
        Field("is_active", _("Active"), aliases=("active", "aktiv"), example="yes"),
    )
    options = (
        Option("kind", _("List"), default="business-units", choices=LISTS, is_required=True),
    )

    def draft(self, source: SourceRow, settings: Settings) -> MasterRow | None:
        code = source.text("code", limit=30, required=True)
        active = source.text("is_active").casefold()
        if active not in YES | NO:
            source.fail("unknown_word", "is_active", text=active, known="yes, no")
        return MasterRow(
            key=code.casefold(),
            kind=settings.option("kind"),
            code=code,
            name=source.text("name", required=True),
            is_active=active not in NO,
        )
