"""A page from the web. The only file that opens a network connection for documents.

Only public addresses are reached: a name is resolved once in a fetch, each of its addresses is checked, and a checked
address itself is connected to, so that no second look-up can lead elsewhere. Redirects and robots.txt go the same way.
Nothing is sent that tells who asks: no cookies, no account, no referring page; proxies in the environment are not used.
"""

import http.client
import ipaddress
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import PurePosixPath
from queue import Empty, SimpleQueue
from typing import ClassVar, TypeVar
from urllib.parse import unquote, urljoin

from protego import Protego
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import (
    ConnectTimeoutError,
    DecodeError,
    HTTPError,
    IncompleteRead,
    NewConnectionError,
    ProtocolError,
    ReadTimeoutError,
    SSLError,
)
from urllib3.response import HTTPResponse
from urllib3.util import Url, make_headers, parse_url

from rag import __version__
from rag.errors import UnreadableDocument

AGENT = "space-policy-chat"  # the name that a robots.txt can speak to
CHUNK = 65_536  # bytes
CONNECT_SECONDS = 5.0  # for one of a host's addresses, so that a dead one leaves time for the next
LONGEST = 4_096  # characters of an address
ROBOTS_BYTES = 512_000  # RFC 9309: at least 500 kibibytes
ROBOTS_SECONDS = 3_600  # a robots.txt is asked for again after this time; RFC 9309: within a day
ROBOTS_SITES = 1_000  # whose robots.txt is remembered

PORTS: Mapping[str, int] = {"http": 80, "https": 443}
# Other services live below 1024 and at these, which browsers refuse too (the Fetch standard's "bad ports").
FIRST_PORT = 1024
OTHER_SERVICES = frozenset(
    (1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, *range(6665, 6670), 6679, 6697, 10080)
)
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
UNICAST = ipaddress.IPv6Network("2000::/3")  # all that is given out; older Pythons call more "global" than this

KINDS: Mapping[str, str] = {
    "text/html": "html",
    "application/xhtml+xml": "html",
    "text/plain": "text",
    "text/markdown": "markdown",
    "text/x-markdown": "markdown",
    "application/pdf": "pdf",
    "application/x-pdf": "pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "word",
}
UNTOLD = frozenset(("", "application/octet-stream", "binary/octet-stream"))  # types that say nothing
SUFFIXES: Mapping[str, str] = {
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".txt": "text",
    ".md": "markdown",
    ".markdown": "markdown",
    ".pdf": "pdf",
    ".docx": "word",
}
CHARSET = re.compile(r""";\s*charset\s*=\s*["']?([\w.:-]{1,40})""", re.I)

ADDRESS = "Give an address that begins with http:// or https://"
LATER = "Try again later"
ONLINE = "Check the address, and that this computer is online"
PUBLIC = "Only public pages are fetched; save the page and give the file"
SAVE = "Open it in a browser, save the page, and give the file"

OK = frozenset((200, 203))
REFUSALS: Mapping[int, tuple[str, str]] = {
    401: ("The page needs an account", SAVE),
    402: ("The page must be paid for", SAVE),
    403: ("The site does not give this page to programs, or it needs an account", SAVE),
    404: ("The page does not exist", "Check the address"),
    410: ("The page no longer exists", "Look for it in a web archive"),
    429: ("The site asks for fewer requests", LATER),
    451: ("The site may not show this page for legal reasons", SAVE),
}

# The first row that fits. Nothing of what the server said is repeated: it could hold anything.
FOREIGN: Sequence[tuple[tuple[type[Exception], ...], str, str]] = (
    ((socket.gaierror, UnicodeError), "The host {host} was not found", ONLINE),
    (
        (ssl.SSLCertVerificationError,),
        "The certificate of {host} cannot be trusted",
        "Check the address. Where no https page works, this computer lacks root certificates (ca-certificates), "
        "or a company's own must be named in SSL_CERT_FILE",
    ),
    ((ssl.SSLError, SSLError), "No secure connection to {host} came about", SAVE),
    ((NewConnectionError,), "{host} cannot be reached", ONLINE),  # a kind of ConnectTimeoutError, for urllib3
    ((ConnectTimeoutError, ReadTimeoutError, TimeoutError), "{host} does not answer", LATER),
    ((DecodeError,), "The page is packed in a way that cannot be undone", SAVE),
    ((IncompleteRead, ProtocolError, ConnectionError), "{host} broke off before the page was whole", LATER),
    ((Exception,), "{host} does not answer as a web server should", "Check the address"),
)

