"""What is fetched from the web, and what never is. A real server on this computer; nothing is sent further."""

import gzip
import socket
import ssl
import sys
import threading
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from ingest.fetch import Fetched, Limits, fetch, may_connect
from rag import __version__
from rag.errors import UnreadableDocument

PAGE = b"<p>Space is free.</p>"
LIMITS = Limits(max_bytes=100_000, seconds=5, loopback=True)
HURRIED = Limits(max_bytes=100_000, seconds=0.4, loopback=True)
BOMB = gzip.compress(bytes(20_000_000))
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

# A key for these tests alone, self-signed for site.example until 2120.
CERTIFICATE = """-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg8nJjwh/ah1mk2vAd
PEzEwOuMP01Za1dKov6vTgiumYShRANCAAR0tJGNpKxcBQ0+ZIiqLvfgRdsX48sk
2Ov+M/H7uoUfwUt/9V392KtnEf9jLpdsIIH6y6yC3VcsIt7o3dsXLETC
-----END PRIVATE KEY-----
-----BEGIN CERTIFICATE-----
MIIBbDCCARKgAwIBAgIBATAKBggqhkjOPQQDAjAQMQ4wDAYDVQQDDAV0ZXN0czAg
Fw0yMDAxMDEwMDAwMDBaGA8yMTIwMDEwMTAwMDAwMFowEDEOMAwGA1UEAwwFdGVz
dHMwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAR0tJGNpKxcBQ0+ZIiqLvfgRdsX
48sk2Ov+M/H7uoUfwUt/9V392KtnEf9jLpdsIIH6y6yC3VcsIt7o3dsXLETCo1sw
WTAdBgNVHQ4EFgQUe0F65nmCk7DNESfGBNkv6FgMAq8wDwYDVR0TAQH/BAUwAwEB
/zAXBgNVHREEEDAOggxzaXRlLmV4YW1wbGUwDgYDVR0PAQH/BAQDAgKEMAoGCCqG
SM49BAMCA0gAMEUCIHjUPidI7b9uEBjJa1+rWV7fgVVQ719QT/xs9DxdDO11AiEA
u+jBVG6bnHONyOwU2gk9aaTEULxdv+eMeiScwIXFO40=
-----END CERTIFICATE-----
"""

PRIVATE = """
127.0.0.1 10.0.0.1 172.16.0.1 192.168.1.1 169.254.169.254 100.64.0.1 0.0.0.0 224.0.0.1 255.255.255.255 192.0.0.1
198.18.0.1 :: ::1 fe80::1 fe80::1%1 fc00::1 fec0::1 ff0e::1 2001:db8::1 2001::1 ::ffff:10.0.0.1 ::ffff:127.0.0.1
::10.0.0.1 2002:a00:1:: 64:ff9b::a00:1 64:ff9b::7f00:1 64:ff9b:1::808:808 100::1 5f00::1
"""
PUBLIC = """
8.8.8.8 2606:4700::1111 ::ffff:8.8.8.8 64:ff9b::808:808 2002:808:808::
"""
# As they can be written in an address.
PRIVATE_HOSTS = """
127.0.0.1 localhost LOCALHOST 2130706433 0177.0.0.1 0x7f.1 127.1 0 10.0.0.1 169.254.169.254
[::1] [::ffff:127.0.0.1] [::ffff:a9fe:a9fe] [64:ff9b::7f00:1]
"""

Send = Callable[["Handler"], None]


def page(body: bytes = PAGE, kind: str | None = "text/html", status: int = 200, **more: str) -> Send:
    """Answers with a whole page; `more` are headers, with _ for -."""

    def send(handler: "Handler") -> None:
        headers = {"Content-Length": str(len(body))}
        headers |= {} if kind is None else {"Content-Type": kind}
        headers |= {name.replace("_", "-"): value for name, value in more.items()}
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return send


def to(location: str, status: int = 302) -> Send:
    return page(status=status, Location=location)


