"""Words of metrics: which way is better, and where in the statements a metric shows."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Sign(models.TextChoices):
    """Whether more or less of a metric is better."""

    MORE = "more", _("More is better")
    LESS = "less", _("Less is better")


class StatementLine(models.TextChoices):
    """The line of the P&L or another statement in which a metric shows."""

    REVENUE = "revenue", _("Revenue")
    COST_OF_GOODS_SOLD = "cost_of_goods_sold", _("Cost of goods sold")
    GROSS_MARGIN = "gross_margin", _("Gross margin")
    PERSONNEL = "personnel", _("Personnel expenses")
    OTHER_OPERATING_EXPENSES = "other_operating_expenses", _("Other operating expenses")
    EBITDA = "ebitda", _("EBITDA")
    DEPRECIATION_AND_AMORTISATION = (
        "depreciation_and_amortisation",
        _("Depreciation and amortisation"),
    )
    EBIT = "ebit", _("EBIT")
    INTEREST = "interest", _("Interest")
    TAX = "tax", _("Taxes")
    CASH_FLOW = "cash_flow", _("Cash flow")
    BALANCE_SHEET = "balance_sheet", _("Balance sheet")
    NONE = "none", _("No line of a statement")
