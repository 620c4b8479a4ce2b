"""What the front door reads by itself means the same to gunicorn's parser."""

import pytest
from gunicorn.config import Config
from gunicorn.http.parser import RequestParser
from hypothesis import example, given
from hypothesis import strategies as st

from config.front_door.calls import Answer
from config.front_door.plain_http import read_call, write_answer

BODY = b'{"description": "\xeb\xac\xbc"}'
HEAD = b"POST /api/requests HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n%s\r\n"


def plain(more: bytes = b"", body: bytes = BODY) -> bytes:
    return HEAD % (len(body), more) + body


def test_a_plain_call_is_read() -> None:
    call = read_call(plain(b"Content-Type: application/json\r\nX-A-b:  1 2 \r\n"))
    assert call is not None
    assert call.environment == {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/api/requests",
        "QUERY_STRING": "",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(BODY)),
        "HTTP_HOST": "x",
        "HTTP_X_A_B": "1 2",
        "wsgi.url_scheme": "http",
    }
    assert (call.body, call.keep_alive) == (BODY, True)


def test_a_call_without_a_body_is_read() -> None:
    call = read_call(b"GET /api/requests?limit=5&q=a%20b HTTP/1.1\r\nHost: x\r\n\r\n")
    assert call is not None
    assert call.environment["QUERY_STRING"] == "limit=5&q=a%20b"
    assert (call.body, call.environment["CONTENT_LENGTH"]) == (b"", "0")


def test_a_body_may_follow_its_head() -> None:
    data = plain()
    head = data.index(b"{")
    for there in (head, head + 3, len(data)):
        call = read_call(data[:there])
        assert call is not None
        assert (call.size, call.missing) == (len(data), len(data) - there)
        assert call.body == data[head:there]


def test_what_follows_is_left() -> None:
    first = plain()
    call = read_call(first + plain())
    assert call is not None
    assert (call.size, call.body) == (len(first), BODY)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        plain()[:40],
        plain().partition(b"{")[0][:-2],
        plain().replace(b"\r\n", b"\n"),
        plain().replace(b"HTTP/1.1", b"HTTP/1.0"),
        plain().replace(b"POST", b"PUT"),
        plain().replace(b"/api", b"/%61pi"),
        plain().replace(b"/api", b"http://x/api"),
        plain().replace(b"Host: x\r\n", b""),
        plain().replace(b"Host:", b"Host :"),
        plain(b"Host: y\r\n"),
        plain(b"content-length: 3\r\n"),
        plain(b" folded: line\r\n"),
        plain(b"X_Under: score\r\n"),
        plain(b"X-Tab: a\tb\r\n"),
        plain(b"X-Name: \xea\xb9\x80\r\n"),
        plain(b"X-Nul: \x00\r\n"),
        plain(b"Transfer-Encoding: chunked\r\n"),
        plain(b"Expect: 100-continue\r\n"),
        plain(b"Connection: upgrade\r\nUpgrade: websocket\r\n"),
        plain(b"Connection: close, x-request-id\r\n"),
        plain(b"X-Forwarded-Ssl: on\r\n"),
        plain().replace(b"Content-Length: ", b"Content-Length: +"),
        plain().replace(b"Content-Length: ", b"Content-Length: 1e"),
        plain().replace(b"Content-Length: ", b"Content-Length: 0000000"),
        plain(b"".join(b"X-%d: 1\r\n" % number for number in range(60))),
        plain(b"X-Long: " + b"x" * 4100 + b"\r\n"),
        plain().replace(b"/api/requests", b"/api/requests?q=" + b"x" * 4100),
        plain().replace(b"/api/requests", b"/api/requests?a=#&b=1"),
    ],
)
def test_what_is_not_plain_is_left_to_gunicorn(data: bytes) -> None:
    assert read_call(data) is None


def test_the_last_call_of_a_connection_is_known() -> None:
    call = read_call(plain(b"Connection: Close\r\n"))
    assert call is not None
    assert not call.keep_alive


_NAMES = st.sampled_from(
    [
        b"Accept",
        b"Content-Type",
        b"X-Request-ID",
        b"X-Forwarded-For",
        b"Connection",
        b"X-1-b",
        b"tE",
    ]
)
_VALUES = st.one_of(
    st.sampled_from(
        [b"", b"keep-alive", b"close", b"application/json", b"a, b", b" \t", b"x\r\n y"]
    ),
    st.binary(max_size=12),
)
_LINES = st.lists(
    st.tuples(_NAMES, st.sampled_from([b":", b": ", b":  ", b" :"]), _VALUES), max_size=5
)


@given(
    lines=_LINES,
    path=st.sampled_from([b"/", b"/api/requests", b"/a?b=c&d", b"/a?", b"/%41", b"//a", b"*"]),
    body=st.binary(max_size=20),
    length=st.sampled_from([b"", b"0", b"5", b"05", b"20", b"-1", b"5 "]),
)
@example(lines=[], path=b"/api/requests", body=b"12345rest", length=b"05")
def test_what_is_taken_is_read_alike_by_gunicorn(
    lines: list[tuple[bytes, bytes, bytes]], path: bytes, body: bytes, length: bytes
) -> None:
    fields = [b"Host: haja.example.org", *(b"".join(line) for line in lines)]
    if length:
        fields.append(b"Content-Length: " + length)
    data = b"\r\n".join([b"POST " + path + b" HTTP/1.1", *fields, b"", body])
    ours = read_call(data)
    if ours is None or ours.missing:
        return
    theirs = next(RequestParser(Config(), iter([data]), ("127.0.0.1", 1)))
    assert theirs.method == ours.environment["REQUEST_METHOD"]
    assert theirs.path == ours.environment["PATH_INFO"]
    assert theirs.query == ours.environment["QUERY_STRING"]
    assert theirs.body is not None
    assert theirs.body.read() == ours.body
    assert theirs.should_close() is not ours.keep_alive
    named = {f"HTTP_{name.replace('-', '_')}": value for name, value in theirs.headers}
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        assert (
            named.pop(f"HTTP_{name}", "0" if name == "CONTENT_LENGTH" else "")
            == (ours.environment[name])
        )
    assert named == {n: v for n, v in ours.environment.items() if n.startswith("HTTP_")}


@pytest.mark.parametrize(("keep", "said"), [(True, b"keep-alive"), (False, b"close")])
def test_an_answer_says_whether_the_connection_stays(keep: bool, said: bytes) -> None:
    answer = Answer("201 CREATED", [("Content-Length", "2"), ("X-Name", "caf\xe9")], b"{}")
    head, _, body = write_answer(answer, keep_alive=keep).partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    assert lines[0] == b"HTTP/1.1 201 CREATED"
    assert b"Connection: " + said in lines
    assert lines[-2:] == [b"Content-Length: 2", b"X-Name: caf\xe9"]
    assert body == b"{}"
