"""Whatever is sent to whatever address, the answer is not a 5xx and carries the Hub's error form."""

from __future__ import annotations

import http.client
import json
import socket
from urllib.parse import quote, urlsplit

import pytest
from huggingface_hub import HfApi
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.patience import PATIENCE_S

from commons.local_hub.app import ALL_ROUTES
from commons.local_hub.byte_ranges import parse_range
from commons.local_hub.errors import BadRange, HubFault
from commons.local_hub.http import Route
from commons.local_hub.ignore_rules import Attributes, IgnoreRules
from commons.local_hub.paths import check_path

from .conftest import People

KNOWN = {
    "types": ["datasets", "models", "spaces"],
    "namespace": ["ada", "guild"],
    "name": ["fuzzed"],
    "revision": ["main", "refs/pr/1", "refs/heads/main", "HEAD"],
    "branch": ["work"],
    "num": ["1", "2"],
    "path": ["README.md", ".gitattributes", "data"],
}
words = st.text(max_size=30) | st.sampled_from(
    ["..", ".", "%2e%2e", "\0", "'; --", "<b>", "\u202e", "a/b", "refs/pr/", "-1"]
)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=6,
)
KEY_WORDS = """
name organization type visibility private paths files path size sample oid objects operation hash_algo title description
pullRequest comment status content repoType deletions sha target startingPoint tag message watched url domains secret
transfers ref fromRepo toRepo gated
"""
json_bodies = st.dictionaries(st.sampled_from(KEY_WORDS.split()), values, max_size=4).map(
    lambda body: json.dumps(body).encode()
)
lines = st.lists(
    st.fixed_dictionaries(
        {
            "key": st.sampled_from(["header", "file", "lfsFile", "deletedFile", "deletedFolder", "x"]),
            "value": st.dictionaries(
                st.sampled_from(
                    ["summary", "description", "parentCommit", "path", "content", "encoding", "oid", "algo"]
                ),
                values,
                max_size=4,
            )
            | values,
        }
    ),
    max_size=4,
).map(lambda objects: b"\n".join(json.dumps(line).encode() for line in objects))
bodies = st.binary(max_size=200) | json_bodies | lines
headers = st.dictionaries(
    st.sampled_from(
        ["Range", "Accept", "X-Request-Id", "If-None-Match", "Content-Type", "Content-Encoding", "Host"]
    ),
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40)
    | st.sampled_from(
        ["bytes=5-2", "bytes=99999999999999999999-", "text/html", "application/json", "text/plain"]
    ),
    max_size=3,
)
queries = st.dictionaries(
    st.sampled_from(
        ["create_pr", "p", "limit", "cursor", "expand", "recursive", "search", "filter", "service", "diff"]
    ),
    words | st.sampled_from(["1", "true", "formatted", "git-upload-pack"]),
    max_size=3,
)


usually = st.sampled_from([True] * 9 + [False])


@st.composite
def addresses(draw: st.DrawFn, route: Route) -> str:
    """The route's pattern with known or made-up values in its places."""
    segments = []
    for segment in route.pattern.lstrip("/").split("/"):
        if segment.startswith("{"):
            name = segment.strip("{}").removesuffix(":path")
            value = draw(st.sampled_from(KNOWN[name])) if name in KNOWN and draw(usually) else draw(words)
            segments.append(
                quote(value.encode("utf-8", "surrogatepass"), safe="/" if ":path" in segment else "")
            )
        else:
            segments.append(segment)
    query = "&".join(
        f"{key}={quote(value.encode('utf-8', 'surrogatepass'))}" for key, value in draw(queries).items()
    )
    return "/" + "/".join(segments) + (f"?{query}" if query else "")


@pytest.fixture(scope="module")
def connection(people: People) -> http.client.HTTPConnection:
    api: HfApi = people.api("ada")
    for kind in ("dataset", "model"):
        api.create_repo("ada/fuzzed", repo_type=kind)
        api.create_discussion("ada/fuzzed", "A discussion", repo_type=kind)
        api.create_pull_request("ada/fuzzed", "A draft", repo_type=kind)
    place = urlsplit(people.url)
    return Connection(place.hostname or "", place.port, timeout=PATIENCE_S)


class Connection(http.client.HTTPConnection):
    def connect(self) -> None:
        super().connect()
        # Head and body leave in two pieces; without this the second waits 40 ms for the first to be acknowledged.
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


@settings(
    max_examples=600,
    deadline=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
    derandomize=True,
)
@given(data=st.data())
def test_no_request_is_answered_with_a_5xx(
    connection: http.client.HTTPConnection, people: People, data: st.DataObject
) -> None:
    route = data.draw(st.sampled_from(ALL_ROUTES))
    address = data.draw(addresses(route))
    who = data.draw(st.sampled_from(["ada", "ada", "ada", "ada", "bob", "bob", "", "nobody"]))
    given_headers = data.draw(headers)
    if who:
        given_headers["Authorization"] = f"Bearer {people.tokens.get(who, 'hf_wrong')}"
    body = data.draw(bodies) if route.method in ("POST", "PUT", "DELETE") else None
    connection.request(route.method, address, body, given_headers)
    answer = connection.getresponse()
    text = answer.read()
    assert answer.status < 500, (route, address, text)
    if answer.status >= 400:
        # The HTTP library itself refuses a broken Host before we see the request.
        assert answer.headers["X-Error-Message"] or text == b"Invalid HTTP request received.", (
            route,
            address,
            text,
        )


@given(st.text(max_size=60))
@settings(max_examples=300)
def test_a_path_that_is_accepted_stays_inside(path: str) -> None:
    try:
        check_path(path)
    except HubFault:
        return
    parts = path.split("/")
    assert all(part not in ("", ".", "..") for part in parts)
    assert ".git" not in [part.lower() for part in parts]
    assert path.isprintable() or " " in path or not path.isascii()
    assert "\\" not in path


@given(st.text(st.sampled_from("bytes=0123456789-, "), max_size=20), st.integers(0, 1000))
@settings(max_examples=300)
def test_a_range_lies_in_the_file(header: str, size: int) -> None:
    try:
        part = parse_range(header, size)
    except BadRange:
        return
    assert 0 <= part.start <= part.end <= size
    assert part.partial or (part.start, part.end) == (0, size)


@given(
    st.text(st.sampled_from("ab*?[]!/\\. #\n"), max_size=40),
    st.text(st.sampled_from("ab/."), min_size=1, max_size=12),
)
@settings(max_examples=300)
def test_any_pattern_can_be_asked(rules: str, path: str) -> None:
    IgnoreRules(rules).leaves_out(path)
    Attributes(rules).makes_large(path)


PATTERNS = {
    ("*.bin", "a.bin"): True,
    ("*.bin", "d/a.bin"): True,
    ("*.bin", "a.binary"): False,
    ("d/*.bin", "d/a.bin"): True,
    ("d/*.bin", "e/d/a.bin"): False,
    ("/a", "a"): True,
    ("/a", "d/a"): False,
    ("d/**/x", "d/x"): True,
    ("d/**/x", "d/e/f/x"): True,
    ("d/", "d/a"): True,
    ("d/", "d"): False,
    ("*\n!keep", "keep"): False,
    ("[ab].txt", "a.txt"): True,
    ("[!ab].txt", "a.txt"): False,
    ("#a", "#a"): False,
}


@pytest.mark.parametrize(("rules", "path"), PATTERNS)
def test_ignore_rules(rules: str, path: str) -> None:
    assert IgnoreRules(rules).leaves_out(path) is PATTERNS[rules, path]