Resolve = Callable[[str], Sequence[str]]  # a host's name -> its IP addresses; raises OSError
Result = TypeVar("Result")
Take = Callable[[Url, HTTPResponse], Result]


@dataclass(frozen=True, slots=True)
class Fetched:
    """A document from the web, as it came."""

    url: str  # the final address, after redirects, without a #fragment
    content: bytes  # not compressed any more
    kind: str  # "html", "text", "markdown", "pdf" or "word"
    charset: str | None  # as the server declares it, lower case, not checked


@dataclass(frozen=True, slots=True)
class Limits:
    """How far a fetch may go."""

    max_bytes: int  # of the document, unpacked
    seconds: float  # for the whole, redirects and robots.txt included
    redirects: int = 5
    loopback: bool = False  # for tests: lets this computer's own addresses through, nothing else


def addresses_of(host: str) -> tuple[str, ...]:
    """The IP addresses of `host`, by this computer's resolver."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(address[0]) for *_, address in found))


def fetch(url: str, limits: Limits, resolve: Resolve = addresses_of) -> Fetched:
    """The document at `url`.

    Raises UnreadableDocument: not http or https, not a public address, not allowed by robots.txt, refused, not found,
    not of a known kind, over a limit, or broken off.
    """
    return _Fetch(limits, resolve).page(url)


def may_connect(address: str, loopback: bool) -> bool:
    """Whether `address` is public, also one that stands for an IPv4 address; this computer's own as `loopback` says."""
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        in_nat64 = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF) if ip in NAT64 else None
        ip = ip.ipv4_mapped or ip.sixtofour or in_nat64 or ip
    if ip.is_loopback:
        return loopback
    return ip.is_global and not ip.is_multicast and (isinstance(ip, ipaddress.IPv4Address) or ip in UNICAST)


