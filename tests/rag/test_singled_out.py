"""What a question singles out among articles that are much alike: a rare name, the number of a document."""

import random
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

from ingest.pipeline import ingest
from rag.assistant import Assistant
from rag.quotes import quote
from rag.settings import Settings
from rag.singled_out import by_rare_names

CORPUS = Path(__file__).parents[2] / "corpus" / "articles"
SYLLABLES = ("bar", "dun", "fel", "kir", "nor", "sul", "tor", "zan")
NAMES = random.Random(1).sample(["".join(one).title() for one in product(SYLLABLES, repeat=3)], 120)  # noqa: S311 - no secret
AROUND = (
    "Tanks are filled on Mondays, when the tankers come, and are counted on Fridays.",
    "The crew of a depot sleeps on board. How many tanks there are is told to nobody outside.",
    "Its owner pays a fee for each tank that it stores, and for each that it loses.",
    "A depot is inspected twice a year by the office for depots, which asks for a list of tanks.",
)
LAWS = {
    "91/12": "The tugs law, resolution 91/12, was adopted on 3 May 2036. It was adopted without a vote.",
    "91/40": "The buoys law, resolution 91/40, was adopted on 4 May 2036. It was adopted by 90 votes to 2.",
}
DUTY = "The owner of a vessel shall consult the {} before it is moved to another orbit."


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("alike")
    texts = [file.read_text().split("\n---\n", 1)[-1] for file in sorted(CORPUS.glob("*.md"))]
    others = [one for text in texts for one in re.split(r"(?<=[.!?])\s+", text) if 40 < len(one) < 300]
    for number, name in enumerate(NAMES, 1000):
        fact = f"The {name} depot stores {number} fuel tanks."
        around = random.Random(name).choices(others, k=20)  # noqa: S311 - no secret
        text = "\n\n".join((" ".join(around[:10]), fact, " ".join(around[10:])))
        (folder / f"{name}.md").write_text(f"---\ntitle: The {name} depot\n---\n{text}\n")
    for number, office in zip(LAWS, ("harbour office", "lighthouse office"), strict=True):
        filler = "\n\n".join(f"## Part {part}\n\n{AROUND[part % 4]} " * 8 for part in range(6))
        text = f"{LAWS[number]}\n\n{filler}\n\n## Duties\n\n{DUTY.format(office)}"
        (folder / f"{number.replace('/', '-')}.md").write_text(f"---\ntitle: A law on vessels\n---\n{text}\n")
    with Assistant.open(replace(Settings.from_env(), home=folder / "home", model=None)) as opened:
        ingest([folder], opened.library)
        yield opened


def test_a_name_in_titles_alone_does_not_hide_the_passage_that_has_it_in_its_text(assistant: Assistant) -> None:
    others = [(f"a{number}", f"The {name} depot", "Tanks.") for number, name in enumerate(NAMES[1:20])]
    own = [("a", f"The {NAMES[0]} depot", text) for text in ("Tanks are filled.", f"{NAMES[0]} stores tanks.", "Fees.")]
    found = by_rare_names(f"What does {NAMES[0]} store?", [*others, *own], assistant.library.embedding)
    assert [min(places) for places in found] == [len(others), len(others) + 1]


def test_each_article_is_found_by_a_name_that_only_it_has(assistant: Assistant) -> None:
    missed = []
    for number, name in enumerate(NAMES, 1000):
        hits = assistant.retriever.search(f"How many fuel tanks does the {name} depot store?", 4)
        if not any(f"The {name} depot stores {number} fuel tanks." in hit.passage.text for hit in hits):
            missed.append(name)
    assert not missed


@pytest.mark.parametrize(("number", "office"), [("91/12", "harbour office"), ("91/40", "lighthouse office")])
def test_all_passages_of_the_numbered_document_may_answer(assistant: Assistant, number: str, office: str) -> None:
    answer = assistant.answer(f"Whom shall the owner of a vessel consult under resolution {number}?")
    assert DUTY.format(office) in [citation.quote for citation in answer.citations]
    assert {hit.article.id for hit in answer.hits} == {answer.hits[0].article.id}


def test_the_number_need_not_stand_in_the_passages_that_were_found(assistant: Assistant) -> None:
    question = "Whom shall the owner of a vessel consult under resolution 91/40?"
    hits = [hit for hit in assistant.retriever.search(question) if "91/40" not in hit.passage.text]
    assert hits
    assert quote(question, hits, assistant.library).answers


def test_a_number_that_no_article_has_narrows_nothing(assistant: Assistant) -> None:
    hits = assistant.retriever.search("Whom shall the owner of a vessel consult under resolution 77/77?", 8)
    assert len({hit.article.id for hit in hits}) > 1
