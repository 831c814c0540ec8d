"""Checks of one row: each code has what must trigger it and what stands just on the right side."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commons.gate.findings import CODES
from commons.gate.rows import row
from commons.governance.policy import Policy
from commons.layout import Kind
from commons.records import identity
from commons.records.predicates import PREDICATES

ID = "kr1" + "a" * 52
RECORD: dict[str, Any] = {
    "id": ID,
    "title": "Water",
    "text": "Water boils at 100 °C.",
    "lang": "en",
    "topic": ["science"],
    "license": "CC-BY-4.0",
    "sources": [{"title": "A notebook", "url": None, "author": None, "license": None, "retrieved": None}],
    "contributor": "kk1",
    "contribution": "kc1",
}
LINK: dict[str, Any] = {
    "subject": ID,
    "predicate": "skos:related",
    "object": "kr1" + "b" * 52,
    "license": "MIT",
    "contributor": "kk1",
    "contribution": "kc1",
}
QUESTION: dict[str, Any] = {
    "question": "When does water boil?",
    "lang": "en",
    "relevant": [ID],
    "license": "MIT",
    "contributor": "kk1",
    "contribution": "kc1",
}
BASE = {Kind.RECORD: RECORD, Kind.LINK: LINK, Kind.QUESTION: QUESTION}


def source(**fields: Any) -> dict[str, Any]:
    return {"sources": [{"title": "s", **fields}]}


def codes(kind: Kind, changes: dict[str, Any], policy: Policy) -> set[str]:
    parsed = row.parse_row(kind, {**BASE[kind], **changes}, policy)
    assert parsed.row is not None or parsed.findings
    return {finding.code for finding in parsed.findings}


# code -> changes to a good record that must trigger it, and changes that must not
RECORDS: dict[str, tuple[list[dict[str, Any]], list[dict[str, Any]]]] = {
    "wrong-type": (
        [
            {"text": 5},
            {"text": ["a"]},
            {"text": b"a"},
            {"title": 5},
            {"title": "  "},
            {"title": ""},
            {"lang": 5},
            {"license": ["MIT"]},
            {"topic": "science"},
            {"topic": [5]},
            {"topic": [None]},
            {"topic": ["science", "science"]},
            {"topic": list("abcdefghi")},
            {"sources": "https://example.org"},
            {"sources": {"title": "s"}},
            {"sources": [None]},
            {"sources": ["s"]},
            source(title=5),
            source(isbn="1"),
            {"contributor": 5},
        ],
        [{"title": None}, {"topic": ("science", "history")}, {"contributor": None}, {"contribution": None}],
    ),
    "text-missing": (
        [{"text": None}, {"text": ""}, {"text": " \n\t"}, {"text": "\u3000"}],
        [{"text": "x"}, {"text": "0"}],
    ),
    "text-placeholder": (
        [
            {"text": text}
            for text in (
                "NaN",
                "n/a",
                "None",
                "\\N",
                "-",
                "?",
                "TODO",
                "xxx",
                '"null"',
                '""',
                "Lorem ipsum dolor sit amet.",
            )
        ],
        [{"text": "NaN is a value that equals nothing."}, {"text": "None of them."}, {"text": "∅"}],
    ),
    "title-placeholder": (
        [{"title": title} for title in ("NULL", "nan", "-", "N/A", "TBD")],
        [{"title": "NaN", "text": "NaN is a value that equals nothing."}, {"title": "no"}],
    ),
    "text-too-long": (
        [{"text": "ax" * 4097}, {"text": "é" * 4097}, {"text": "x" * 50_000_000}],
        [{"text": "ax" * 4096}, {"text": "é" * 4096}],
    ),
    "title-too-long": ([{"title": "x" * 301}], [{"title": "é" * 300}]),
    "not-nfc": (
        [{"text": "e\u0301"}, {"title": "e\u0301"}, source(author="A\u030a"), {"text": "\u212b"}],
        [{"text": "é"}, {"text": "ﬁ ① ²"}, {"text": "\u0e33"}],
    ),
    "forbidden-character": (
        [
            {"text": "a\0b"},
            {"text": "a\rb"},
            {"text": "a\x7fb"},
            {"text": "a\x1b[31mb"},
            {"text": "a\u202eb"},
            {"text": "שלום \u202eabc\u202c"},
            {"text": "שלום \u2067abc"},
            {"text": "שלום \u2069abc\u2067"},
            {"text": "שלום \u202babc\u2069"},
            {"text": "🏴\U000e0075\U000e0073\U000e0074\U000e0078\U000e007f"},
            {"text": "😀\U000e0101\U000e0102"},
            {"text": "a\ufe00\ufe01"},
            {"text": "a\u180eb"},
            {"text": "ไทย and a\u200bb"},
            {"text": "a\u2066b"},
            {"text": "a\ufeffb"},
            {"text": "a\u200bb"},
            {"text": "a\u2060b"},
            {"text": "a\U000e0041b"},
            {"text": "a\ue000b"},
            {"text": "a\uffffb"},
            {"text": "a\u0378b"},
            {"title": "a\nb"},
            {"title": "a\tb"},
            {"title": "a\u202eb"},
            source(title="a\nb"),
            source(author="a\u202eb"),
        ],
        [
            {"text": "a\n\tb"},
            {"text": "می\u200cخواهم"},
            {"text": "👩\u200d🔬"},
            {"text": "soft\u00adhyphen"},
            {"text": "日本語 \U0001f600 \U00020000"},
            {"text": "a heart of Unicode 15: \U0001fa77"},
            {"text": "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"},
            {"text": "ភាសា\u200bខ្មែរ"},
            {"text": "ᠭᠣᠣᠯ\u180eᠠ"},
            {"title": "नमस्ते"},
        ],
    ),
    "invisible-character": (
        [
            {"text": "pass\u200dword"},
            {"text": "na\u200cme"},
            {"text": "a\u200eb"},
            {"title": "a\u200fb"},
            {"text": "a\ufe0f"},
            {"text": "ab\ufe00c"},
            {"text": "שלום \u2066abc\u2069"},
            {"text": "👩 \u200d 🔬"},
        ],
        [
            {"text": "می\u200cخواهم \u200fabc"},
            {"text": "👩\u200d🔬 👩🏽\u200d🚀 ❤️\u200d🔥 🏳️\u200d🌈"},
            {"text": "ක්\u200dරි ശ്\u200dര क्\u200dष"},
            {"text": "1️⃣ #️⃣ ☎︎ ☎️ ©️"},
            {"text": "葛\U000e0100城市"},
            {"text": "ᠰ\u180bᠠ"},
            {"text": "soft\u00adhyphen"},
        ],
    ),
    "look-alike-letters": (
        [
            {"text": "pаypal"},
            {"text": "Log in at gооgle.com"},
            {"text": "МосkваX МосKвa"},
            {"title": "ΑBBA"},
            {"text": "Ꭺpple"},
            {"text": "𝐢𝐠𝐧𝐨𝐫𝐞 this"},
            {"text": "𝗉aypal"},
        ],
        [
            {"text": "NF-κB, TGFβ, IFNγ, hν, ΔG, µg, Ωm"},
            {"text": "3D-печать, webмастер, USBшный, SMS-сообщение"},
            {"text": "Москва and Moscow, Αθήνα and Athens"},
            {"text": "𝑥 and 𝑦 are real; ℝ"},
            {"text": "日本のTシャツ, K팝"},
        ],
    ),
    "lone-surrogate": (
        [
            {"text": "a\ud800"},
            {"title": "\udfff"},
            {"lang": "\ud800"},
            {"license": "\ud800"},
            {"topic": ["\ud800"]},
            {"text": "\0\ud800"},
            source(url="https://example.org/\ud800"),
            {"sources": [{"\ud800": "x"}]},
        ],
        [{"text": "😀"}],
    ),
    "lang-invalid": (
        [
            {"lang": None},
            {"lang": ""},
            {"lang": "english"},
            {"lang": "xx-"},
            {"lang": "en us"},
            {"lang": "en_"},
            {"lang": "-en"},
            {"lang": "zz9"},
            {"lang": "ｅｎ"},
            {"lang": "en\n"},
            {"lang": "en-" * 1_000_000},
        ],
        [
            {"lang": "en"},
            {"lang": "pt-BR"},
            {"lang": "zh-Hans"},
            {"lang": "zh-Hant-TW"},
            {"lang": "sr-Latn-RS"},
            {"lang": "gsw"},
            {"lang": "es-419"},
            {"lang": "no"},
            {"lang": "en-x-pirate"},
        ],
    ),
    "topic-missing": ([{"topic": None}, {"topic": []}], [{"topic": ["arts"]}]),
    "topic-unknown": (
        [
            {"topic": ["Science"]},
            {"topic": ["science", "astrology"]},
            {"topic": [""]},
            {"topic": ["x" * 10**6]},
        ],
        [{"topic": ["science", "history"]}],
    ),
    "license-refused": (
        [
            {"license": None},
            {"license": ""},
            {"license": "CC-BY-NC-4.0"},
            {"license": "cc-by-4.0"},
            {"license": "other"},
            {"license": "GPL-3.0-only"},
            {"license": "MIT "},
            {"license": "x" * 1_000_000},
        ],
        [{"license": "CC0-1.0"}, {"license": "ODbL-1.0"}, {"license": "CC-BY-SA-3.0"}],
    ),
    "license-contradiction": (
        [
            {"license": "CC0-1.0", **source(license="CC-BY-4.0")},
            {"license": "CC-BY-4.0", **source(license="CC-BY-SA-4.0")},
            {"license": "MIT", **source(license="CC-BY-NC-4.0")},
            {"license": "CC-BY-SA-4.0", **source(license="ODbL-1.0")},
            {"license": "ODbL-1.0", **source(license="CC-BY-SA-3.0")},
            {"license": "MIT", **source(license="all rights reserved")},
        ],
        [
            {"license": "CC-BY-4.0", **source(license="cc0-1.0")},
            {"license": "CC-BY-SA-4.0", **source(license="CC-BY-4.0")},
            {"license": "ODbL-1.0", **source(license="MIT")},
            {"license": "CC0-1.0", **source(license="PDDL-1.0")},
            {"license": "CC0-1.0", **source(license=None)},
        ],
    ),
    "source-missing": (
        [{"sources": None}, {"sources": []}, {"sources": [{"author": "Ada"}]}, {"sources": [{}]}],
        [{"sources": [{"url": "https://example.org"}]}, {"sources": [{"author": "Ada"}, {"title": "s"}]}],
    ),
    "source-invalid": (
        [
            source(url="example.org"),
            source(url="ftp://example.org"),
            source(url="javascript:alert(1)"),
            source(url="https://"),
            source(url="https:///path"),
            source(url="//example.org"),
            source(url="https://user:secret@example.org"),
            source(url="https://example.org/a b"),
            source(url='https://example.org/"><script>'),
            source(url="https://example.org/'"),
            source(url="https://[::1"),
            source(url="https://example.org\\@evil.example"),
            source(url="https://example.org/\u202e"),
            source(url=""),
            source(title=""),
            source(author=""),
            source(title="x" * 2001),
            source(retrieved="22.11.2026"),
            source(retrieved="2026-02-30"),
            source(retrieved="20261122"),
            source(retrieved="2026-W47-7"),
            source(retrieved="2026-11-22T10:00:00Z"),
            {"sources": [{"title": str(number)} for number in range(17)]},
        ],
        [
            source(url="https://example.org"),
            source(url="http://example.org:8080/a?b=c#d"),
            source(url="https://de.wikipedia.org/wiki/Käse"),
            source(url="https://例え.jp/"),
            source(url="https://[2001:db8::1]/"),
            source(title="x" * 2000),
            source(retrieved="2026-11-22"),
            {"sources": [{"title": str(number)} for number in range(16)]},
        ],
    ),
}


def numbered(count: int) -> list[str]:
    """Record ids, sorted."""
    letters = str.maketrans("0189", "wxyz")
    return sorted("kr1" + f"{number:052}".translate(letters) for number in range(count))


# code -> (kind, changes) that must trigger it, and that must not, for links and questions
OTHERS: dict[str, tuple[list[tuple[Kind, dict[str, Any]]], list[tuple[Kind, dict[str, Any]]]]] = {
    "link-invalid": (
        [
            (Kind.LINK, {"predicate": "owl:sameAs"}),
            (Kind.LINK, {"predicate": "SKOS:related"}),
            (Kind.LINK, {"predicate": ""}),
            (Kind.LINK, {"subject": "https://example.org"}),
            (Kind.LINK, {"subject": ""}),
            (Kind.LINK, {"object": "Q42"}),
            (Kind.LINK, {"object": ""}),
            (Kind.LINK, {"object": "javascript:alert(1)"}),
            (Kind.LINK, {"object": "data:text/html,x"}),
            (Kind.LINK, {"object": "kr1" + "B" * 52}),
        ],
        [(Kind.LINK, {"predicate": predicate}) for predicate in PREDICATES]
        + [
            (Kind.LINK, {"object": "https://www.wikidata.org/entity/Q42"}),
        ],
    ),
    "question-invalid": (
        [
            (Kind.QUESTION, {"relevant": ["x"]}),
            (Kind.QUESTION, {"relevant": ["https://example.org"]}),
            (Kind.QUESTION, {"relevant": ["kr1" + "b" * 52, "kr1" + "a" * 52]}),
            (Kind.QUESTION, {"relevant": ["kr1" + "a" * 52] * 2}),
            (Kind.QUESTION, {"relevant": numbered(1001)}),
        ],
        [
            (Kind.QUESTION, {"relevant": []}),
            (Kind.QUESTION, {"relevant": numbered(1000)}),
        ],
    ),
    "wrong-type": (
        [(Kind.LINK, {name: None}) for name in ("subject", "predicate", "object", "license")]
        + [
            (Kind.LINK, {"object": 5}),
            (Kind.QUESTION, {"question": None}),
            (Kind.QUESTION, {"relevant": None}),
            (Kind.QUESTION, {"relevant": [None]}),
            (Kind.QUESTION, {"relevant": "kr1"}),
            (Kind.QUESTION, {"lang": None}),
        ],
        [(Kind.LINK, {"contributor": None}), (Kind.QUESTION, {"contribution": None})],
    ),
    "license-refused": (
        [
            (Kind.LINK, {"license": "CC-BY-NC-4.0"}),
            (Kind.LINK, {"license": "mit"}),
            (Kind.QUESTION, {"license": ""}),
        ],
        [(Kind.LINK, {"license": "ODbL-1.0"}), (Kind.QUESTION, {"license": "CC0-1.0"})],
    ),
    "forbidden-character": (
        [
            (Kind.LINK, {"object": "https://example.org/\u202eabc"}),
            (Kind.LINK, {"object": "https://example.org/\0"}),
            (Kind.QUESTION, {"question": "a\nb"}),
        ],
        [(Kind.LINK, {"object": "https://de.wikipedia.org/wiki/Käse"}), (Kind.QUESTION, {"question": "ä?"})],
    ),
    "not-nfc": (
        [
            (Kind.LINK, {"object": "https://example.org/e\u0301"}),
            (Kind.QUESTION, {"question": "e\u0301?"}),
        ],
        [(Kind.LINK, {"object": "https://example.org/é"}), (Kind.QUESTION, {"question": "é?"})],
    ),
    "lone-surrogate": (
        [
            (Kind.LINK, {"object": "https://example.org/\ud800"}),
            (Kind.LINK, {"predicate": "\ud800"}),
            (Kind.QUESTION, {"relevant": ["\ud800"]}),
        ],
        [(Kind.QUESTION, {"question": "😀?"})],
    ),
    "text-missing": (
        [(Kind.QUESTION, {"question": ""}), (Kind.QUESTION, {"question": "  "})],
        [(Kind.QUESTION, {"question": "Why?"})],
    ),
    "text-placeholder": (
        [(Kind.QUESTION, {"question": "?"}), (Kind.QUESTION, {"question": "N/A"})],
        [(Kind.QUESTION, {"question": "What is N/A?"})],
    ),
    "title-too-long": (
        [(Kind.QUESTION, {"question": "é" * 301})],
        [(Kind.QUESTION, {"question": "é" * 300})],
    ),
    "lang-invalid": ([(Kind.QUESTION, {"lang": "xx"})], [(Kind.QUESTION, {"lang": "de"})]),
}
TRIGGERS = [
    *((code, Kind.RECORD, change) for code, (bad, _) in RECORDS.items() for change in bad),
    *((code, kind, change) for code, (bad, _) in OTHERS.items() for kind, change in bad),
]
GOOD = [
    *((Kind.RECORD, change) for _, good in RECORDS.values() for change in good),
    *((kind, change) for _, good in OTHERS.values() for kind, change in good),
]


def short(value: Any) -> str:
    return ascii(value)[:50]


@pytest.mark.parametrize(("code", "kind", "changes"), TRIGGERS, ids=short)
def test_what_is_wrong_is_found_by_its_code(
    code: str, kind: Kind, changes: dict[str, Any], policy: Policy
) -> None:
    assert code in codes(kind, changes, policy)


@pytest.mark.parametrize(("kind", "changes"), GOOD, ids=short)
def test_what_is_right_has_no_finding(kind: Kind, changes: dict[str, Any], policy: Policy) -> None:
    assert codes(kind, changes, policy) == set()


@pytest.mark.parametrize("kind", Kind)
def test_a_good_row_comes_back_typed(kind: Kind, policy: Policy) -> None:
    parsed = row.parse_row(kind, BASE[kind], policy)
    assert parsed.row is not None
    assert parsed.findings == []
    assert parsed.row == type(parsed.row).from_row(BASE[kind])


@pytest.mark.parametrize(
    ("text", "is_decoding"),
    [("caf\xc3\x83\xa9 \xe2\x80\x9c", True), ("a\x81b", True), ("a\0b", False), ("a\u202eb", False)],
)
def test_a_control_that_wrong_decoding_leaves_is_told_from_others(
    text: str, is_decoding: bool, policy: Policy
) -> None:
    messages = [
        f.message
        for f in row.parse_row(Kind.RECORD, {**RECORD, "text": text}, policy).findings
        if f.code == "forbidden-character"
    ]
    assert [("wrong character set" in message) for message in messages] == [is_decoding]


@pytest.mark.parametrize(("code", "kind", "changes"), TRIGGERS, ids=short)
def test_a_finding_is_short_however_long_the_value(
    code: str, kind: Kind, changes: dict[str, Any], policy: Policy
) -> None:
    for finding in row.parse_row(kind, {**BASE[kind], **changes}, policy).findings:
        assert finding.code in CODES
        assert len(finding.message) < 500


anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(), max_size=8)
    | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=5,
)


@pytest.mark.parametrize("kind", Kind)
@given(data=st.data())
def test_any_values_are_a_row_or_findings(kind: Kind, data: st.DataObject, policy: Policy) -> None:
    names = st.sampled_from(sorted(BASE[kind]))
    changes = data.draw(st.dictionaries(names, anything, max_size=4))
    parsed = row.parse_row(kind, {**BASE[kind], **changes}, policy)
    assert parsed.row is not None or parsed.findings
    if parsed.row is not None:
        assert len(identity.row_id(parsed.row)) == 55


@given(text=st.text(st.characters(), max_size=40))
def test_a_text_that_passes_is_text_that_every_reader_sees_the_same(text: str, policy: Policy) -> None:
    if not codes(Kind.RECORD, {"text": text}, policy):
        assert text.encode() == text.encode("utf-8")
        assert not set(text) & set("\0\r\x1b\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
