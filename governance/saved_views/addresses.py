"""One spelling for what an address asks for, so that two ways to write it are one view."""

from urllib.parse import urlencode

from django.http import QueryDict

# `view=all` asks for everything, where a bare address would open with the preferred view.
VIEW, ALL = "view", "all"
# The place in a list is no part of what is shown.
LEFT_OUT = ("cursor", VIEW)


def spelled(query: QueryDict) -> str:
    """The address with its names sorted, without what is empty or says only where one is."""
    pairs = [
        (name, text)
        for name, texts in query.lists()
        if name not in LEFT_OUT
        for text in map(str, texts)
        if text.strip()
    ]
    return urlencode(sorted(pairs, key=lambda pair: pair[0]))


def without_view(query: QueryDict) -> QueryDict:
    """The address without `view=all`; another view is left for the page to refuse."""
    rest = query.copy()
    if rest.getlist(VIEW) == [ALL]:
        del rest[VIEW]
    return rest
