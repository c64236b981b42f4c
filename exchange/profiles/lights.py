"""Traffic lights as files write them: words of several scales, colours by name and by hex code."""

from exchange.profiles.source import SourceRow

WORDS = {
    "green": "green",
    "grün": "green",
    "amber": "amber",
    "yellow": "amber",
    "orange": "amber",
    "gelb": "amber",
    "red": "red",
    "rot": "red",
    "blue": "blue",
    "blau": "blue",
    "done": "blue",
    "grey": "grey",
    "gray": "grey",
    "grau": "grey",
    "white": "grey",
    "weiß": "grey",
}
HALF_STEPS = {"amber/green": "amber", "amber/red": "amber", "green/amber": "amber"}
HALF_STEPS |= {"red/amber": "amber"}
STRONG, WEAK = 0x80, 0x50


def light_in(source: SourceRow, name: str, text: str) -> str:
    """The light that a rating means; grey with a warning for what is no rating."""
    word = text.casefold().replace(" ", "").replace("-", "/")
    if not word:
        return "grey"
    if word in WORDS:
        return WORDS[word]
    if word in HALF_STEPS:
        source.warn("half_light", name, text=text)
        return HALF_STEPS[word]
    if by_hex := _light_of_colour(word):
        return by_hex
    source.warn("unknown_light", name, text=text)
    return "grey"


def _light_of_colour(word: str) -> str:
    """`#01873B` is a green: the strong channels of a hex colour decide."""
    if len(word) != len("#000000") or not word.startswith("#"):
        return ""
    try:
        red, green, blue = (int(word[at : at + 2], 16) for at in (1, 3, 5))
    except ValueError:
        return ""
    if red >= STRONG:
        is_yellow = green >= WEAK and blue < STRONG
        return "amber" if is_yellow else "grey" if green >= WEAK else "red"
    if green >= STRONG:
        return "green"
    return "blue" if blue >= STRONG else "grey"