def raw(start: bytes, again: bytes = b"", pause: float = 0.0) -> Send:
    """Answers with bytes as they are, then with others until the other side has had enough."""

    def send(handler: "Handler") -> None:
        handler.wfile.write(start)
        while again:
            handler.wfile.write(again)
            time.sleep(pause)

    return send


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
PAGES: Mapping[str, Send] = {
    "/page": page(kind="text/html; Charset='ISO-8859-2'"),
    "/moved": to("/page?by=rail#end"),
    "/elsewhere": to("//other.example:{port}/page"),
    "/metadata": to("http://169.254.169.254/latest/meta-data/"),
    "/intranet": to("http://10.0.0.1/"),
    "/home": to("http://home.example:{port}/page"),
    "/passwords": to("file:///etc/passwd"),
    "/me": to("http://me@site.example:{port}/page"),
    "/lost": to("/missing"),
    "/broken": to("http://[bad/"),
    "/loop": to("/loop"),
    "/nowhere": page(status=302),
    "/gzip": page(gzip.compress(PAGE), Content_Encoding="gzip"),
    "/deflate": page(zlib.compress(PAGE), Content_Encoding="deflate"),
    "/identity": page(Content_Encoding="identity"),
    "/unknown-packing": page(Content_Encoding="pied-piper"),
    "/false-packing": page(Content_Encoding="gzip"),
    "/twice-packed": page(gzip.compress(BOMB), Content_Encoding="gzip, gzip"),
    "/bomb": page(BOMB, Content_Encoding="gzip"),
    "/chunked": raw(CHUNKED + b"5\r\n<p>Sp\r\n6\r\nace</p\r\n1\r\n>\r\n0\r\n\r\n"),
    "/cut-chunk": raw(CHUNKED + b"50\r\n<p>"),
    "/negative-chunk": raw(CHUNKED + b"-1\r\n", b"x" * 10_000),
    "/endless-chunk-size": raw(CHUNKED, b"0" * 10_000),
    "/exact": page(b"x" * 100_000),
    "/one-more": raw(HEAD + b"\r\n" + b"x" * 100_001),
    "/declared-too-big": raw(HEAD + b"Content-Length: 100001\r\n\r\n"),
    "/endless": raw(HEAD + b"\r\n", b"x" * 10_000),
    "/cut": raw(HEAD + b"Content-Length: 500\r\n\r\n<p>"),
    "/drip": raw(HEAD + b"\r\n", b"x", pause=0.02),
    "/dripping-head": raw(b"HTTP/1.1 200 OK\r\nX-Long: ", b"x", pause=0.02),
    "/forever-100": raw(b"", b"HTTP/1.1 100 Continue\r\n\r\n", pause=0.001),
    "/silent": raw(b"", b"", pause=0.0),
    "/many-heads": raw(HEAD + b"".join(b"X-%d: x\r\n" % number for number in range(1000)) + b"\r\n"),
    "/long-head": raw(HEAD + b"X: " + b"x" * 100_000 + b"\r\n\r\n"),
    "/no-http": raw(b"220 mail.example ESMTP\r\n"),
    "/two-lengths": raw(HEAD + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n<p>ab"),
    "/picture": page(kind="image/png"),
    "/untyped": page(kind=None),
    "/odd-type": page(kind="text/\x1b[31mred"),
    "/blob": page(kind="application/octet-stream"),
    "/law.pdf": page(b"%PDF-1.7", kind="application/octet-stream"),
    "/law%2Edocx": page(b"PK", kind=None),
    "/treaty.md": page(b"# Treaty", kind="text/plain; charset=utf-8"),
    **{f"/{status}": page(status=status) for status in (401, 403, 404, 410, 418, 429, 451, 503, 206)},
    **{f"/as/{kind}": page(kind=kind) for kind in ("application/xhtml+xml", "text/markdown", "application/pdf", DOCX)},
}
ROBOTS: Mapping[str, Send] = {
    "closed.example": page(b"User-agent: *\nDisallow: /", kind="text/plain"),
    "choosy.example": page(
        b"\xef\xbb\xbfUser-agent: space-policy-chat\nDisallow: /*.pdf$\n\nUser-agent: *\nDisallow: /", kind="text/plain"
    ),
    "ill.example": page(status=503),
    "shy.example": page(b"User-agent: *\nDisallow: /", status=403),
    "wide.example": raw(HEAD + b"\r\nUser-agent: *\nDisallow: /law.pdf\n", b"# room for notes\n" * 1_000),
    "led.example": to("http://closed.example:{port}/robots.txt"),
    "led-astray.example": to("http://10.0.0.1/robots.txt"),
    "dripping.example": raw(HEAD + b"\r\n", b"x", pause=0.02),
}


class Handler(BaseHTTPRequestHandler):
    """Answers by the tables above and remembers what it was asked."""

    server: "Server"

    def do_GET(self) -> None:
        host, path = self.headers["Host"].partition(":")[0], self.path.partition("?")[0]
        self.server.asked.append((self.headers["Host"], self.path, dict(self.headers)))
        send = PAGES.get(path, PAGES["/404"]) if path != "/robots.txt" else ROBOTS.get(host, PAGES["/404"])
        # The side that asks may go at any moment.
        with suppress(OSError):
            send(self)

    def send_header(self, keyword: str, value: str) -> None:
        super().send_header(keyword, value.replace("{port}", str(self.server.server_port)))

    def log_message(self, format: str, *args: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    """A web server that answers for every host name."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[tuple[str, str, dict[str, str]]] = []

    def url(self, path: str, host: str = "site.example", scheme: str = "http") -> str:
        return f"{scheme}://{host}:{self.server_port}{path}"

    def times(self, path: str, host: str) -> int:
        return sum((asked, at) == (f"{host}:{self.server_port}", path) for asked, at, _ in self.asked)

    def handle_error(self, request: object, client_address: object) -> None:
        pass  # a TLS handshake that the other side gave up


@contextmanager
def running(server: Server) -> Iterator[Server]:
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running(Server()) as server:
        yield server


@pytest.fixture
def secure(tmp_path: Path) -> Iterator[tuple[Server, Path, list[str | None]]]:
    """A server with TLS, the file of its certificate, and the names it is called by."""
    file, names = tmp_path / "site.pem", list[str | None]()
    file.write_text(CERTIFICATE)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    context.sni_callback = lambda _, name, __: names.append(name)
    server = Server()
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    with running(server):
        yield server, file, names


class Watch:
    """Sees each connection this process opens, through an audit hook (which cannot be taken out again)."""

    def __init__(self) -> None:
        self.on = False
        self.seen: list[str] = []
        sys.addaudithook(self._hook)

    def _hook(self, event: str, arguments: tuple[object, ...]) -> None:
        if self.on and event == "socket.connect" and isinstance(arguments[1], tuple):
            self.seen.append(arguments[1][0])
            assert arguments[1][0] in ("127.0.0.1", "127.0.0.2", "::1"), "a test must not leave this computer"


WATCH = Watch()


@pytest.fixture(autouse=True)
def connections() -> Iterator[list[str]]:
    """The addresses connected to during the test."""
    WATCH.seen.clear()
    WATCH.on = True
    yield WATCH.seen
    WATCH.on = False


class Names:
    """A resolver: what it is to answer, and what it was asked."""

    def __init__(self, **answers: Sequence[str]) -> None:
        self.asked: list[str] = []
        self._answers = {f"{name}.example": answer for name, answer in answers.items()}

    def __call__(self, host: str) -> Sequence[str]:
        self.asked.append(host)
        return self._answers.get(host, ("127.0.0.1",)) if host.endswith(".example") else (host,)


def got(url: str, limits: Limits = LIMITS, **answers: Sequence[str]) -> Fetched:
    return fetch(url, limits, Names(**answers))


def refusal(url: str, limits: Limits = LIMITS, **answers: Sequence[str]) -> str:
    with pytest.raises(UnreadableDocument) as failure:
        got(url, limits, **answers)
    assert failure.value.cure
    return failure.value.reason


# What comes back.


def test_a_page_comes_with_its_address_kind_and_declared_charset(server: Server) -> None:
    url = server.url("/page")
    assert got(f" {url}#top ") == Fetched(url, PAGE, "html", "iso-8859-2")


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/as/application/xhtml+xml", "html"),
        ("/as/text/markdown", "markdown"),
        ("/as/application/pdf", "pdf"),
        (f"/as/{DOCX}", "word"),
        pytest.param("/law.pdf", "pdf", id="octet-stream goes by the suffix"),
        pytest.param("/law%2Edocx", "word", id="no type goes by the suffix"),
        pytest.param("/treaty.md", "markdown", id="markdown served as plain text"),
    ],
)
def test_the_kind_is_told_by_type_then_suffix(server: Server, path: str, kind: str) -> None:
    assert got(server.url(path)).kind == kind


@pytest.mark.parametrize("path", ["/gzip", "/deflate", "/identity"])
def test_compressed_pages_are_unpacked(server: Server, path: str) -> None:
    assert got(server.url(path)).content == PAGE


def test_chunks_are_put_together(server: Server) -> None:
    assert got(server.url("/chunked")).content == b"<p>Space</p>"


def test_a_page_may_have_exactly_the_bytesmay_connect(server: Server) -> None:
    assert len(got(server.url("/exact")).content) == LIMITS.max_bytes


def test_a_redirect_gives_the_final_address(server: Server) -> None:
    assert got(server.url("/moved")).url == server.url("/page?by=rail")


def test_a_redirect_may_lead_to_another_host(server: Server) -> None:
    assert got(server.url("/elsewhere")).url == server.url("/page", host="other.example")


def test_the_request_says_who_asks_and_nothing_more(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a proxy of the environment nor an account in ~/.netrc is used."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.2:9")
    got(server.url("/page"))
    host, _, headers = server.asked[-1]
    assert host == f"site.example:{server.server_port}"
    assert headers["user-agent"] == f"space-policy-chat/{__version__}"
    assert headers.keys() == {"host", "user-agent", "accept", "accept-encoding", "connection"}


# Where it goes.


@pytest.mark.parametrize(
    "address",
    PRIVATE.split(),
)
def test_addresses_that_are_not_public(address: str) -> None:
    assert not may_connect(address, loopback=False)


@pytest.mark.parametrize("address", PUBLIC.split())
def test_addresses_that_are_public(address: str) -> None:
    assert may_connect(address, loopback=False)


def test_the_loopback_setting_lets_nothing_else_through() -> None:
    allowed = [address for address in PRIVATE.split() if may_connect(address, loopback=True)]
    assert allowed == ["127.0.0.1", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1"]


@pytest.mark.parametrize("host", PRIVATE_HOSTS.split())
def test_no_spelling_of_a_private_host_is_connected_to(host: str, connections: list[str]) -> None:
    """With this computer's own resolver, which needs no network for these."""
    with pytest.raises(UnreadableDocument, match="not a public address"):
        fetch(f"http://{host}/", Limits(max_bytes=1000, seconds=5))
    assert not connections


@pytest.mark.parametrize("path", ["/metadata", "/intranet", "/home"])
def test_a_redirect_to_a_private_address_is_not_followed(server: Server, path: str, connections: list[str]) -> None:
    reason = refusal(server.url(path), home=("192.168.1.1",))
    assert reason.startswith("It redirects to http://")
    assert reason.endswith("not a public address")
    assert set(connections) == {"127.0.0.1"}


def test_one_private_address_among_public_ones_is_enough(server: Server, connections: list[str]) -> None:
    reason = refusal(server.url("/page"), site=("127.0.0.1", "10.0.0.1"))
    assert reason == "site.example leads to 10.0.0.1, not a public address"
    assert not connections


def test_loopback_is_refused_without_the_test_setting(server: Server, connections: list[str]) -> None:
    assert "127.0.0.1, not a public address" in refusal(server.url("/page"), Limits(max_bytes=1000, seconds=5))
    assert not connections


def test_a_host_is_looked_up_once_and_what_was_checked_is_connected_to(server: Server, connections: list[str]) -> None:
    """A name server that answers anew each time (DNS rebinding) gets no second chance."""
    answers = iter([("127.0.0.1",), ("10.0.0.1",)])
    asked: list[str] = []

    def rebinding(host: str) -> Sequence[str]:
        asked.append(host)
        return next(answers)

    fetch(server.url("/moved", host="rebinding.example"), LIMITS, rebinding)
    assert asked == ["rebinding.example"]
    assert connections == ["127.0.0.1"] * 3  # robots.txt, the redirect, the page


def test_each_host_of_a_redirect_is_looked_up_and_checked(server: Server) -> None:
    names = Names(other=("127.0.0.1",))
    fetch(server.url("/elsewhere"), LIMITS, names)
    assert names.asked == ["site.example", "other.example"]


def test_the_next_address_is_tried_when_one_is_dead(server: Server, connections: list[str]) -> None:
    """Nothing listens on 127.0.0.2 here."""
    assert got(server.url("/page"), site=("127.0.0.2", "127.0.0.1")).content == PAGE
    assert connections[:2] == ["127.0.0.2", "127.0.0.1"]


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("file:///etc/passwd", "not a web address"),
        ("ftp://site.example/law.pdf", "not a web address"),
        ("gopher://site.example/1", "not a web address"),
        ("javascript:alert(1)", "not a web address"),
        ("site.example/page", "not a web address"),
        ("//site.example/page", "not a web address"),
        ("http:///page", "not a web address"),
        ("", "not a web address"),
        ("http://site.example:99999/", "not an address"),
        ("http://site\n.example/", "not an address"),
        ("http://me:secret@site.example/", "The address holds a user name"),
        ("http://site.example:22/", "Port 22 is not one for web pages"),
        ("http://site.example:0/", "Port 0 is not one for web pages"),
        ("http://site.example:6667/", "Port 6667 is not one for web pages"),
        pytest.param("http://site.example/" + "x" * 5_000, "The address has more than 4,096 characters", id="long"),
    ],
)
def test_addresses_that_are_not_asked(url: str, reason: str, connections: list[str]) -> None:
    assert reason in refusal(url)
    assert not connections