class _Clock:
    """The time that one fetch has."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._end = time.monotonic() + seconds
        self.over = False

    def left(self) -> float:
        """Seconds, always more than 0. Raises UnreadableDocument when there are none."""
        left = self._end - time.monotonic()
        if self.over or left <= 0:
            raise self.late()
        return left

    def late(self) -> UnreadableDocument:
        return UnreadableDocument(f"The page took longer than {self._seconds:g} seconds", LATER)

    @contextmanager
    def watching(self, connection: socket.socket) -> Iterator[None]:
        """Ends the connection when the time is over.

        A timeout would not do: it begins anew with each byte, and a server can send a head byte by byte.
        """
        timer = threading.Timer(self.left(), self._end_now, (connection,))
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _end_now(self, connection: socket.socket) -> None:
        self.over = True
        with suppress(OSError):  # closed meanwhile
            # Not the method of SSLSocket, which takes the TLS state from under a reading thread.
            socket.socket.shutdown(connection, socket.SHUT_RDWR)


class _Fetch:
    """One fetch under way."""

    # Site -> when its robots.txt was read, and what it says. Shared by all fetches of this process.
    _robots: ClassVar[dict[str, tuple[float, Protego]]] = {}

    def __init__(self, limits: Limits, resolve: Resolve) -> None:
        self._limits = limits
        self._resolve = resolve
        self._clock = _Clock(limits.seconds)
        self._checked: dict[str, tuple[str, ...]] = {}  # host -> its addresses, all of them allowed

    def page(self, url: str) -> Fetched:
        return self._follow(_web_address(url), self._obey, self._take_page)

    def _follow(self, first: Url, allowed: Callable[[Url], None], take: Take[Result]) -> Result:
        """What `take` makes of the answer at the end of the redirects; each address has to be `allowed`."""
        address = first
        for _ in range(self._limits.redirects + 1):
            try:
                allowed(address)
                with self._answer(address) as response:
                    location = response.get_redirect_location()
                    if not location:
                        return take(address, response)
            except UnreadableDocument as error:
                if address is first:
                    raise
                raise UnreadableDocument(f"It redirects to {address.url}. {error.reason}", error.cure) from error
            # A head is read as Latin-1, whatever it was.
            location = location.encode("latin-1", "replace").decode("utf-8", "replace")
            address = _web_address(location, base=address.url)
        raise UnreadableDocument(f"It redirects more than {self._limits.redirects} times", SAVE)

    @contextmanager
    def _answer(self, address: Url) -> Iterator[HTTPResponse]:
        """The answer to one request, its body still to be read. Foreign errors become ours here, and only here."""
        headers = make_headers(accept_encoding=True, user_agent=f"{AGENT}/{__version__}")
        headers |= {"host": address.netloc or "", "accept": ", ".join((*KINDS, "*/*;q=0.1")), "connection": "close"}
        try:
            with closing(self._connected(address)) as connection, self._clock.watching(connection.sock):
                connection.timeout = self._clock.left() + 1  # for each read; the clock comes first
                connection.request("GET", address.request_uri, headers=headers, preload_content=False)
                with closing(connection.getresponse()) as response:
                    # A head cut by the clock looks like a short one, a body without a length like a whole one.
                    self._clock.left()
                    yield response
                self._clock.left()
        except (HTTPError, http.client.HTTPException, OSError, ValueError) as error:
            if self._clock.over:
                raise self._clock.late() from error
            reason, cure = next((reason, cure) for types, reason, cure in FOREIGN if isinstance(error, types))
            raise UnreadableDocument(reason.format(host=address.host), cure) from error

    def _connected(self, address: Url) -> HTTPConnection:
        """A connection to the first of the host's addresses that takes one."""
        failure: Exception = socket.gaierror()
        for ip in self._addresses((address.host or "").strip("[]")):
            connection = _connection(address, ip, min(CONNECT_SECONDS, self._clock.left()))
            try:
                connection.connect()
            except (HTTPError, OSError, ValueError) as error:  # ValueError: a name that TLS cannot ask for
                connection.close()
                failure = error
            else:
                return connection
        raise failure

    def _addresses(self, host: str) -> tuple[str, ...]:
        """The addresses of `host`: each of them allowed, or UnreadableDocument."""
        if host not in self._checked:
            found = tuple(self._looked_up(host))
            for address in found:
                if not may_connect(address, self._limits.loopback):
                    leads = "is" if address == host else f"leads to {address},"
                    raise UnreadableDocument(f"{host} {leads} not a public address", PUBLIC)
            self._checked[host] = found
        return self._checked[host]

    def _looked_up(self, host: str) -> Sequence[str]:
        """The resolver's answer. It knows no time limit; when ours is over, its thread is left behind."""
        answers: SimpleQueue[Sequence[str] | OSError | UnicodeError] = SimpleQueue()

        def look_up() -> None:
            try:
                answers.put(self._resolve(host))
            except (OSError, UnicodeError) as error:  # a label of 64 letters is a UnicodeError
                answers.put(error)

        threading.Thread(target=look_up, daemon=True).start()
        try:
            answer = answers.get(timeout=self._clock.left())
        except Empty:
            raise self._clock.late() from None
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _obey(self, address: Url) -> None:
        """Raises UnreadableDocument where the site's robots.txt (RFC 9309) does not let us in."""
        site = f"{address.scheme}://{address.netloc}"
        asked, rules = self._robots.get(site, (0.0, None))
        if rules is None or time.monotonic() - asked > ROBOTS_SECONDS:
            rules = self._follow(_web_address(f"{site}/robots.txt"), lambda _: None, _take_robots)
            if len(self._robots) >= ROBOTS_SITES:
                self._robots.clear()
            self._robots[site] = (time.monotonic(), rules)
        if not rules.can_fetch(address.url, AGENT):
            raise UnreadableDocument("The site asks programs not to read this page (robots.txt)", SAVE)

    def _take_page(self, address: Url, response: HTTPResponse) -> Fetched:
        if response.status not in OK:
            raise _refusal(response.status)
        declared = response.headers.get("content-type", "")
        kind, charset = _kind(declared, address.path or ""), CHARSET.search(declared)
        most = self._limits.max_bytes
        announced = response.length_remaining or 0
        content = _body(response, most) if announced <= most else b""
        if max(announced, len(content)) > most:
            reason = f"It has more than {most:,} bytes"
            raise UnreadableDocument(reason, "Split it, or raise SPACE_POLICY_MAX_BYTES")
        return Fetched(address.url, content, kind, charset[1].lower() if charset else None)


