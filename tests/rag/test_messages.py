"""Messages that ask for no fact are told from questions that do."""

from datetime import date

import pytest

from rag.message_forms import Kind
from rag.messages import Message, read_message
from rag.periods import first_day_in, period, words_of

TODAY = date(2026, 11, 20)
TAKEN = {
    Kind.GREETING: ("hello", "Hi there!", "Good morning", "hello, how are you?"),
    Kind.THANKS: ("thanks", "Thank you very much!", "OK, thanks.", "ok", "bye"),
    Kind.ABILITIES: ("What can you do?", "Hi, what can you do?", "help", "What can I ask you?", "how does this work?"),
    Kind.HOLDINGS: (
        "which outlets are there?",
        "What outlets do you have?",
        "How many articles do you have?",
        "how many documents are in the library?",
        "How many articles from Reuters do you have?",
        "what period do you cover",
    ),
    Kind.SUMMARY: (
        "summarise this article",
        "Summarize it, please",
        "Can you summarise this document in three sentences?",
        "give me a short summary",
        "What is this article about?",
        "tl;dr",
        "What does “A Base on the Moon: Plans and Doubts” say?",
        "Summarise the Wolf Amendment",
        "summary of “A Base on the Moon: Plans and Doubts”",
    ),
    Kind.TOPIC: (
        "What do you have on space debris?",
        "Do you have anything on lunar mining?",
        "list the articles about debris",
        "Show me all articles on the Artemis Accords",
        "Which documents mention nuclear power?",
        "any news on Chang’e-6?",
    ),
    Kind.PERIOD: (
        "What happened in 2025?",
        "what happened in April 2025",
        "What’s happened since 2024?",
        "what happened last month",
        "news from April 2025",
        "what happened between March 2025 and May 2025?",
    ),
    Kind.LATEST: (
        "What's new?",
        "latest from Reuters",
        "What is the latest news?",
        "the latest on the ILRS",
        "Show me the newest articles",
        "articles from Xinhua",
        "what do you have from Reuters?",
    ),
    Kind.LIST: ("What articles do you have?", "list all documents", "What is in the library?", "what do you have"),
}
NOT_TAKEN = (
    "What happened to the Cosmos 954 satellite?",
    "What happened in 1978 with Cosmos 954?",
    "What happened after the launch of Chang'e-6?",
    "What happened?",
    "What do the guidelines have on debris?",
    "What is the latest date by which the principles must be revised?",
    "What are the latest figures on debris in low Earth orbit?",
    "When was the latest version of the guidelines adopted?",
    "hello, what does Article II say?",
    "Hello, who leads the ILRS?",
    "thanks to whom did the ILRS grow?",
    "thanks, and when was it adopted?",
    "How many articles does the Outer Space Treaty have?",
    "How many articles are there in the Moon Agreement?",
    "How many countries have joined the ILRS?",
    "Which articles of the Moon Agreement deal with mining?",
    "Summarise Article IX of the Outer Space Treaty",
    "Summarise the differences between the Moon Agreement and US law",
    "Summarise how the Liability Convention settles claims",
    "What is new about the Artemis Accords?",
    "What is the Wolf Amendment about?",
    "What can you do with a satellite at the end of its life?",
    "What can States do if a claim is not settled?",
    "Who are you allowed to sue under the Liability Convention?",
    "Help for astronauts in distress: who must give it?",
    "Is there anything about liability in the Moon Agreement?",
    "What did Reuters report about Wu?",
    "Give me the full list of the 17 countries that have joined the ILRS.",
    "Which outlets did Wu speak to?",
    "What sources does the report cite?",
    "What do the reports say about Wu Weiren?",
    "And when does that take effect?",
    "news agency that interviewed Wu",
    "Does China have anything on the Moon?",
    "What information do States have to give on registration?",
    "How recent is the Moon Agreement?",
    "List the orbital parameters that have to be furnished",
    "What is the summary procedure of the Claims Commission?",
    "what documents must a State deposit?",
    "Which sources of power are allowed in space?",
    "What events in 2035 are planned for the ILRS?",
    "definition of damage, liability convention",
    "",
    "???",
)


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in TAKEN.items() for text in texts])
def test_what_asks_for_no_fact_is_understood(kind: Kind, text: str) -> None:
    message = read_message(text, TODAY)
    assert message is not None
    assert message.kind is kind


@pytest.mark.parametrize("text", NOT_TAKEN)
def test_a_question_of_fact_is_left_to_the_search(text: str) -> None:
    assert read_message(text, TODAY) is None


def test_a_message_says_of_what_by_whom_and_of_when_it_is() -> None:
    assert read_message("Latest from Space News on debris?", TODAY) == Message(Kind.LATEST, "debris", "Space News")
    assert read_message("What do you have on “space debris”?", TODAY) == Message(Kind.TOPIC, "space debris")
    april = Message(Kind.PERIOD, since=date(2025, 4, 1), until=date(2025, 4, 30))
    assert read_message("What happened in April 2025?", TODAY) == april


@pytest.mark.parametrize(
    ("said", "since", "until"),
    [
        ("in 2025", date(2025, 1, 1), date(2025, 12, 31)),
        ("in February 2024", date(2024, 2, 1), date(2024, 2, 29)),
        ("on 23 April 2025", date(2025, 4, 23), date(2025, 4, 23)),
        ("in April", date(2026, 4, 1), date(2026, 4, 30)),
        ("in December", date(2025, 12, 1), date(2025, 12, 31)),
        ("since March 2024", date(2024, 3, 1), None),
        ("after 2024", date(2025, 1, 1), None),
        ("before 2024", None, date(2023, 12, 31)),
        ("until April 2025", None, date(2025, 4, 30)),
        ("from 2023 to 2024", date(2023, 1, 1), date(2024, 12, 31)),
        ("from April 2025", date(2025, 4, 1), date(2025, 4, 30)),
        ("yesterday", date(2026, 11, 19), date(2026, 11, 19)),
        ("last week", date(2026, 11, 9), date(2026, 11, 15)),
        ("last month", date(2026, 10, 1), date(2026, 10, 31)),
        ("this year", date(2026, 1, 1), date(2026, 12, 31)),
        ("in the last 3 days", date(2026, 11, 17), date(2026, 11, 20)),
    ],
)
def test_a_time_in_words_is_its_first_and_last_day(said: str, since: date | None, until: date | None) -> None:
    assert period(said, TODAY) == (since, until)


@pytest.mark.parametrize(
    "said", ["to the satellite", "in space", "on 31 February 2025", "in 1066", "after the launch", ""]
)
def test_what_is_no_time_is_none(said: str) -> None:
    assert period(said, TODAY) is None


def test_a_year_in_a_name_is_not_when_something_was() -> None:
    year = date(1967, 1, 1), date(1967, 12, 31)
    assert first_day_in("It was signed on 27 January 1967.", *year) == date(1967, 1, 27)
    assert first_day_in("It was signed in 1967.", *year) == date(1967, 1, 1)
    assert first_day_in("The Outer Space Treaty of 1967 says so.", *year) is None
    assert first_day_in("It was signed in 1967.", date(1967, 3, 1), date(1967, 3, 31)) is None


def test_a_time_is_searched_for_in_the_words_that_texts_have_for_it() -> None:
    assert words_of(date(2025, 4, 1), date(2025, 4, 30)) == "April 2025"
    assert words_of(date(2023, 1, 1), date(2024, 12, 31)) == "2023 2024"