@pytest.mark.parametrize(
    ("path", "reason"), [("/passwords", "not a web address"), ("/me", "a user name"), ("/broken", "is not an address")]
)
def test_a_redirect_is_held_to_the_same_rules(server: Server, path: str, reason: str) -> None:
    assert reason in refusal(server.url(path))


def test_a_backslash_does_not_hide_another_host(server: Server) -> None:
    names = Names()
    with pytest.raises(UnreadableDocument):
        fetch(f"http://site.example:{server.server_port}\\@10.0.0.1/", LIMITS, names)
    assert names.asked == ["site.example"]


# How far it goes.


@pytest.mark.parametrize("path", ["/one-more", "/declared-too-big", "/endless", "/negative-chunk"])
def test_a_page_of_too_many_bytes(server: Server, path: str) -> None:
    assert refusal(server.url(path)) == "It has more than 100,000 bytes"


@pytest.mark.parametrize("path", ["/bomb", "/negative-chunk", "/endless-chunk-size", "/long-head"])
def test_a_hostile_server_gets_little_memory(server: Server, path: str) -> None:
    tracemalloc.start()
    try:
        refusal(server.url(path), Limits(max_bytes=100_000, seconds=2, loopback=True))
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("path", ["/drip", "/dripping-head", "/forever-100"])
def test_a_slow_drip_ends_with_the_time(server: Server, path: str) -> None:
    assert refusal(server.url(path), HURRIED) == "The page took longer than 0.4 seconds"


