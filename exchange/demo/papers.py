"""Small files that say of themselves that they prove nothing: evidence for a demo; pure."""

from collections.abc import Sequence

HEAD = b"%PDF-1.4\n"
FIRST_LINE, LINE_HEIGHT, LEFT = 780, 18, 60


def pdf_of(lines: Sequence[str]) -> bytes:
    """A page of plain lines; what Latin-1 cannot say becomes a question mark."""
    words = "".join(f"({_escaped(line)}) Tj 0 -{LINE_HEIGHT} Td\n" for line in lines)
    stream = f"BT /F1 11 Tf {LEFT} {FIRST_LINE} Td\n{words}ET".encode("latin-1", "replace")
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
    page = (
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>"
    )
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        page,
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        font,
    ]
    return _assembled(objects)


def _escaped(line: str) -> str:
    return line.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")


def _assembled(objects: Sequence[bytes]) -> bytes:
    content, offsets = HEAD, []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(content))
        content += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(objects) + 1
    content += b"xref\n0 %d\n0000000000 65535 f \n" % size + table
    trailer = b"trailer\n<< /Size %d /Root 1 0 R >>\n" % size
    # The table begins where all that comes before it ends.
    start = offsets[-1] + len(b"%d 0 obj\n%s\nendobj\n" % (len(objects), objects[-1]))
    return content + trailer + b"startxref\n%d\n%%%%EOF\n" % start
