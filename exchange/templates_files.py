"""Empty files to fill in: the columns of a profile by name, and a sheet that explains them."""

import csv
import io

import xlsxwriter
from django.utils.translation import gettext as _

from exchange.profiles.base import Profile

MONTH_EXAMPLES = ("2026-01", "2026-02", "2026-03")
WIDE, NARROW = 60, 22


def headings_of(profile: Profile) -> list[str]:
    """Machine names, which every import finds by itself."""
    months = MONTH_EXAMPLES if profile.takes_months else ()
    return [*(field.name for field in profile.fields), *months]


def template_csv(profile: Profile) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerow(headings_of(profile))
    return text.getvalue().encode("utf-8-sig")


def template_xlsx(profile: Profile) -> bytes:
    """Two sheets: the empty table, and what each of its columns means."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True, "strings_to_formulas": False}) as book:
        bold = book.add_format({"bold": True, "bottom": 1})
        wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        rows = book.add_worksheet(_("Rows"))
        for at, heading in enumerate(headings_of(profile)):
            rows.write_string(0, at, heading, bold)
        rows.set_column(0, len(headings_of(profile)), NARROW)
        rows.freeze_panes(1, 0)
        columns = book.add_worksheet(_("Columns"))
        titles = (_("Column"), _("Meaning"), _("Needed"), _("Example"), _("Explanation"))
        for at, title in enumerate(titles):
            columns.write_string(0, at, title, bold)
        for line, field in enumerate(profile.fields, start=1):
            needed = _("yes") if field.is_required else ""
            texts = (field.name, str(field.label), needed, field.example, str(field.help))
            for at, text in enumerate(texts):
                columns.write_string(line, at, text, wrapped)
        columns.set_column(0, 3, NARROW)
        columns.set_column(4, 4, WIDE)
    return content.getvalue()
