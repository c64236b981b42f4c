"""Access to the tree and to measures."""

from tests.architecture.access.table import ALL, FORM, SEES, Row

EDITS = (422, 403, 403)
ASKS = (400, 403, 403)


def pages_of(word: str, *, under: str, at: str, moves: bool = True) -> tuple[Row, ...]:
    """The pages of one level of the tree."""
    move = (Row(f"initiatives:{word}-move", at=at, get=FORM, post=EDITS),) if moves else ()
    return (
        Row(f"initiatives:{word}s", lacks="guest", get=SEES),
        Row(f"initiatives:{word}-new", under=under, get=FORM, post=EDITS),
        Row(f"initiatives:{word}", at=at, lacks="guest", get=SEES),
        Row(f"initiatives:{word}-edit", at=at, get=FORM, post=EDITS),
        Row(f"initiatives:{word}-delete", at=at, get=FORM, post=ASKS),
        *move,
    )


def api_of(word: str, *, at: str, moves: bool = True, delete: int = 409) -> tuple[Row, ...]:
    """The API of one level of the tree."""
    move = (Row(f"api-{word}-move", at=at, post=ASKS),) if moves else ()
    return (
        Row(f"api-{word}-list", get=ALL, post=ASKS),
        Row(f"api-{word}-detail", at=at, get=ALL, patch=FORM, delete=(delete, 403, 403)),
        Row(f"api-{word}-detail", at=at, lacks="guest", get=SEES, patch=(200, 404, 403)),
        *move,
    )


