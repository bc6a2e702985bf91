"""Whether a passage supports a sentence. The passages are our own; the sentences are true, or changed in one place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.domain import Check, Support
from rag.verify import check

STATION = (
    "Wu Weiren, chief designer of China's lunar exploration program, accused the United States on April 23, 2025 "
    "of interfering in China's space cooperation with Europe. The International Lunar Research Station (ILRS) "
    "currently has seventeen member countries and international organizations, Wu told Reuters. The Artemis "
    "Accords, by contrast, have more than 50 signatories. ESA did not join the station. Russia will build a "
    "nuclear reactor on the Moon for $1.2 billion. The reactor is expected to deliver at least 500 kW."
)
MISSIONS = (
    "Chang'e-6 landed on the far side of the Moon on 2 June 2024 and brought back 1,935 grams of samples. It "
    "carried instruments from France, Italy, Sweden and Pakistan. Bill Nelson, then NASA Administrator, said the "
    "agency had not been invited. Josef Aschbacher of ESA said that Europe would not take part in Chang'e-7. "
    "India plans to land on the Moon again by 2028, and Japan will supply the rover."
)
LAW = (
    "The Outer Space Treaty entered into force on 10 October 1967 and has 117 parties. Outer space, including the "
    "Moon and other celestial bodies, is not subject to national appropriation by claim of sovereignty. A State "
    "that launches an object is absolutely liable for damage on the surface of the Earth. Claims must be "
    "presented within one year of the damage. The Moon Agreement of 1979 has fewer than 20 parties. No State that "
    "flies humans to orbit has ratified it, apart from India, which signed it in 1982."
)
DEBRIS = (
    "Operators in low Earth orbit must remove their satellites within 5 years of the end of a mission, the FCC "
    "decided on 29 September 2022. The earlier rule allowed 25 years. Critics claim the rule will cost small "
    "firms up to 12 percent of their budgets. About 36,500 objects larger than 10 cm are tracked. Luxembourg and "
    "the United Arab Emirates adopted laws on space resources before Japan did. The guidelines of 2019 are "
    "voluntary and not legally binding."
)
PASSAGES = (STATION, MISSIONS, LAW, DEBRIS)

TRUE = [
    "Wu Weiren accused the United States of interfering in China's space cooperation with Europe.",
    "On 23 April 2025 Wu Weiren accused the U.S. of interfering in China's space cooperation with Europe.",
    "The ILRS currently has 17 member countries and international organizations.",
    "The Artemis Accords have more than 50 signatories.",
    "The Artemis Accords have over 50 signatories.",
    "ESA didn't join the station.",
    "Russia will build a nuclear reactor on the Moon for 1.2 billion dollars.",
    "The reactor is expected to deliver at least 500 kW.",
    "Chang'e-6 landed on the far side of the Moon on June 2, 2024.",
    "Chang’e–6 landed on the far side of the Moon on 2024-06-02 and brought back 1935 grams of samples.",
    "It carried instruments from France, Italy, Sweden and Pakistan.",
    "Bill Nelson said the agency had not been invited.",
    "Josef Aschbacher said that Europe would not take part in Chang'e-7.",
    "India plans to land on the Moon again by 2028.",
    "The Outer Space Treaty entered into force on 10 October 1967.",
    "Outer space is not subject to national appropriation by claim of sovereignty.",
    "A State that launches an object is absolutely liable for damage on the surface of the Earth.",
    "Claims must be presented within one year of the damage.",
    "The Moon Agreement has fewer than 20 parties.",
    "Operators in low Earth orbit must remove their satellites within five years of the end of a mission.",
    "Critics claim the rule will cost small firms up to 12 per cent of their budgets.",
    "About 36,500 objects larger than 10 cm are tracked.",
    "Luxembourg and the United Arab Emirates adopted laws on space resources before Japan did.",
    "The guidelines of 2019 are voluntary and not legally binding.",
    "The earlier rule allowed 25 years.",
]

CHANGED = {
    "number": [
        "The ILRS currently has 18 member countries and international organizations.",
        "The ILRS currently has seventy member countries and international organizations.",
        "The Artemis Accords have more than 17 signatories.",
        "Russia will build a nuclear reactor on the Moon for $2.1 billion.",
        "Chang'e-6 brought back 1,953 grams of samples.",
        "Chang'e-7 landed on the far side of the Moon on 2 June 2024.",
        "The Outer Space Treaty has 171 parties.",
        "The earlier rule allowed 5 years.",
        "Claims must be presented within two years of the damage.",
        "About 36,000 objects larger than 10 cm are tracked.",
        "The Moon Agreement has fewer than 30 parties.",
        "Chang'e-6 brought back 1,395 grams of samples.",
    ],
    "date": [
        "On 24 April 2025 Wu Weiren accused the United States of interfering in China's space cooperation with Europe.",
        "Chang'e-6 landed on the far side of the Moon on 2 July 2024.",
        "Chang'e-6 landed on the far side of the Moon on 2 June 2023.",
        "India plans to land on the Moon again by 2038.",
        "The Outer Space Treaty entered into force on 10 October 1979.",
        "The guidelines of 2022 are voluntary and not legally binding.",
        "The FCC decided on 29 September 2021 that operators must remove their satellites within 5 years.",
        "The Moon Agreement of 1967 has fewer than 20 parties.",
        "India signed the Moon Agreement in 1979.",
    ],
    "name": [
        "Wu Weiren accused India of interfering in China's space cooperation with Europe.",
        "NASA did not join the station.",
        "China will build a nuclear reactor on the Moon for $1.2 billion.",
        "It carried instruments from France, Germany, Sweden and Pakistan.",
        "Japan plans to land on the Moon again by 2028.",
        "The Moon Agreement entered into force on 10 October 1967.",
        "Luxembourg and Saudi Arabia adopted laws on space resources before Japan did.",
        "Russia did not join the station.",
        "Chang'e-5 landed on the far side of the Moon on 2 June 2024.",
        "Europe plans to land on the Moon again by 2028, and Japan will supply the rover.",
    ],
    "negation": [
        "ESA joined the station.",
        "Bill Nelson said the agency had been invited.",
        "Outer space is subject to national appropriation by claim of sovereignty.",
        "The Artemis Accords do not have more than 50 signatories.",
        "A State that launches an object is never liable for damage on the surface of the Earth.",
        "The guidelines of 2019 are voluntary and legally binding.",
        "Josef Aschbacher said that Europe would take part in Chang'e-7.",
        "Operators in low Earth orbit need not remove their satellites within 5 years of the end of a mission.",
        "Critics deny that the rule will cost small firms up to 12 percent of their budgets.",
    ],
    "speaker": [
        "Bill Nelson accused the United States of interfering in China's space cooperation with Europe.",
        "The United States accused Wu Weiren of interfering in China's space cooperation with Europe.",
        "Josef Aschbacher said the agency had not been invited.",
        "Bill Nelson said that Europe would not take part in Chang'e-7.",
        "The United States is interfering in China's space cooperation with Europe.",
        "The rule will cost small firms up to 12 percent of their budgets.",
        "Wu Weiren said the agency had not been invited.",
        "According to Bill Nelson, Europe would not take part in Chang'e-7.",
        "The FCC claims the rule will cost small firms up to 12 percent of their budgets.",
    ],
    "unit": [
        "The reactor is expected to deliver at least 500 MW.",
        "Chang'e-6 brought back 1,935 kg of samples.",
        "Russia will build a nuclear reactor on the Moon for €1.2 billion.",
        "Operators in low Earth orbit must remove their satellites within 5 months of the end of a mission.",
        "About 36,500 objects larger than 10 m are tracked.",
        "The ILRS currently has 17 member companies and international organizations.",
        "Russia will build a nuclear reactor on the Moon for $1.2 million.",
        "Chang'e-6 brought back 1,935 tonnes of samples.",
        "Claims must be presented within one month of the damage.",
        "The rule will, critics claim, cost small firms up to 12 million dollars of their budgets.",
        "The earlier rule allowed 25 months.",
    ],
    "bound": [
        "The Artemis Accords have fewer than 50 signatories.",
        "The Artemis Accords have at least 50 signatories.",
        "The Artemis Accords have 50 signatories.",
        "The Moon Agreement has more than 20 parties.",
        "The reactor is expected to deliver up to 500 kW.",
        "About 36,500 objects smaller than 10 cm are tracked.",
        "Luxembourg and the United Arab Emirates adopted laws on space resources after Japan did.",
    ],
}


def of(sentence: str) -> Check:
    return check(sentence, PASSAGES)


@pytest.mark.parametrize("sentence", TRUE)
def test_a_true_sentence_is_verified(sentence: str) -> None:
    """In the words of the passage, figures and dates written in any way, asides and dates left out."""
    assert of(sentence).support is Support.VERIFIED


@pytest.mark.parametrize(
    "sentence", [pytest.param(one, id=f"{kind}: {one}") for kind, changed in CHANGED.items() for one in changed]
)
def test_a_changed_sentence_is_not_verified(sentence: str) -> None:
    """Changed in one place only, everything else as it stands."""
    assert of(sentence).support is not Support.VERIFIED


def test_the_quote_is_the_sentence_that_says_it() -> None:
    """With exact offsets into the passage given."""
    found = of("Claims must be presented within one year of the damage.")
    assert found.passage == 2
    assert found.quote == "Claims must be presented within one year of the damage."
    assert LAW[found.start : found.end] == found.quote


def test_two_adjoining_sentences_may_say_it_together() -> None:
    """The name stands in the first, the claim in the second."""
    found = check(
        "The FCC rule allowed 25 years.", ["The FCC adopted a rule in 2004. The rule allowed 25 years. It is gone."]
    )
    assert found.support is not Support.UNSUPPORTED
    assert found.quote in (
        "The FCC adopted a rule in 2004. The rule allowed 25 years.",
        "The FCC adopted a rule in 2004. The rule allowed 25 years. It is gone.",
    )


def test_facts_from_three_sentences_need_the_whole_passage() -> None:
    """Each is in the passage, no span has them all."""
    found = of(
        "The ILRS has seventeen member countries and the Artemis Accords have more than 50 signatories, without ESA."
    )
    assert found.support is not Support.VERIFIED
    passage = "NASA built it. The orbiter weighs 300 kg. It left Earth in 2020. The orbiter carries two cameras."
    found = check("The NASA orbiter weighs 300 kg and carries two cameras.", [passage])
    assert found.support is Support.PASSAGE_ONLY
    assert found.quote == passage


@pytest.mark.parametrize(
    ("sentence", "passages"),
    [
        pytest.param("", PASSAGES, id="nothing is said"),
        pytest.param("...", PASSAGES, id="only marks are said"),
        pytest.param("ESA did not join the station.", (), id="no passages"),
        pytest.param("ESA did not join the station.", ("", " \n"), id="empty passages"),
        pytest.param("Mars has two small moons that rise in the west.", PASSAGES, id="about something else"),
    ],
)
def test_what_nothing_supports_points_nowhere(sentence: str, passages: tuple[str, ...]) -> None:
    """No passage, no offsets, no quote."""
    found = check(sentence, passages)
    assert (found.support, found.passage, found.start, found.end, found.quote) == (Support.UNSUPPORTED, None, 0, 0, "")


@pytest.mark.parametrize(
    ("heading", "sentence", "support"),
    [
        pytest.param(
            "Outer Space Treaty | Article VI",
            "Article VI of the Outer Space Treaty says that States bear international responsibility.",
            Support.VERIFIED,
            id="title and section may be named",
        ),
        pytest.param(
            "Outer Space Treaty | Article VI",
            "Article VII of the Outer Space Treaty says that States bear international responsibility.",
            Support.UNSUPPORTED,
            id="another section may not",
        ),
        pytest.param(
            "17 states parties",
            "The 17 States bear international responsibility.",
            Support.UNSUPPORTED,
            id="a figure in a title is no evidence",
        ),
    ],
)
def test_what_stands_over_a_passage_lends_its_name(heading: str, sentence: str, support: Support) -> None:
    """Names and provision numbers only."""
    assert (
        check(
            sentence, ["States bear international responsibility. They must authorize activities."], [heading]
        ).support
        is support
    )


def test_a_whole_article_serves_as_a_passage() -> None:
    """The quote is still a sentence."""
    article = "\n\n".join(PASSAGES * 5)
    found = check("The earlier rule allowed 25 years.", [article])
    assert found.support is Support.VERIFIED
    assert found.quote == "The earlier rule allowed 25 years."


@given(st.lists(st.text(st.sampled_from("ab 1.,N\nn'-–%$[not2020"), max_size=60), max_size=4), st.text(max_size=40))
def test_offsets_and_score_hold_for_any_text(passages: list[str], sentence: str) -> None:
    """Whatever comes in."""
    for one in (sentence, *passages):
        found = check(one, passages)
        assert 0 <= found.score <= 1
        assert (found.passage is None) == (found.support is Support.UNSUPPORTED)
        if found.passage is not None:
            assert passages[found.passage][found.start : found.end] == found.quote
