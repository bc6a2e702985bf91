"""What a request must pass before the page sees it, asked of the guard as a server asks it."""

import asyncio
import base64
import re
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from rag.errors import SettingsError
from rag.settings import Settings
from ui.access import MOST_JSON, READER, SESSION, Guard, Visitor
from ui.cli import main
from ui.hosts import client_key, is_loopback, names_loopback
from ui.limits import MINUTE, SHARED, Limit, Pace, TooMany
from ui.sign_in import ATTEMPTS, LASTS, ONLY_READS, WITHIN, Role, SignIn, WrongPassword

PASSWORD = "correct horse"  # noqa: S105 - of these tests
HOST = {"host": "127.0.0.1:7860"}
PAGE = {**HOST, "accept": "text/html,*/*"}
WRONG = "This is not the password."


class Clock:
    """Time that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Inside:
    """What stands behind the guard: remembers who came through."""

    visitors: list[Visitor] = field(default_factory=list)

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:  # noqa: ANN401 - ASGI
        self.visitors.append(scope["state"]["visitor"])
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"inside"})


@dataclass(frozen=True)
class Answered:
    status: int
    headers: Sequence[tuple[str, str]]
    text: str

    def all(self, name: str) -> list[str]:
        return [value for given, value in self.headers if given == name]

    def cookie(self, name: str) -> str:
        (found,) = [one for one in self.all("set-cookie") if one.startswith(f"{name}=")]
        return found


@dataclass
class Door:
    """A guard, and requests to it."""

    guard: Guard
    inside: Inside

    def ask(  # a request has this many parts
        self,
        path: str = "/",
        method: str = "GET",
        headers: Mapping[str, str] = HOST,
        body: bytes = b"",
        *,
        client: str = "127.0.0.1",
        scheme: str = "http",
    ) -> Answered:
        given = {**headers, "content-length": str(len(body))} if body else dict(headers)
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "scheme": scheme,
            "query_string": b"",
            "client": (client, 1234),
            "headers": [(name.encode(), value.encode()) for name, value in given.items()],
        }
        sent: list[MutableMapping[str, Any]] = []

        async def receive() -> MutableMapping[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: MutableMapping[str, Any]) -> None:
            sent.append(message)

        asyncio.run(self.guard(scope, receive, send))
        head = [(name.decode(), value.decode()) for name, value in sent[0]["headers"]]
        return Answered(sent[0]["status"], head, b"".join(one.get("body", b"") for one in sent[1:]).decode())

    def sign_in(self, password: str, **more: str) -> Answered:
        form = urlencode({"password": password}).encode()
        return self.ask("/login", "POST", PAGE, form, **more)


def door(sign_in: SignIn | None = None, *, loopback: bool = True, max_bytes: int = 1_000_000) -> Door:
    inside = Inside()
    return Door(Guard(inside, loopback=loopback, sign_in=sign_in, max_bytes=max_bytes), inside)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def locked(clock: Clock) -> Door:
    """A door with a password."""
    return door(SignIn({Role.CURATOR: PASSWORD}, clock=clock, attempts=Limit(ATTEMPTS, WITHIN, clock)))


def basic(password: str) -> dict[str, str]:
    return {**HOST, "authorization": f"Basic {base64.b64encode(f'anyone:{password}'.encode()).decode()}"}


def cookie(answered: Answered, name: str) -> dict[str, str]:
    return {"cookie": answered.cookie(name).partition(";")[0]}


# A password ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/config",
        "/gradio_api/info",
        "/gradio_api/call/answer",
        "/gradio_api/call/v2/search",
        "/gradio_api/queue/join",
        "/gradio_api/queue/data",
        "/gradio_api/file=/etc/passwd",
        "/gradio_api/upload",
        "/theme.css",
        "/assets/index.js",
        "/conversations/1234.md",
        "/health/",
        "//health",
        "/login/",
        "/logout",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "HEAD", "DELETE"])
def test_without_the_password_nothing_but_health_and_the_sign_in_is_reached(
    locked: Door, path: str, method: str
) -> None:
    assert locked.ask(path, method).status in (200 if (path, method) == ("/logout", "POST") else 401,)
    assert not locked.inside.visitors


def test_health_is_reached_without_the_password(locked: Door) -> None:
    assert locked.ask("/health").text == "inside"


def test_a_browser_is_shown_the_sign_in_and_a_program_is_told_what_to_send(locked: Door) -> None:
    shown = locked.ask("/", headers=PAGE)
    assert (shown.status, shown.all("cache-control")) == (401, ["no-store"])
    assert '<input id="password" name="password" type="password"' in shown.text
    assert "curl --user" in locked.ask("/gradio_api/call/answer", "POST").text


def test_the_sign_in_asks_nothing_of_any_other_host_and_runs_nothing(locked: Door) -> None:
    text = locked.ask("/login", headers=PAGE).text
    assert not re.search(r"https?://|//|<script|@import|url\(", text)


def test_the_password_opens_the_door_for_the_browser_that_gave_it(locked: Door) -> None:
    came = locked.sign_in(PASSWORD)
    assert (came.status, came.all("location")) == (303, ["/"])
    said = came.cookie(SESSION).lower()
    assert "httponly" in said
    assert "samesite=lax" in said
    assert "secure" not in said
    assert locked.ask(headers={**HOST, **cookie(came, SESSION)}).text == "inside"
    assert [(one.role, one.signed_in) for one in locked.inside.visitors] == [(Role.CURATOR, True)]
    assert locked.ask().status == 401


def test_over_https_the_cookie_is_for_https_alone(locked: Door) -> None:
    assert "secure" in locked.sign_in(PASSWORD, scheme="https").cookie(SESSION).lower()


def test_a_wrong_password_is_said_on_the_page(locked: Door) -> None:
    answered = locked.sign_in("wrong horse")
    assert answered.status == 401
    assert f'<p role="alert" id="message">{WRONG}' in answered.text
    assert not answered.all("set-cookie")


@pytest.mark.parametrize("body", [b"", b"password", b"other=x", b"\xff\xfe", b"password=" + b"x" * 20_000])
def test_a_form_without_the_password_opens_nothing(locked: Door, body: bytes) -> None:
    assert locked.ask("/login", "POST", PAGE, body).status == 401


def test_programs_sign_in_with_each_request_or_once_as_gradio_does(locked: Door) -> None:
    assert locked.ask("/config", headers=basic(PASSWORD)).text == "inside"
    came = locked.ask("/login", "POST", HOST, urlencode({"username": "a", "password": PASSWORD}).encode())
    assert (came.status, came.text) == (200, '{"success":true}')
    assert locked.ask("/config", headers={**HOST, **cookie(came, SESSION)}).text == "inside"


@pytest.mark.parametrize("header", ["Basic", "Basic !", "Basic /w==", "Basic YQ==", "Bearer correct horse", "x"])
def test_a_header_that_is_no_password_opens_nothing(locked: Door, header: str) -> None:
    assert locked.ask("/config", headers={**HOST, "authorization": header}).status == 401


@pytest.mark.parametrize("token", ["", "x", "curator.9999999999.x.00", "curator.x", "..", "é"])
def test_a_token_that_was_not_made_here_opens_nothing(locked: Door, token: str) -> None:
    assert locked.ask(headers={**HOST, "cookie": f"{SESSION}={token}"}).status == 401


def test_a_token_ends_with_its_time_and_with_the_program(locked: Door, clock: Clock) -> None:
    came = {**HOST, **cookie(locked.sign_in(PASSWORD), SESSION)}
    clock.now += LASTS - 1
    assert locked.ask(headers=came).status == 200
    assert door(SignIn({Role.CURATOR: PASSWORD}, clock=clock)).ask(headers=came).status == 401
    clock.now += 1
    assert locked.ask(headers=came).status == 401


def test_a_token_cannot_be_made_to_last_longer_or_to_say_more(clock: Clock) -> None:
    sign_in = SignIn({Role.READER: PASSWORD}, clock=clock)
    token = sign_in.token(Role.READER)
    assert sign_in.role_of(token) is Role.READER
    role, expires, *rest = token.split(".")
    assert sign_in.role_of(".".join(["curator", expires, *rest])) is None
    assert sign_in.role_of(".".join([role, f"9{expires}", *rest])) is None


def test_who_signs_out_is_out(locked: Door) -> None:
    left = locked.ask("/logout", "POST", PAGE)
    assert (left.status, left.all("location")) == (303, ["/"])
    assert f'{SESSION}="";' in left.cookie(SESSION)


def test_after_a_few_wrong_passwords_an_address_must_wait_and_others_need_not(locked: Door, clock: Clock) -> None:
    for _ in range(ATTEMPTS):
        assert locked.sign_in("wrong horse", client="10.0.0.1").status == 401
    refused = locked.sign_in(PASSWORD, client="10.0.0.1")
    assert refused.status == 429
    assert refused.all("retry-after") == [str(int(WITHIN) + 1)]
    assert "Too many wrong passwords came from your address. Try again in 5 minutes." in refused.text
    assert locked.ask("/config", headers=basic(PASSWORD), client="10.0.0.1").status == 429
    assert locked.sign_in(PASSWORD, client="10.0.0.2").status == 303
    clock.now += WITHIN
    assert locked.sign_in(PASSWORD, client="10.0.0.1").status == 303


def test_a_right_password_forgives_the_wrong_ones_before_it(locked: Door) -> None:
    for _ in range(3):
        for _ in range(ATTEMPTS - 1):
            locked.sign_in("wrong horse")
        assert locked.sign_in(PASSWORD).status == 303


def test_two_passwords_give_two_roles(clock: Clock) -> None:
    sign_in = SignIn({Role.READER: "reading horse", Role.CURATOR: PASSWORD}, clock=clock)
    assert sign_in.role_for("reading horse", "x") is Role.READER
    assert sign_in.role_for(f" {PASSWORD}\n", "x") is Role.CURATOR
    with pytest.raises(WrongPassword, match=WRONG):
        sign_in.role_for("", "x")


def test_who_may_read_cannot_try_the_other_password_without_end_with_their_own_between(clock: Clock) -> None:
    sign_in = SignIn(
        {Role.READER: "reading horse", Role.CURATOR: PASSWORD}, attempts=Limit(ATTEMPTS, WITHIN, clock), clock=clock
    )
    for tried in range(ATTEMPTS):
        with pytest.raises(WrongPassword):
            sign_in.role_for("wrong horse", "x")
        if tried < ATTEMPTS - 1:
            assert sign_in.role_for("reading horse", "x") is Role.READER
    with pytest.raises(TooMany):
        sign_in.role_for("reading horse", "x")


def test_a_program_of_a_reader_may_send_its_password_as_often_as_it_asks(clock: Clock) -> None:
    mine = door(SignIn({Role.READER: "reading horse", Role.CURATOR: PASSWORD}, clock=clock))
    for _ in range(3 * ATTEMPTS):
        assert mine.ask("/config", headers=basic("reading horse")).status == 200
    assert {one.role for one in mine.inside.visitors} == {Role.READER}


@pytest.mark.parametrize("path", ["/gradio_api/upload", "/gradio_api/upload/", "/gradio_api/process_recording"])
def test_a_reader_uploads_nothing_and_is_told_why(clock: Clock, path: str) -> None:
    mine = door(SignIn({Role.READER: "reading horse", Role.CURATOR: PASSWORD}, clock=clock))
    answered = mine.ask(path, "POST", basic("reading horse"), b"x")
    assert (answered.status, answered.text) == (403, ONLY_READS)
    assert mine.ask(path, "POST", basic(PASSWORD), b"x").text == "inside"
    assert [one.role for one in mine.inside.visitors] == [Role.CURATOR]


@pytest.mark.parametrize("name", ["AUTH", "READER_AUTH"])
@pytest.mark.parametrize("password", ["horse", "   horse   "])
def test_a_short_password_is_refused_without_being_shown(name: str, password: str) -> None:
    with pytest.raises(
        SettingsError, match=f"SPACE_POLICY_{name} has 5 characters; allowed: a password of 8"
    ) as caught:
        Settings.from_env({f"SPACE_POLICY_{name}": password})
    assert "horse" not in str(caught.value)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        pytest.param({"AUTH": PASSWORD, "READER_AUTH": f" {PASSWORD}"}, "are the same password", id="one for both"),
        pytest.param({"READER_AUTH": PASSWORD}, "SPACE_POLICY_AUTH is not; allowed: both", id="nobody's who adds"),
    ],
)
def test_two_passwords_that_make_no_two_doors_are_refused_without_being_shown(
    given: Mapping[str, str], says: str
) -> None:
    with pytest.raises(SettingsError, match=says) as caught:
        Settings.from_env({f"SPACE_POLICY_{name}": value for name, value in given.items()})
    assert "SPACE_POLICY_READER_AUTH" in str(caught.value)
    assert "horse" not in str(caught.value)


def test_the_passwords_are_not_shown_with_the_settings() -> None:
    shown = repr(Settings.from_env({"SPACE_POLICY_AUTH": PASSWORD, "SPACE_POLICY_READER_AUTH": "reading horse"}))
    assert "horse" not in shown


def test_other_machines_are_let_in_with_a_password_or_on_request_only(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SPACE_POLICY_AUTH", raising=False)
    assert main(["serve", "--home", str(tmp_path), "--host", "192.0.2.1"]) == 2
    said = capsys.readouterr().err
    assert "SPACE_POLICY_AUTH" in said
    assert "--no-auth" in said
    for way in ("SPACE_POLICY_AUTH", "--no-auth"):
        if way == "SPACE_POLICY_AUTH":
            monkeypatch.setenv(way, PASSWORD)
        flags = [] if way == "SPACE_POLICY_AUTH" else [way]
        assert (
            main(["serve", "--home", str(tmp_path), "--host", "192.0.2.1", *flags]) == 1
        )  # no address of this computer
        said = capsys.readouterr().err
        assert "put TLS in front of it" in said
        assert "cannot be served on 192.0.2.1" in said
        monkeypatch.delenv("SPACE_POLICY_AUTH", raising=False)


# Hosts ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host", ["127.0.0.1:7860", "localhost", "LOCALHOST:1", "a.localhost", "[::1]:7860", "127.9.9.9"]
)
def test_a_page_of_this_computer_answers_to_its_names(host: str) -> None:
    assert names_loopback(host)
    assert door().ask(headers={"host": host}).status == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:7860", "127.0.0.1.evil.example", "localhost.evil.example", "10.0.0.1", "[::1", "@"],
)
@pytest.mark.parametrize("path", ["/", "/health", "/login", "/gradio_api/upload"])
def test_a_page_of_this_computer_answers_to_no_other_name(host: str, path: str) -> None:
    mine = door(SignIn({Role.CURATOR: PASSWORD}))
    answered = mine.ask(path, "POST", {**basic(PASSWORD), "host": host})
    assert answered.status == 421
    assert "localhost and 127.0.0.1 only" in answered.text
    assert not mine.inside.visitors


def test_a_page_for_other_machines_answers_to_any_name() -> None:
    assert door(loopback=False).ask(headers={"host": "space.example"}).status == 200


def test_addresses_of_this_computer_are_told_from_others() -> None:
    assert [is_loopback(host) for host in ("127.0.0.1", "::1", "localhost", "0.0.0.0", "::", "192.0.2.1", "")] == [  # noqa: S104
        *(True,) * 3,
        *(False,) * 4,
    ]


# Other sites ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"sec-fetch-site": "cross-site"}, id="another site"),
        pytest.param({"sec-fetch-site": "same-site"}, id="another port of this computer"),
        pytest.param({"origin": "http://evil.example"}, id="another site, in an old browser"),
        pytest.param({"origin": "null"}, id="a page without a site"),
    ],
)
def test_a_page_of_another_site_can_change_nothing(headers: Mapping[str, str]) -> None:
    mine = door()
    assert mine.ask("/gradio_api/queue/join", "POST", {**HOST, **headers}).status == 403
    assert not mine.inside.visitors
    assert mine.ask("/", "GET", {**HOST, **headers}).status == 200  # a link from elsewhere


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"sec-fetch-site": "same-origin", "origin": "https://proxied.example"}, id="the page"),
        pytest.param({"origin": "http://127.0.0.1:7860"}, id="the page, in an old browser"),
        pytest.param({}, id="a program"),
    ],
)
def test_the_page_itself_and_programs_can(headers: Mapping[str, str]) -> None:
    assert door().ask("/gradio_api/queue/join", "POST", {**HOST, **headers}).status == 200


# Sizes ---------------------------------------------------------------------------------------------------------------


def test_an_upload_that_is_too_large_is_refused_in_words() -> None:
    mine = door(max_bytes=1_000_000)
    sized = {**HOST, "content-length": "10000001"}
    answered = mine.ask("/gradio_api/upload", "POST", sized)
    assert (answered.status, answered.text) == (
        413,
        "At most 10 MB can be uploaded at once, and this is 11 MB. Give fewer files at a time.",
    )
    assert mine.ask("/gradio_api/upload", "POST", {**HOST, "content-length": "10000000"}).status == 200


def test_a_request_that_is_no_upload_is_limited_too() -> None:
    answered = door().ask("/gradio_api/queue/join", "POST", {**HOST, "content-length": str(MOST_JSON + 1)})
    assert answered.status == 413
    assert "8 MB at most" in answered.text


def test_a_request_must_say_how_long_it_is() -> None:
    answered = door().ask("/gradio_api/upload", "POST", {**HOST, "transfer-encoding": "chunked"})
    assert (answered.status, "Content-Length" in answered.text) == (411, True)


# Browsers ------------------------------------------------------------------------------------------------------------


def test_a_browser_gets_an_id_of_its_own_and_keeps_it() -> None:
    mine = door()
    first = mine.ask(headers=PAGE)
    said = first.cookie(READER).lower()
    assert "httponly" in said
    assert "samesite=lax" in said
    assert "secure" not in said
    again = mine.ask(headers={**PAGE, **cookie(first, READER)})
    assert not again.all("set-cookie")
    mine.ask(headers=PAGE)
    readers = [one.reader for one in mine.inside.visitors]
    assert readers[0] == readers[1] != readers[2]


def test_an_id_that_was_not_made_here_is_replaced() -> None:
    mine = door()
    mine.ask(headers={**PAGE, "cookie": f"{READER}=' OR 1=1"})
    assert re.fullmatch(r"[\w-]{32}", mine.inside.visitors[0].reader or "")


def test_programs_get_no_cookie_and_no_id() -> None:
    mine = door()
    assert not mine.ask("/gradio_api/call/answer", "POST").all("set-cookie")
    assert mine.inside.visitors == [Visitor("127.0.0.1", None, Role.CURATOR, signed_in=False)]


# Limits --------------------------------------------------------------------------------------------------------------


def test_a_browser_that_asks_too_much_is_told_when_to_come_back(clock: Clock) -> None:
    pace = Pace(2, clock)
    pace.check("10.0.0.1", "a")
    clock.now += 20
    pace.check("10.0.0.1", "a")
    with pytest.raises(TooMany, match=r"more than the 2 questions a minute that you may ask. Ask again in 40 seconds"):
        pace.check("10.0.0.1", "a")
    pace.check("10.0.0.1", "b")
    clock.now += 40
    pace.check("10.0.0.1", "a")


def test_an_address_cannot_ask_without_end_under_ever_new_names(clock: Clock) -> None:
    pace = Pace(2, clock)
    for number in range(2 * SHARED):
        pace.check("10.0.0.1", str(number) if number % 2 else None)
    with pytest.raises(TooMany, match=r"20 questions a minute that your address may ask. Ask again in 60 seconds"):
        pace.check("10.0.0.1", None)
    pace.check("10.0.0.2", None)


def test_what_was_refused_does_not_count(clock: Clock) -> None:
    limit = Limit(1, MINUTE, clock)
    assert limit.take("a") == 0
    assert [limit.take("a") for _ in range(3)] == [MINUTE] * 3
    clock.now += MINUTE
    assert limit.take("a") == 0


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("", ""),
    ],
)
def test_limits_count_by_what_one_person_has(address: str, key: str) -> None:
    assert client_key(address) == key
