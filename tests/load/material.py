"""What is asked and taken in: sites of which one number each is known, in articles of real sentences."""

import random
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

sys.path.insert(1, str(Path(__file__).resolve().parent.parent / "bench"))
from texts import SEED, questions, texts

SYLLABLES = ("bar", "dun", "fel", "gor", "kir", "lom", "mav", "nor", "pel", "quin", "ras", "sul", "tor", "vex", "zan")
KINDS = (
    ("depot", "stores", "store", "fuel tanks"),
    ("telescope", "carries", "carry", "mirrors"),
    ("school", "trains", "train", "pilots"),
    ("museum", "shows", "show", "meteorites"),
    ("airline", "employs", "employ", "cooks"),
    ("farm", "grows", "grow", "tomatoes"),
    ("choir", "recorded", "record", "songs"),
    ("bank", "insures", "insure", "rockets"),
)
SENTENCES = 30  # around the fact


@dataclass(frozen=True, slots=True)
class Site:
    """A fact that nothing else in the library tells."""

    name: str
    number: int

    @property
    def _kind(self) -> tuple[str, str, str, str]:
        return KINDS[self.number % len(KINDS)]

    @property
    def title(self) -> str:
        return f"The {self.name} {self._kind[0]}"

    @property
    def fact(self) -> str:
        kind, does, _, things = self._kind
        return f"The {self.name} {kind} {does} {self.number} {things}."

    @property
    def question(self) -> str:
        kind, _, do, things = self._kind
        return f"How many {things} does the {self.name} {kind} {do}?"


def sites(count: int) -> list[Site]:
    """So many, each with a name and a number of its own: the same ones each time."""
    every = [f"{one}{two}{three}".title() for one in SYLLABLES for two in SYLLABLES for three in SYLLABLES]
    chance = random.Random(SEED)  # noqa: S311 - no secret
    names = chance.sample(every, count)
    return [Site(name, number) for name, number in zip(names, chance.sample(range(1000, 99_999), count), strict=True)]


@cache
def _sentences() -> list[str]:
    return [line for text in texts() for line in re.split(r"(?<=[.!?])\s+", text.text) if 40 < len(line) < 300]


def write(found: Sequence[Site], folder: Path) -> None:
    """A file for each: its fact among sentences of real documents."""
    folder.mkdir(parents=True, exist_ok=True)
    for site in found:
        chance = random.Random(site.name)  # noqa: S311 - no secret
        around = chance.choices(_sentences(), k=SENTENCES)
        middle = SENTENCES // 2
        body = "\n\n".join((" ".join(around[:middle]), site.fact, " ".join(around[middle:])))
        (folder / f"{site.name}.md").write_text(f"---\ntitle: {site.title}\n---\n{body}\n")


class Deck:
    """What readers ask: sites that the library is known to hold, and questions about anything."""

    def __init__(self, held: Sequence[Site]) -> None:
        self._held = list(held)
        self._others = questions(400)

    def holds(self, more: Sequence[Site]) -> None:
        """From now on these are asked about, too."""
        self._held.extend(more)

    def draw(self, chance: random.Random) -> tuple[str, Site | None]:
        """A question, and what it is about where that is known."""
        if chance.random() < 0.5 or not self._others:
            site = chance.choice(self._held)
            return site.question, site
        return chance.choice(self._others), None
