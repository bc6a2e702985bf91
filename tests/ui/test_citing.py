"""Citations to take away: what stands in them, and that no title, name or address can break their form."""

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis.strategies import text

from rag.domain import Answer, ArticleCard, Citation, Filters, Passage
from rag.prompts import REFUSAL
from ui.citing import FORMS, authors, bibtex, footnotes, in_markdown, in_tex, key, plain, ris, web_address
from ui.cli import CITED, main

CARD = ArticleCard(
    "3f2a91c07be4", 1, "A base on the Moon", "Lunar Times", "Jo Bloggs", date(2025, 4, 3), "https://example.org/base"
)
PASSAGE = Passage("3f2a91c07be4.1.1", CARD.id, 1, 0, 60, "Seventeen countries have joined. More will.", None, None)
CITATION = Citation(1, "Seventeen countries have joined.", 0, 32, PASSAGE, CARD)
AWKWARD = (
    '50% of {braces} & $costs #1 _x_ ~ ^ \\ | <b> “quoted” "plain"',
    "unbalanced } brace",
    "unbalanced { brace",
    "two\nlines\r\nTY  - JOUR\nER  - ",
    "@article{x, title = {y}}",
    "Ünïcode 嫦娥六号 Луна",
    "\u202eturned\u202c \u200bunseen\x00\x1b[31m",
    "![x](https://evil.example/x.png) [y](javascript:alert(1)) <script>alert(1)</script> &lt;",
    "\\",
    "\ud83d half a character",
)


def answer(*citations: Citation, text: str = "Seventeen have joined. [1]") -> Answer:
    return Answer(
        question="How many?",
        standalone_question="How many?",
        text=text,
        statements=(),
        citations=citations,
        hits=(),
        abstained=not citations,
        mode="quotes",
        model=None,
        filters=Filters(),
        notices=(),
        usage=None,
        timings={},
        complete=True,
    )


def citing(**facts: object) -> Answer:
    return answer(replace(CITATION, article=replace(CARD, **facts)))


# The command ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("articles") / "wolf.md"
    file.write_text(
        "---\ntitle: What the Wolf Amendment forbids\noutlet: Example Wire\npublished: 2025-04-23\n---\n"
        "The Wolf Amendment has prohibited NASA from bilateral cooperation with China since 2011.\n"
    )
    home = tmp_path_factory.mktemp("home")
    assert main(["ingest", "--home", str(home), str(file)]) == 0
    return home


