"""How text is cut into sentences, and how often that is right on policy prose."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.sentences import is_heading, sentence_spans

# Our own prose, in lines; " | " stands where a sentence ends within a line.
PROSE = """
China has accused Washington of hampering its lunar plans. | The State Department did not comment.
The U.S. Senate passed the bill in May. | It now goes to the House.
Officials from the U.S. and Japan met in Tokyo. | Both sides called the talks useful.
The programme depends on the U.S. | The partners know it.
Adm. J. Harris briefed the committee. | Gen. B. Chance Saltzman spoke next.
Col. R. Meyer and Lt. Gen. A. Novak disagreed about the cost.
Under Art. II of the treaty, no State may claim the Moon. | Art. VI makes States answerable for companies.
Arts. 5 and 6 cover assistance. | See para. 3 of the annex for the limits.
Paras. 4 and 5 were deleted. | The rest was adopted without a vote.
The right comes from Pub. L. 114–90, which Congress passed in 2015. | Lawyers still argue about it.
Resolution No. 1962 came first. | Nos. 41 and 42 followed later.
The figures are in vol. 2, on pp. 14 to 19. | Fig. 3 shows the trend.
Sec. Blinken raised the matter in Beijing. | Sec. 4 of the act was not mentioned.
India will spend Rs. 3.5 crore on the mirror. | That is about Rs. 350 lakh a year.
In Hughes v. Ortega the court said nothing about space. | The point remains open.
Some rules, e.g. Those on debris, are voluntary. | Others, i.e. the treaties, are binding.
Wang et al. studied 40 launches. | They found three failures.
Res. 47/68 sets eleven principles. | Doc. A/AC.105/890 explains them.
The station orbits at approx. 400 km. | It was built near St. Petersburg.
The act was signed on Nov. 25, 2015, by the president. | It took effect at once.
1. States shall inform the Secretary-General.
2. The information shall be public. | It shall be kept in a register.
(a) The term “launching State” has two meanings;
(b) Component parts count as space objects. | So do launch vehicles.
Reactors may be operated: (i) in high orbits; (ii) on the way to planets. | Nothing else is allowed.
12. Rockets fly. | Money helps.
“We will not wait,” she said. | “The window closes in June.” | Nobody objected.
“Who owns the ice?” Li asked. | No one answered.
“Is the orbit safe?” he asked. | The agency thinks so.
He called the rule “unfair.” | The others kept silent.
The report calls it ‘open.’ | Critics do not.
Wu promised “equal opportunities.” | Pakistan, Thailand and Italy have flown payloads.
The debris is tracked by radar.3 | Small pieces are not.12 | They are modelled.
The text was annexed to the report.[4] | Delegates approved it.
Chang’e-6 carried a French payload. | Chang’e-7 will not.
It weighs 3.5 tonnes. | The price is $1.2 billion.
The bill is dead, and so is the idea! | Will it return? | Perhaps.
The orbit (see Art. 5. of the annex) is crowded. | Traffic rules are missing.
The firm is SpaceLogistics, Inc. | The satellite is its second.
They met at 5 p.m. in Vienna. | The talks ended at 9 p.m. | The text was ready.
Visit www.example.org for the text. | It is free.
The agency has 22 members... | More will join.
George W. Bush announced the plan. | J. F. Kennedy had a simpler one.
The delegates chose plan B. | The chair was relieved.
States act in accordance with article I. | They need not ask.
The probe left Earth in 2019. | In 2021 it landed.
ESA, JAXA and NASA signed. | CNSA did not.
The cost rose to 93 million euros. | 17 countries pay for it.
iSpace lost its lander in April. | eVTOL makers watched closely.
The law, as amended (Pub. L. 114–90, title IV), applies to citizens.
In Washington, D.C. a panel met. | It was short.
Ms. Ono and Dr. Peters wrote the annex. | Mr. Falk did not sign.
The base should be ready by 2035. | Until then, robots will work there.
Article 5 | 1. Each Party shall notify the others.
Guideline 3. Limit the chance of collision. | Operators should share data.
“The Moon belongs to all. No flag changes that.” | The hall applauded.
The U.N. Office for Outer Space Affairs keeps the register. | Any State may read it.
The claim rests on Sec. 51303 of the code. | No court has tested it.
Seventeen members joined by 2025; more are expected. | The Accords have over fifty.
The vote was 9 to 3. | Two members (France and Japan) abstained. | One was absent.
Annex I. States shall list their objects.
"""

LINES = [line for line in PROSE.splitlines() if line]


def starts(line: str) -> set[int]:
    return {first for first, _ in sentence_spans(line)}


def true_starts(line: str) -> set[int]:
    lengths = [len(part) for part in line.split(" | ")]
    return {sum(lengths[:number]) + number for number in range(len(lengths))}


def sentences(text: str) -> list[str]:
    return [text[first:last] for first, last in sentence_spans(text)]


def test_nearly_every_sentence_of_policy_prose_is_found_and_hardly_one_too_many() -> None:
    found = {(line, start) for line in LINES for start in starts(line.replace(" | ", " "))}
    true = {(line, start) for line in LINES for start in true_starts(line)}
    assert len(true) >= 60
    wrong = [f"{line} at {start}" for line, start in sorted(found ^ true)]
    assert len(found & true) / len(found) >= 0.98, wrong
    assert len(found & true) / len(true) >= 0.98, wrong


@given(st.text(st.sampled_from("aB1 .!?”“\"'()\n\r\t§é😀。U.S"), max_size=200) | st.text(max_size=200))
def test_spans_are_trimmed_in_order_and_hold_every_character_that_is_not_white_space(text: str) -> None:
    covered, reached = set[int](), 0
    for first, last in sentence_spans(text):
        assert reached <= first < last
        assert text[first:last] == text[first:last].strip()
        assert len(text[first:last].splitlines()) == 1
        covered.update(range(first, last))
        reached = last
    assert all(number in covered or character.isspace() for number, character in enumerate(text))


def test_a_long_quotation_is_cut_at_its_sentences() -> None:
    quotation = "“" + " ".join(["The Moon is not for sale and never will be, whatever they sign."] * 6) + "”"
    assert len(sentences(quotation)) == 6


@pytest.mark.parametrize("unit", ["The U.S. left. ", "“a. ", "1. ", "word ", "a", "A. B. ", "(x! "])
def test_a_line_of_a_million_characters_is_read_whole(unit: str) -> None:
    text = unit * (1_000_000 // len(unit))
    spans = sentence_spans(text)
    assert spans[0][0] == 0
    assert spans[-1][1] == len(text.rstrip())


def test_a_sentence_longer_than_a_slice_stays_whole() -> None:
    text = "States " + "and more States " * 5_000 + "agree. They sign."
    assert len(sentences(text)) == 2


@pytest.mark.parametrize(
    "line",
    [
        "Article IX",
        "ARTICLE IX",
        "§51303. Asteroid resource and space resource rights",
        "Guideline B.4 Perform conjunction assessment during all orbital phases of controlled flight",
        "Principle 3. Guidelines and criteria for safe use",
        "1. Background",
        "US Laws and Europe’s Distance from China",
        "Russia, Pakistan, and the ‘South-South’ Space Bloc",
        "What comes next?",
    ],
)
def test_it_is_a_heading(line: str) -> None:
    assert is_heading(line)


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("Have agreed on the following:", id="it ends like a sentence"),
        pytest.param("The station will be ready by 2035.", id="it ends with a full stop"),
        pytest.param("the operational part of their mission", id="it begins in lower case"),
        pytest.param("The committee considered the report of the", id="its end hangs in the air"),
        pytest.param("“Is it fair?”", id="somebody says it"),
        pytest.param("(a) Nuclear reactors", id="it is an item"),
        pytest.param("17", id="it has no letters"),
        pytest.param("It is open. China agreed", id="it holds the end of a sentence"),
        pytest.param("Article IX of the treaty asks States to consult each other.", id="it speaks about a provision"),
    ],
)
def test_it_is_not_a_heading(line: str) -> None:
    assert not is_heading(line)
