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
        at="climbed",
        has="sponsor",
        lacks="pmo",
        get=FORM,
        post=EDITS,
    ),
    Row("initiatives:measure-change", at="climbed", has="owner", get=FORM, post=EDITS),
    # What is sent along may be left out: each of these succeeds with nothing.
    Row(
        "initiatives:criterion-attest",
        at="attested",
        has="controller",
        lacks="pmo",
        get=FORM,
        post=(302, 403, 403),
    ),
    Row(
        "initiatives:request-withdraw",
        at="request",
        has="owner",
        lacks="pmo",
        get=FORM,
        post=(302, 403, 403),
    ),
    Row(
        "initiatives:condition-accept",
        at="condition",
        has="sponsor",
        lacks="owner",
        get=FORM,
        post=EDITS,
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
    Row("api-measure-list", get=ALL, post=ASKS),
    Row(
        "api-measure-detail",
        at="measure",
        lacks="owner",
        get=ALL,
        patch=(200, 200, 403),
        delete=(204, 403, 403),
    ),
    Row("api-measure-detail", at="measure", get=ALL, patch=FORM, delete=(204, 403, 403)),
    Row("api-measure-detail", at="measure", lacks="guest", get=SEES, patch=(200, 404, 403)),
    Row("api-measure-move", at="measure", lacks="owner", post=ASKS),
    Row("api-measure-history", at="measure", lacks="guest", get=SEES),
)
