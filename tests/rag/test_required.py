"""What an answer must state: a figure of the right kind, told of the right one; the first; names that are spoken of."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from ingest.pipeline import ingest
from rag.assistant import Assistant
from rag.named import named
from rag.other_names import other_names
from rag.places import place_names
from rag.question import read
from rag.required import answering
from rag.sentence_scores import candidates
from rag.settings import Settings

ARTICLES = {
    "harbour.md": (
        "Harbours in orbit",
        "Norway paid 40 million euros for its orbital harbour in 2031.\n\n"
        "Finland opened an orbital harbour in 2033 and has not said what it cost.\n\n"
        "Eleven states have signed the Harbour Pact, Chile as the ninth of them in May 2034.",
    ),
    "tug.md": (
        "The tug Borealis",
        "The tug Borealis weighs 900 kilograms. It is flown by the Harbour Office of Norway.",
    ),
    "rules.md": (
        "Rules for tugs",
        "The assembly adopted the rules for tugs in resolution 91/12 in May 2036.\n\n"
        "States should consult each other before a tug moves, the rules say.",
    ),
    "beacons.md": (
        "Beacons",
        "Resolution 90/44 on beacons says that states should consult each other before a beacon is put up.",
    ),
}


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("articles")
    for name, (title, text) in ARTICLES.items():
        (folder / name).write_text(f"---\ntitle: {title}\n---\n{text}\n")
    with Assistant.open(replace(Settings.from_env(), home=folder / "home", model=None)) as opened:
        ingest([folder], opened.library)
        yield opened


def stated(assistant: Assistant, question: str) -> list[str]:
    """The sentences that may answer."""
    (part,) = read(question).parts
    found = candidates(part, assistant.retriever.search(question), assistant.library)
    return [one.text for one in answering(part, found, assistant.library)]


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("How much did Norway pay for its orbital harbour?", "Norway paid 40 million euros"),
        ("How much did Oslo pay for its orbital harbour?", "Norway paid 40 million euros"),
        ("How heavy is the tug Borealis?", "The tug Borealis weighs 900 kilograms."),
        ("How many states have signed the Harbour Pact?", "Eleven states have signed"),
        ("Which state was the ninth to sign the Harbour Pact?", "Eleven states have signed the Harbour Pact, Chile"),
    ],
)
def test_what_is_asked_for_outright_is_answered_where_it_is_stated(
    assistant: Assistant, question: str, answer: str
) -> None:
    assert stated(assistant, question)[0].startswith(answer)
    assert not assistant.answer(question).abstained


@pytest.mark.parametrize(
    "question",
    [
        pytest.param("How much did Sweden pay for its orbital harbour?", id="a sum that another country paid"),
        pytest.param("How heavy is the orbital harbour of Finland?", id="a mass of something else"),
        pytest.param("How long is the tug Borealis?", id="no length at all"),
        pytest.param("Which state was the tenth to sign the Harbour Pact?", id="the ninth is told, not the tenth"),
        pytest.param("What does the Harbour Office say about Zanzibar?", id="a name that nobody speaks of"),
    ],
)
def test_what_is_told_of_something_else_answers_nothing(assistant: Assistant, question: str) -> None:
    assert stated(assistant, question) == []
    assert assistant.answer(question).abstained


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("Does Japanese law allow it?", "Japan allows it."),
        ("What did Washington say?", "The United States said nothing."),
        ("What did the UK vote for?", "Britain voted in favour."),
        ("Who may land on Mars?", "All celestial bodies are free."),
        ("What fell in the case of Kosmos?", "Debris of Cosmos fell."),
    ],
)
def test_a_name_is_known_by_whatever_it_is_called(question: str, text: str) -> None:
    names = named(question, (*other_names(question), *place_names(question)))
    assert names
    assert all(name.in_text(text, frozenset(text.lower().replace(".", "").split())) for name in names)


def test_the_word_that_a_question_begins_with_is_no_name() -> None:
    assert [name.word for name in named("When did Norway's tug reach orbit 77/2?", ())] == ["Norway", "77/2"]


def test_what_is_asked_for_as_of_now_need_not_be_called_current(assistant: Assistant) -> None:
    assert not assistant.answer("How many states are current signatories of the Harbour Pact?").abstained


@pytest.mark.parametrize(
    ("number", "about"),
    [("91/12", "before a tug moves"), ("90/44", "before a beacon is put up"), ("89/7", None)],
)
def test_a_question_about_a_numbered_document_is_answered_from_where_it_stands(
    assistant: Assistant, number: str, about: str | None
) -> None:
    answer = assistant.answer(f"What does resolution {number} say on whom states should consult?")
    assert answer.abstained == (about is None)
    assert about is None or about in answer.text
    assert about is None or len({one.article.id for one in answer.citations}) == 1
