"""The refusal of a decision by the segregation of duties: one shape, the rule named."""

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from governance.errors import Forbidden

RULES: dict[str, StrOrPromise] = {
    "S1": _("Nobody decides what they requested, co-signed, entered or own (S1)."),
    "S2": _("The controller of a measure is not its owner, sponsor or effect owner (S2)."),
    "S3": _("Only the controller named on the measure decides its closure (S3)."),
    "S4": _("Nobody validates what they entered, imported or claimed (S4)."),
    "S5": _(
        "Whoever published a governance setting does not decide under it for thirty days (S5), "
        "and nobody publishes what they proposed."
    ),
    "S7": _("A consultant prepares and never decides, but in a forum that gave them a seat (S7)."),
    "S10": _("An auditor reads everything and writes nothing but findings (S10)."),
    "S11": _("Who judges is not chosen by the judged (S11)."),
    "recusal": _("You are recused from this request."),
}


class SegregationOfDuties(Forbidden):
    """403 `segregation_of_duties`; `rule` is the code of domain.md, section 5."""

    def __init__(self, rule: str, detail: StrOrPromise = "") -> None:
        self.rule = rule
        text = detail or RULES[rule]
        super().__init__("segregation_of_duties", text, errors={"rule": [rule]})