ROWS = (
    Row("initiatives:people-options", get=(200, 403, 200)),
    Row("initiatives:tree", lacks="guest", get=SEES),
    Row("initiatives:tree-branch", at="program", lacks="guest", get=SEES),
    *pages_of("portfolio", under="", at="portfolio", moves=False),
    *pages_of("program", under="portfolio", at="program"),
    *pages_of("project", under="program", at="project"),
    *pages_of("measure-package", under="project", at="package"),
    *api_of("portfolio", at="portfolio", moves=False),
    *api_of("program", at="program"),
    *api_of("project", at="project"),
    *api_of("measure-package", at="package", delete=422),
    # Measures. The owner of the sample edits it and plans it, and neither moves nor deletes it.
    Row("initiatives:measures", lacks="guest", get=SEES),
    Row("initiatives:measure-new", get=FORM, post=FORM),
    Row("initiatives:measure", at="measure", lacks="guest", get=SEES),
    Row("initiatives:measure-history", at="measure", lacks="guest", get=SEES),
    Row("initiatives:measure-escalations", at="measure", lacks="guest", get=SEES),
    # Without HTMX a cell leads to the page that edits.
    Row(
        "initiatives:measure-cell", at="measure-field", has="owner", get=(302, 403, 403), post=EDITS
    ),
    Row("initiatives:measure-edit", at="measure", has="owner", get=FORM, post=EDITS),
    Row("initiatives:measure-move", at="measure", lacks="owner", get=FORM, post=EDITS),
    Row("initiatives:measure-delete", at="measure", lacks="owner", get=FORM, post=ASKS),
    # Gates. The owner of the sample asks; the climbed one passed a gate on a condition.
    Row("initiatives:measure-decisions", at="measure", lacks="guest", get=SEES),
    Row("initiatives:gate-ask", at="measure", has="owner", lacks="pmo", get=FORM, post=EDITS),
    *(
        Row(f"initiatives:measure-{word}", at="measure", has=who, get=FORM, post=EDITS)
        for word, who in (
            ("hold", "owner"),
            ("resume", "owner"),
            ("cancel", "owner"),
            ("step-down", "pmo"),
            ("reopen", "pmo"),
        )
    ),
    Row(
        "initiatives:measure-reinstate",
        at="passed",
        has="sponsor",
        lacks="pmo",
        get=FORM,
        post=EDITS,
    ),
    Row("initiatives:measure-change", at="passed", has="owner", get=FORM, post=EDITS),
    # What is sent along may be left out: each of these succeeds with nothing.
    Row(
        "initiatives:criterion-attest",
        at="criterion",
        has="controller",
        lacks="pmo",
        get=FORM,
        post=(302, 403, 403),
    ),
    # Status reports. The owner of the sample added its report; the PMO may correct it too.
    Row("initiatives:measure-status", at="measure", lacks="guest", get=SEES),
    Row("initiatives:report-new", at="measure", has="owner", get=FORM, post=EDITS),
    Row("initiatives:report-edit", at="report", has="owner", get=FORM, post=EDITS),
    Row("initiatives:report-delete", at="report", has="owner", get=FORM, post=ASKS),
    Row("initiatives:report-delete", at="report", lacks="consultant", get=FORM, post=ASKS),
    Row("api-status-report-list", at="measure", get=ALL, post=ASKS),
    Row("api-status-report-list", at="measure", lacks="guest", get=SEES, post=(400, 404, 403)),
    Row("api-status-report-detail", at="report", get=ALL, patch=FORM, delete=(204, 403, 403)),
    Row(
        "api-status-report-detail",
        at="report",
        has="owner",
        lacks="consultant",
        get=ALL,
        patch=FORM,
        delete=(204, 403, 403),
    ),
    # Documents. The owner of the sample added its document; the PMO may withdraw it too.
    Row("initiatives:measure-documents", at="measure", lacks="guest", get=SEES),
    Row("initiatives:document-new", at="measure", has="owner", get=FORM, post=EDITS),
    Row("initiatives:document-version", at="document", has="owner", get=FORM, post=EDITS),
    Row("initiatives:document-withdraw", at="document", has="owner", get=FORM, post=EDITS),
    Row("initiatives:document-withdraw", at="document", lacks="consultant", get=FORM, post=EDITS),
    Row("initiatives:document-content", at="document", lacks="guest", get=SEES),
    Row("api-document-list", at="measure", get=ALL, post=(415, 403, 403)),
    Row("api-document-list", at="measure", lacks="guest", get=SEES, post=(415, 404, 403)),
    Row("api-document-detail", at="document", lacks="guest", get=SEES),
    Row("api-document-versions", at="document", post=(415, 403, 403)),
    Row("api-document-withdraw", at="document", post=ASKS),
    Row("api-document-content", at="document", lacks="guest", get=SEES),
    # Milestones. The owner of the sample keeps its plan; the sponsor alone accepts.
    Row("initiatives:measure-plan", at="measure", lacks="guest", get=SEES),
    Row("initiatives:milestone-new", at="measure", has="owner", get=FORM, post=EDITS),
    Row("initiatives:milestone-edit", at="milestone", has="owner", get=FORM, post=EDITS),
    Row("initiatives:milestone-delete", at="milestone", has="owner", get=FORM, post=ASKS),
    Row("initiatives:milestone-done", at="milestone", has="owner", get=FORM, post=EDITS),
    Row("initiatives:milestone-accept", at="milestone", has="sponsor", get=FORM, post=EDITS),
    Row("initiatives:milestone-return", at="milestone", has="sponsor", get=FORM, post=EDITS),
    Row(
        "initiatives:milestone-accept",
        at="milestone",
        has="sponsor",
        lacks="owner",
        get=FORM,
        post=EDITS,
    ),
    Row("api-milestone-list", at="measure", get=ALL, post=ASKS),
    Row("api-milestone-list", at="measure", lacks="guest", get=SEES, post=(400, 404, 403)),
    Row("api-milestone-detail", at="milestone", get=ALL, patch=FORM, delete=(409, 403, 403)),
    Row("api-milestone-done", at="milestone", post=(200, 403, 403)),
    Row("api-milestone-accept", at="milestone", has="sponsor", post=(409, 403, 403)),
    Row("api-milestone-return", at="milestone", has="sponsor", lacks="pmo", post=ASKS),
    Row("api-measure-list", get=ALL, post=ASKS),
    # The sample carries a document, and those are kept for good: it is not deleted.
    Row(
        "api-measure-detail",
        at="measure",
        lacks="owner",
        get=ALL,
        patch=(200, 200, 403),
        delete=(409, 403, 403),
    ),
    Row("api-measure-detail", at="measure", get=ALL, patch=FORM, delete=(409, 403, 403)),
    Row("api-measure-detail", at="measure", lacks="guest", get=SEES, patch=(200, 404, 403)),
    Row("api-measure-move", at="measure", lacks="owner", post=ASKS),
    Row("api-measure-history", at="measure", lacks="guest", get=SEES),
)
