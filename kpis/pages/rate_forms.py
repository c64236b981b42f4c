"""The form that proposes exchange rates: a table of one fiscal year, and pasted lines."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from governance.errors import DomainError
from governance.ui.format import number
from governance.web.refusals import refusal_text
from initiatives.pages.seen import SeenForm
from kpis.rates.rules import Pasted, read_lines, typed_rate
from kpis.rules import Month

PASTE, PASTE_LENGTH = "paste", 200_000
SHOWN_DECIMALS = 4  # with three, 1.234 would read two ways
Standing = Mapping[str, Mapping[Month, Decimal | None]]


class RateField(forms.CharField):
    """One rate; the last separator is the decimal one, whatever the language."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"inputmode": "decimal", "autocomplete": "off", "class": "num"}
        widget = forms.TextInput(attrs=attrs)
        super().__init__(required=False, max_length=40, widget=widget, **kwargs)

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        rate = typed_rate(text)
        if not isinstance(rate, Decimal):
            raise ValidationError(str(rate))
        return rate


class LinesField(forms.CharField):
    """Lines such as `USD 2026-01 0.9251`; each fault names its line and what was typed stays."""

    def clean(self, value: Any) -> Any:
        pasted = read_lines(super().clean(value))
        if pasted.faults:
            raise ValidationError([str(fault) for fault in pasted.faults])
        return pasted


class RatesForm(SeenForm):
    """Rates of one kind; fields are named as the service names them, `rates.USD.2026-01`.

    What a person leaves as it stood is not proposed. Rates have no version: none is ever edited.
    """

    paste = LinesField(
        label=gettext_lazy("Lines"),
        required=False,
        strip=False,
        max_length=PASTE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
        help_text=gettext_lazy(
            "One rate per line: currency, month, rate, parted by tabs, blanks or semicolons. The "
            "last separator of a rate is its decimal one."
        ),
    )

    def __init__(
        self, data: Any = None, *, labels: Mapping[Month, str], standing: Standing
    ) -> None:
        self.lines = {
            currency: [f"rates.{currency}.{month}" for month in labels] for currency in standing
        }
        super().__init__(
            data,
            current={
                f"rates.{currency}.{month}": _shown(rate)
                for currency, cells in standing.items()
                for month, rate in cells.items()
            },
        )
        del self.fields["seen_version"]
        for currency, cells in standing.items():
            for month in cells:
                label = f"{currency} {labels[month]}"
                self.fields[f"rates.{currency}.{month}"] = RateField(label=label)
        self.order_fields([*self.current, PASTE])

    def sections(self) -> list[tuple[str, list[forms.BoundField]]]:
        """The inputs of each currency."""
        return [
            (currency, [self[name] for name in names]) for currency, names in self.lines.items()
        ]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        pasted: Pasted = data.get(PASTE) or Pasted({}, [])
        self.rates: dict[str, dict[str, object]] = {c: {**m} for c, m in pasted.rates.items()}
        for name in self.touched:
            _prefix, currency, month = name.split(".")
            if month in self.rates.get(currency, {}):
                facts = {"currency": currency, "month": month}
                text = _("%(currency)s %(month)s stands in the table and in the lines.")
                self.add_error(PASTE, text % facts)
            elif data.get(name) is not None:
                self.rates.setdefault(currency, {})[month] = data[name]
            elif name not in self.errors:
                self.add_error(name, _("A rate stays until another one supersedes it."))
        return data

    def refuse(self, error: DomainError) -> None:
        """Show what the service refuses: at its field, or at the lines with what it speaks of."""
        if not error.errors:
            self.add_error(None, refusal_text(error))
        for name, texts in error.errors.items():
            for text in texts:
                if name in self.fields:
                    self.add_error(name, str(text))
                elif name.count(".") > 1:
                    self.add_error(
                        PASTE, f"{name.removeprefix('rates.').replace('.', ' ')}: {text}"
                    )
                else:
                    self.add_error(None, str(text))


def _shown(rate: Decimal | None) -> str:
    if rate is None:
        return ""
    kept = -int(rate.normalize().as_tuple().exponent)
    return number(rate, get_language() or "en", places=max(SHOWN_DECIMALS, kept))
