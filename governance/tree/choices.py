"""Levels of the tree and the prefixes of codes."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Level(models.IntegerChoices):
    """From the tenant's root (never shown as a level) down to the package."""

    TENANT = 0, _("Tenant")
    PORTFOLIO = 1, _("Portfolio")
    PROGRAM = 2, _("Program")
    PROJECT = 3, _("Project")
    PACKAGE = 4, _("Measure package")

    @property
    def word(self) -> str:
        """The level as the API and the addresses spell it."""
        return WORDS[self]

    @property
    def page(self) -> str:
        """The name of the address of a node's page; it takes the tenant's slug and the code."""
        return f"initiatives:{self.word.replace('_', '-')}"

    @staticmethod
    def of_word(word: str) -> "Level":
        """The level that addresses spell like this."""
        return next(level for level, known in WORDS.items() if known == word)

    @property
    def noun(self) -> str:
        """The part of addresses below which nodes of this level stand."""
        return f"{self.word.replace('_', '-')}s"

    @property
    def child(self) -> "Level | None":
        return None if self is Level.PACKAGE else Level(self.value + 1)


WORDS = {
    Level.TENANT: "tenant",
    Level.PORTFOLIO: "portfolio",
    Level.PROGRAM: "program",
    Level.PROJECT: "project",
    Level.PACKAGE: "measure_package",
}

# Prefix and number of digits of each kind of code, as `PF-01` or `M-000123` (domain.md, section 2).
CODE_FORMATS = {
    "portfolio": ("PF", 2),
    "program": ("PG", 3),
    "project": ("PJ", 4),
    "measure_package": ("PK", 4),
    "measure": ("M", 6),
    "objective": ("OB", 4),
    "kpi": ("K", 4),
    "exception": ("X", 6),
}