def test_the_time_counts_robots_too(server: Server) -> None:
    assert refusal(server.url("/page", host="dripping.example"), HURRIED).endswith("longer than 0.4 seconds")


def test_a_silent_server_ends_with_the_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://site.example:{silent.getsockname()[1]}/"
        assert refusal(url, HURRIED) == "The page took longer than 0.4 seconds"


def test_a_resolver_that_hangs_ends_with_the_time() -> None:
    done = threading.Event()

    def hangs(_: str) -> Sequence[str]:
        done.wait(5)
        return ()

    with pytest.raises(UnreadableDocument, match=r"took longer than 0\.4 seconds"):
        fetch("http://site.example/", HURRIED, hangs)
    done.set()


def test_a_redirect_loop_ends(server: Server) -> None:
    assert refusal(server.url("/loop")) == "It redirects more than 5 times"


# What is refused, and how that is said.


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/401", "The page needs an account (401)"),
        ("/403", "The site does not give this page to programs, or it needs an account (403)"),
        ("/404", "The page does not exist (404)"),
        ("/410", "The page no longer exists (410)"),
        ("/418", "The site gives no page (418)"),
        ("/429", "The site asks for fewer requests (429)"),
        ("/451", "The site may not show this page for legal reasons (451)"),
        ("/503", "The site failed (503)"),
        ("/206", "The site gives no page (206)"),
        ("/nowhere", "The site gives no page (302)"),
        ("/picture", "Documents of the type 'image/png' cannot be read"),
        ("/blob", "Documents of the type 'application/octet-stream' cannot be read"),
        ("/untyped", "Documents of an unknown type cannot be read"),
        ("/odd-type", r"Documents of the type 'text/\x1b[31mred' cannot be read"),
        ("/unknown-packing", "The page is packed in a way that cannot be undone"),
        ("/twice-packed", "The page is packed in a way that cannot be undone"),
        ("/false-packing", "The page is packed in a way that cannot be undone"),
        ("/cut", "site.example broke off before the page was whole"),
        ("/cut-chunk", "site.example broke off before the page was whole"),
        ("/endless-chunk-size", "site.example broke off before the page was whole"),
        ("/silent", "site.example broke off before the page was whole"),
        ("/many-heads", "site.example does not answer as a web server should"),
        ("/long-head", "site.example does not answer as a web server should"),
        ("/no-http", "site.example does not answer as a web server should"),
        ("/two-lengths", "site.example does not answer as a web server should"),
    ],
)
def test_what_cannot_be_had_is_said(server: Server, path: str, reason: str) -> None:
    assert refusal(server.url(path)) == reason


