"""Forms of the import studio: upload, how the file is read, what its columns mean."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exchange.choices import ProfileCode
from exchange.files.notations import month_in
from exchange.files.shapes import SEPARATORS, FileKind, Shape
from exchange.models import Import
from exchange.profiles.base import MONTHS, Option, Profile
from governance.web.forms import DayField, LineField, VersionedForm

ENCODINGS = (
    ("utf-8", gettext_lazy("UTF-8")),
    ("cp1252", gettext_lazy("Windows-1252 (Western European)")),
    ("utf-16", gettext_lazy("UTF-16")),
)
SEPARATOR_NAMES = {
    ",": gettext_lazy("Comma"),
    ";": gettext_lazy("Semicolon"),
    "\t": gettext_lazy("Tab"),
    "|": gettext_lazy("Vertical bar"),
}
MOST_HEADING_ROW = 1000


class UploadForm(forms.Form):
    """A file and what it is about."""

    profile = forms.ChoiceField(
        label=gettext_lazy("What the file holds"), choices=ProfileCode.choices
    )
    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy("CSV, XLSX or JSON. Nothing is written before you have seen what."),
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv,.xlsx,.json"}),
    )


class ShapeForm(VersionedForm):
    """How the file is read, as detected, to be corrected."""

    encoding = forms.ChoiceField(label=gettext_lazy("Encoding"), choices=ENCODINGS, required=False)
    separator = forms.ChoiceField(label=gettext_lazy("Separator"), required=False)
    sheet = forms.ChoiceField(label=gettext_lazy("Sheet"), required=False)
    header_row = forms.IntegerField(
        label=gettext_lazy("Row of the headings"), min_value=1, max_value=MOST_HEADING_ROW
    )
    is_turned = forms.BooleanField(
        label=gettext_lazy("Turned: names in the first column, one column for each entry"),
        required=False,
    )

    def __init__(self, *args: Any, shape: Shape, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice: Any = self.fields["separator"]
        choice.choices = [(sign, SEPARATOR_NAMES.get(sign, sign)) for sign in SEPARATORS]
        choice = self.fields["sheet"]
        choice.choices = [(name, name) for name in shape.sheets]
        keep = {
            FileKind.CSV: ("encoding", "separator"),
            FileKind.XLSX: ("sheet",),
            FileKind.JSON: (),
        }[shape.kind]
        for name in {"encoding", "separator", "sheet"} - set(keep):
            del self.fields[name]
        if shape.kind is FileKind.JSON:
            del self.fields["header_row"], self.fields["is_turned"]

    @property
    def wanted(self) -> dict[str, Any]:
        """What `import_reshape` takes."""
        data = self.cleaned_data
        return {name: data[name] for name in self.fields if name != "seen_version"}


def initial_shape(run: Import) -> dict[str, Any]:
    shape = Shape.from_data(run.shape)
    return {
        "encoding": shape.encoding,
        "separator": shape.separator,
        "sheet": shape.sheet,
        "header_row": shape.header_row,
        "is_turned": shape.is_turned,
        "seen_version": run.version,
    }


@dataclass(frozen=True, slots=True)
class ColumnLine:
    """A column of the file beside the field that says what it means."""

    name: str
    samples: Sequence[str]
    field: forms.BoundField


class ColumnsForm(VersionedForm):
    """What each column means, and the options of the profile."""

    def __init__(self, *args: Any, run: Import, profile: Profile, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.run, self.profile = run, profile
        meanings = [("", _("Leave out"))]
        meanings += [(f.name, str(f.label)) for f in profile.fields]
        for index, column in enumerate(run.columns):
            month = month_in(str(column["name"])) if profile.takes_months else None
            choices = [*meanings, (MONTHS, _("Values of %(month)s") % {"month": month})]
            self.fields[f"column-{index}"] = forms.ChoiceField(
                label=str(column["name"]),
                choices=choices if month else meanings,
                required=False,
                initial=run.mapping.get(str(index), ""),
            )
        for option in profile.every_option:
            self.fields[f"option-{option.name}"] = _option_field(option, run)

    def column_lines(self) -> list[ColumnLine]:
        return [
            ColumnLine(str(column["name"]), column["samples"], self[f"column-{index}"])
            for index, column in enumerate(self.run.columns)
        ]

    def option_fields(self) -> list[forms.BoundField]:
        return [self[f"option-{option.name}"] for option in self.profile.every_option]

    @property
    def mapping(self) -> dict[str, str]:
        return {
            str(index): self.cleaned_data[f"column-{index}"]
            for index in range(len(self.run.columns))
        }

    @property
    def options(self) -> dict[str, str]:
        given = {o.name: self.cleaned_data[f"option-{o.name}"] for o in self.profile.every_option}
        return {name: str(value or "") for name, value in given.items()}


def _option_field(option: Option, run: Import) -> forms.Field:
    initial = run.options.get(option.name, option.default)
    if option.choices:
        return forms.ChoiceField(
            label=option.label,
            choices=list(option.choices),
            initial=initial,
            help_text=option.help,
            required=option.is_required,
        )
    if option.is_day:
        return DayField(label=option.label, initial=initial, required=option.is_required)
    attrs = {"list": "places", "autocomplete": "off"} if option.is_place else {}
    return LineField(
        label=option.label,
        help_text=option.help,
        initial=initial,
        required=option.is_required,
        max_length=180,
        widget=forms.TextInput(attrs=attrs),
    )


class ApplyForm(VersionedForm):
    """The consent to import, and to leave refused rows out."""

    leaves_out_refused = forms.BooleanField(
        label=gettext_lazy("Leave the refused rows out and import the others"), required=False
    )