@pytest.mark.parametrize(
    ("form", "begins", "has"),
    [
        (
            "plain",
            "The Wolf Amendment has prohibited",
            "\n[1] “What the Wolf Amendment forbids”, Example Wire, 23 April",
        ),
        ("footnotes", "The Wolf Amendment has prohibited", "\n[^1]: “What the Wolf Amendment forbids”, Example Wire"),
        ("bibtex", "@misc{examplewire2025-", "\n  title = {{What the Wolf Amendment forbids}},\n"),
        ("ris", "TY  - GEN\n", "\nTI  - What the Wolf Amendment forbids\n"),
    ],
)
def test_ask_prints_its_sources_in_a_form_to_take_away(
    home: Path, capsys: pytest.CaptureFixture[str], form: str, begins: str, has: str
) -> None:
    capsys.readouterr()
    assert main(["ask", "--home", str(home), "--cite", form, "What has the Wolf Amendment prohibited?"]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith(begins)
    assert has in printed


def test_a_refusal_puts_nothing_into_a_file_of_sources(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["ask", "--home", str(home), "--cite", "ris", "What is the boiling point of iron?"]) == 0
    assert capsys.readouterr() == ("", f"{REFUSAL}\n")


def test_the_command_knows_each_form_and_takes_one_at_a_time(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert set(CITED) == set(FORMS)
    assert main(["ask", "--home", str(home), "--cite", "ris", "--json", "Why?"]) == 2
    assert "Give --cite or --json, not both." in capsys.readouterr().err


# Forms ---------------------------------------------------------------------------------------------------------------


def test_plain_text_lists_the_sources_under_their_numbers() -> None:
    assert plain(answer(CITATION)) == (
        "Seventeen have joined. [1]\n\n"
        "[1] Jo Bloggs, “A base on the Moon”, Lunar Times, 3 April 2025, https://example.org/base"
        " — “Seventeen countries have joined.”\n"
    )


def test_footnotes_carry_quote_and_address() -> None:
    assert footnotes(answer(CITATION)) == (
        "Seventeen have joined. [^1]\n\n"
        "[^1]: Jo Bloggs, “A base on the Moon”, Lunar Times, 3 April 2025, <https://example.org/base>"
        " — “Seventeen countries have joined.”\n"
    )


def test_footnotes_of_several_answers_are_kept_apart() -> None:
    assert re.findall(r"\[\^(.+?)\]", footnotes(answer(CITATION), "2-")) == ["2-1", "2-1"]


def test_a_mark_without_a_citation_stays_text() -> None:
    assert footnotes(answer(CITATION, text="So it is. [7]")).startswith("So it is. \\[7\\]")


def test_ris_has_a_record_of_tags() -> None:
    assert ris(answer(CITATION)).split("\r\n") == [
        "TY  - ELEC",
        "ID  - lunartimes2025-3f2a91c07be4",
        "AU  - Jo Bloggs",
        "TI  - A base on the Moon",
        "T2  - Lunar Times",
        "PY  - 2025",
        "DA  - 2025/04/03/",
        "UR  - https://example.org/base",
        "N1  - “Seventeen countries have joined.”",
        "ER  - ",
        "",
    ]


def test_bibtex_has_an_entry() -> None:
    assert bibtex(answer(CITATION)) == (
        "@misc{lunartimes2025-3f2a91c07be4,\n"
        "  author = {Jo Bloggs},\n"
        "  title = {{A base on the Moon}},\n"
        "  howpublished = {Lunar Times},\n"
        "  url = {https://example.org/base},\n"
        "  annote = {“Seventeen countries have joined.”},\n"
        "  year = {2025},\n"
        "  month = apr,\n"
        "  day = {3},\n"
        "}\n"
    )


@pytest.mark.parametrize("form", ["ris", "bibtex"])
def test_an_article_cited_twice_is_one_source_with_both_quotes(form: str) -> None:
    second = replace(CITATION, number=2, quote="More will.")
    text = FORMS[form](answer(CITATION, second))
    assert text.count("A base on the Moon") == 1
    assert "joined.”" in text
    assert "“More will.”" in text


@pytest.mark.parametrize("form", FORMS)
def test_pages_are_given_where_there_are_pages(form: str) -> None:
    assert "p. 4" in FORMS[form](answer(replace(CITATION, passage=replace(PASSAGE, page=4))))


@pytest.mark.parametrize("form", ["ris", "bibtex"])
def test_a_refusal_has_no_sources(form: str) -> None:
    assert FORMS[form](answer(text="The documents do not say.")) == ""


# What is missing -----------------------------------------------------------------------------------------------------


def test_what_is_not_known_is_left_out() -> None:
    bare = citing(outlet=None, author=None, published=None, url=None)
    assert plain(bare).splitlines()[-1] == "[1] “A base on the Moon”, no date — “Seventeen countries have joined.”"
    assert [line[:2] for line in ris(bare).splitlines()] == ["TY", "ID", "TI", "N1", "ER"]
    assert ris(bare).startswith("TY  - GEN\r\n")
    assert re.findall(r"^  (\w+) =", bibtex(bare), re.M) == ["title", "annote"]
    assert bibtex(bare).startswith("@misc{sourcend-3f2a91c07be4,\n")


@pytest.mark.parametrize(
    ("url", "address"),
    [
        pytest.param("https://example.org/a?b=1&c=%20#d", "https://example.org/a?b=1&c=%20#d", id="a good one"),
        pytest.param("https://example.org/a b{c}<d>\\", "https://example.org/a%20b%7Bc%7D%3Cd%3E%5C", id="odd marks"),
        pytest.param("https://example.org/月", "https://example.org/%E6%9C%88", id="other letters"),
        pytest.param("https://example.org/a\nUR  - x", "https://example.org/a%20UR%20-%20x", id="two lines"),
        pytest.param("javascript:alert(1)", "", id="a script"),
        pytest.param("file:///etc/passwd", "", id="a file"),
        pytest.param("http://[", "", id="broken"),
        pytest.param(None, "", id="none"),
    ],
)
def test_only_addresses_of_the_web_are_given_and_nothing_in_them_ends_them(url: str | None, address: str) -> None:
    assert web_address(url) == address


# Names ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("byline", "names", "in_bibtex"),
    [
        pytest.param("Jo Bloggs", ("Jo Bloggs",), "Jo Bloggs", id="one person"),
        pytest.param(
            "Jo Bloggs, Ann Other and J. K. Third",
            ("Jo Bloggs", "Ann Other", "J. K. Third"),
            "Jo Bloggs and Ann Other and J. K. Third",
            id="several",
        ),
        pytest.param("Bloggs, Jo", ("Bloggs, Jo",), "{Bloggs, Jo}", id="family name first"),
        pytest.param(
            "Ministry of Trade and Industry",
            ("Ministry of Trade and Industry",),
            "{Ministry of Trade and Industry}",
            id="an office, which is not two",
        ),
        pytest.param("Reuters", ("Reuters",), "{Reuters}", id="an agency"),
        pytest.param("R&D {staff}", ("R&D {staff}",), r"{R\&D \textbraceleft{}staff\textbraceright{}}", id="odd marks"),
    ],
)
def test_a_byline_is_taken_apart_only_where_it_names_persons(
    byline: str, names: tuple[str, ...], in_bibtex: str
) -> None:
    assert authors(byline) == names
    assert f"author = {{{in_bibtex}}}," in bibtex(citing(author=byline))


def test_the_key_of_an_article_is_its_own_plain_and_the_same_each_time() -> None:
    assert key(CARD) == key(replace(CARD, title="Another", version=2))
    assert key(CARD) != key(replace(CARD, id="4f2a91c07be4"))
    assert re.fullmatch(r"[a-z0-9-]+", key(replace(CARD, outlet="Le Spationaute: {50%} été, 月", published=None)))


# Awkward texts -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", AWKWARD)
def test_no_text_breaks_out_of_bibtex(text: str) -> None:
    entry = bibtex(citing(title=text, outlet=text, author=text, url=f"https://example.org/{text}"))
    depth = 0
    for mark in entry:  # as BibTeX counts them: a backslash before a brace means nothing to it
        depth += {"{": 1, "}": -1}.get(mark, 0)
        assert depth >= 0
    assert depth == 0
    assert entry.count("\n@") == 0
    assert len(entry.splitlines()) == 10


@pytest.mark.parametrize("text", AWKWARD)
def test_no_text_breaks_out_of_its_line_in_ris(text: str) -> None:
    record = ris(citing(title=text, outlet=text, author=text, url=f"https://example.org/{text}"))
    lines = record.split("\r\n")[:-1]
    assert all(re.match(r"[A-Z][A-Z0-9]  - ", line) for line in lines)
    assert [line[:2] for line in lines if line[:2] != "AU"] == ["TY", "ID", "TI", "T2", "PY", "DA", "UR", "N1", "ER"]


@pytest.mark.parametrize("text", AWKWARD)
def test_nothing_in_a_text_is_markdown(text: str) -> None:
    shown = in_markdown(text)
    assert not re.search(r"(?<!\\)(?:\\\\)*[\[\]<>`*_!&#]", shown)
    assert "\n" not in shown


@pytest.mark.parametrize("line", ["- item", "+ item", "1. item", "2) item", "---", "==="])
def test_the_start_of_a_line_is_no_list_or_heading(line: str) -> None:
    assert re.sub(r"\\(?=[-+=.)])", "", in_markdown(line)) == line
    assert "\\" in in_markdown(line)


@given(text())
def test_whatever_is_written_the_forms_hold(written: str) -> None:
    cited = citing(title=written, outlet=written, author=written, url=f"https://example.org/{written}")
    tex = in_tex(written)
    assert tex.count("{") == tex.count("}")
    assert bibtex(cited).count("\n}\n") == 1
    assert all(re.match(r"[A-Z][A-Z0-9]  - ", line) for line in ris(cited).split("\r\n")[:-1])
    assert len(plain(cited).splitlines()) == 3
    for form in FORMS.values():
        form(cited).encode()  # nothing is left that no file can hold


def test_tex_sets_what_was_written() -> None:
    assert in_tex("50% & {x}_1") == r"50\% \& \textbraceleft{}x\textbraceright{}\_1"
    assert in_tex("嫦娥  é") == "嫦娥 é"