def test_a_failure_after_a_redirect_names_the_new_address(server: Server) -> None:
    new = server.url("/missing")
    assert refusal(server.url("/lost")) == f"It redirects to {new}. The page does not exist (404)"


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        (socket.gaierror(-2, "Name or service not known"), "The host gone.invalid was not found"),
        (UnicodeError("label too long"), "The host gone.invalid was not found"),
    ],
)
def test_a_host_that_does_not_exist(failure: Exception, reason: str) -> None:
    """A fake resolver: the real one would ask the network."""

    def resolve(_: str) -> Sequence[str]:
        raise failure

    with pytest.raises(UnreadableDocument) as raised:
        fetch("http://gone.invalid/", LIMITS, resolve)
    assert raised.value.reason == reason


def test_a_host_without_addresses_does_not_exist() -> None:
    assert refusal("http://site.example/", site=()) == "The host site.example was not found"


def test_a_host_where_nothing_listens_cannot_be_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    assert refusal(f"http://site.example:{port}/") == "site.example cannot be reached"


# robots.txt


@pytest.mark.parametrize("host", ["closed.example", "led.example"])
def test_a_page_that_robots_may_not_read_is_not_asked_for(server: Server, host: str) -> None:
    assert refusal(server.url("/page", host)) == "The site asks programs not to read this page (robots.txt)"
    assert server.times("/page", host) == 0