def _web_address(url: str, base: str = "") -> Url:
    """`url`, seen from `base`, taken apart and normalized (IDNA, percent signs, dots): one that may be asked."""
    if len(url) > LONGEST:
        raise UnreadableDocument(f"The address has more than {LONGEST:,} characters", "Check the address")
    try:
        address = parse_url(urljoin(base, url.strip()))
    except ValueError as error:
        raise UnreadableDocument(f"{url!r} is not an address", ADDRESS) from error
    if address.scheme not in PORTS or not address.host:
        raise UnreadableDocument(f"{url!r} is not a web address", ADDRESS)
    if address.auth is not None:
        raise UnreadableDocument("The address holds a user name", "Leave out what stands before the @")
    port = _port(address)
    if port not in PORTS.values() and (port < FIRST_PORT or port in OTHER_SERVICES):
        raise UnreadableDocument(f"Port {port} is not one for web pages", "Check the address")
    return address._replace(fragment=None)


def _port(address: Url) -> int:
    return PORTS[address.scheme or ""] if address.port is None else address.port


def _connection(address: Url, ip: str, seconds: float) -> HTTPConnection:
    """A connection to `ip` that is checked as one to the host of `address`, not opened yet."""
    if address.scheme == "http":
        return HTTPConnection(ip, _port(address), timeout=seconds)
    host = (address.host or "").strip("[]")
    context = ssl.create_default_context()
    return HTTPSConnection(ip, _port(address), timeout=seconds, server_hostname=host, ssl_context=context)


def _take_robots(_: Url, response: HTTPResponse) -> Protego:
    if response.status >= 500:
        raise UnreadableDocument(f"The site's robots.txt cannot be had ({response.status})", LATER)
    text = _body(response, ROBOTS_BYTES)[:ROBOTS_BYTES] if response.status in OK else b""
    return Protego.parse(text.decode("utf-8-sig", "replace"))


def _body(response: HTTPResponse, most: int) -> bytes:
    """What the answer holds, unpacked; where that is more than `most` bytes, `most` + 1 of them."""
    packing = response.headers.get("content-encoding", "").strip().lower()
    if packing not in ("", "identity", *HTTPResponse.CONTENT_DECODERS):
        raise UnreadableDocument("The page is packed in a way that cannot be undone", SAVE)
    content = bytearray()
    # Not read(), which a chunk size of -1 makes read to the end; nor stream(), which takes chunk sizes of any length.
    while len(content) <= most and (chunk := response.read1(CHUNK)):
        content += chunk
    del content[most + 1 :]
    return bytes(content)


def _kind(declared: str, path: str) -> str:
    """The kind of document, by its Content-Type; by the suffix of `path` where that says nothing."""
    told = re.split("[;,]", declared)[0].strip().lower()
    by_suffix = SUFFIXES.get(PurePosixPath(unquote(path)).suffix.lower())
    kind = by_suffix if told in UNTOLD else KINDS.get(told)
    if kind is None:
        cure = "Known are web pages, plain text, Markdown, PDF and Word (.docx)"
        raise UnreadableDocument(
            f"Documents of {f'the type {told[:80]!r}' if told else 'an unknown type'} cannot be read", cure
        )
    # Markdown is mostly served as plain text.
    return "markdown" if (kind, by_suffix) == ("text", "markdown") else kind


def _refusal(status: int) -> UnreadableDocument:
    other = ("The site failed", LATER) if status >= 500 else ("The site gives no page", "Check the address")
    reason, cure = REFUSALS.get(status, other)
    return UnreadableDocument(f"{reason} ({status})", cure)
