"""Forms of documents: a new one, a newer version, and a withdrawal."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from governance.web.forms import LineField, VersionedForm
from initiatives.documents.choices import DocumentKind
from initiatives.documents.rules import COMMENT_LENGTH, ENDINGS, REASON_LENGTH, TITLE_LENGTH
from initiatives.documents.services import DocumentDraft, Upload
from initiatives.milestones.models import Milestone

ACCEPT = ",".join(f".{ending}" for ending in ENDINGS)


def _file_field() -> forms.FileField:
    field = forms.FileField(
        label=_("File"),
        # The service says in the product's words what is wrong with an empty one.
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ACCEPT}),
    )
    field.help_text = _("%(endings)s; at most %(limit)s MB.") % {
        "endings": ", ".join(ENDINGS),
        "limit": settings.DOCUMENT_MAX_BYTES // 1_000_000,
    }
    return field


class NewVersionForm(forms.Form):
    """A file and what is new in it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"] = _file_field()
        self.fields["comment"] = LineField(
            label=_("Comment"), required=False, max_length=COMMENT_LENGTH
        )

    @property
    def upload(self) -> Upload:
        file = self.cleaned_data["file"]
        return Upload(file.name, file.chunks(), self.cleaned_data["comment"])


class NewDocumentForm(NewVersionForm):
    """A document with its first file; `milestones` are those of its measure."""

    title = LineField(label=gettext_lazy("Title"), max_length=TITLE_LENGTH)
    kind = forms.ChoiceField(
        label=gettext_lazy("What it proves"),
        choices=[("", gettext_lazy("Choose what it proves")), *DocumentKind.choices],
    )

    def __init__(
        self, *args: Any, milestones: list[Milestone], chosen: Milestone | None = None
    ) -> None:
        super().__init__(*args)
        self.known = {str(row.public_id): row for row in milestones}
        options = [(key, row.title) for key, row in self.known.items() if row.accepted_at is None]
        self.fields["milestone"] = forms.ChoiceField(
            label=_("Milestone"),
            required=False,
            choices=[("", _("None")), *options],
            help_text=_("For milestone evidence: the milestone it proves."),
        )
        if chosen is not None:
            self.initial = {"kind": DocumentKind.MILESTONE, "milestone": str(chosen.public_id)}
        self.order_fields(["title", "kind", "milestone", "file", "comment"])

    @property
    def draft(self) -> DocumentDraft:
        return DocumentDraft(
            title=self.cleaned_data["title"],
            kind=self.cleaned_data["kind"],
            milestone=self.known.get(self.cleaned_data["milestone"]),
        )


class WithdrawForm(VersionedForm):
    """Why a document counts no more."""

    reason = LineField(label=gettext_lazy("Reason"), max_length=REASON_LENGTH)
