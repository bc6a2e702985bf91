"""What a file says about itself: a title or an author, where it is one. Pure."""

import re

LONGEST = 300  # characters
NO_NAME = re.compile(
    r"(?:untitled|unknown|none|null|title|document ?\d*|(?:windows |microsoft office )?user|author|admin\w*|owner"
    r"|microsoft \w+ - .*|.*\.(?:docx?|dvi|indd|odt|pdf|pmd|pptx?|qxd|rtf|tex|wpd))?",
    re.IGNORECASE,
)


def sensible_name(value: str) -> str | None:
    """A title or an author; None for what programs and templates put in its place."""
    name = " ".join(value.replace("\x00", "").split())
    has_letters = sum(map(str.isalpha, name[:LONGEST])) > 1
    return name if has_letters and len(name) <= LONGEST and not NO_NAME.fullmatch(name.strip(" -_.")) else None