def test_rules_for_this_program_go_before_those_for_all(server: Server) -> None:
    """They open with a byte order mark, and have a wildcard."""
    assert got(server.url("/page", host="choosy.example")).content == PAGE
    assert "robots.txt" in refusal(server.url("/law.pdf", host="choosy.example"))


@pytest.mark.parametrize("host", ["site.example", "shy.example"])
def test_robots_that_cannot_be_found_or_may_not_be_read_forbid_nothing(server: Server, host: str) -> None:
    assert got(server.url("/page", host)).content == PAGE


def test_robots_that_fail_forbid_the_page_until_they_are_well(server: Server) -> None:
    for _ in range(2):
        assert refusal(server.url("/page", "ill.example")) == "The site's robots.txt cannot be had (503)"
    assert (server.times("/robots.txt", "ill.example"), server.times("/page", "ill.example")) == (2, 0)


def test_robots_may_be_endless(server: Server) -> None:
    assert got(server.url("/page", host="wide.example")).content == PAGE
    assert "robots.txt" in refusal(server.url("/law.pdf", host="wide.example"))


def test_robots_are_held_to_the_same_rules(server: Server) -> None:
    reason = refusal(server.url("/page", host="led-astray.example"))
    assert reason == "It redirects to http://10.0.0.1/robots.txt. 10.0.0.1 is not a public address"


def test_robots_are_asked_for_once(server: Server) -> None:
    for _ in range(3):
        got(server.url("/page", host="often.example"))
    assert server.times("/robots.txt", "often.example") == 1


def test_a_redirect_to_another_host_asks_its_robots(server: Server) -> None:
    got(server.url("/elsewhere", host="from.example"))
    assert server.times("/robots.txt", "other.example") == 1


# TLS

Secure = tuple[Server, Path, list[str | None]]


def test_a_certificate_is_checked_by_the_name_of_the_host(secure: Secure, monkeypatch: pytest.MonkeyPatch) -> None:
    server, file, names = secure
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    assert got(server.url("/page", scheme="https")).content == PAGE
    assert set(names) == {"site.example"}
    reason = refusal(server.url("/page", "imposter.example", "https"))
    assert reason == "The certificate of imposter.example cannot be trusted"


def test_an_unknown_certificate_is_not_trusted(secure: Secure) -> None:
    server, _, _ = secure
    reason = refusal(server.url("/page", scheme="https"))
    assert reason == "The certificate of site.example cannot be trusted"
    assert not server.asked


def test_a_slow_drip_ends_with_the_time_under_tls_too(secure: Secure, monkeypatch: pytest.MonkeyPatch) -> None:
    server, file, _ = secure
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    assert refusal(server.url("/drip", scheme="https"), HURRIED) == "The page took longer than 0.4 seconds"


def test_a_server_without_tls_has_no_secure_page(server: Server) -> None:
    assert refusal(server.url("/page", scheme="https")) == "No secure connection to site.example came about"
