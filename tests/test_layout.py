"""Paths: only the few that contributors may write are recognised, whatever tricks a name plays."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from commons import layout
from commons.layout import Kind

D = "0123456789abcdef" * 4
C = "kc1" + "a2" * 26
P = "kp1" + "a2" * 26

SHARDS = {
    f"data/open/wordnet/{D}.parquet": (Kind.RECORD, "open", "wordnet"),
    f"data/by-sa/x/{D}.parquet": (Kind.RECORD, "by-sa", "x"),
    f"links/open/{'a' * 64}/{D}.parquet": (Kind.LINK, "open", "a" * 64),
    f"questions/trivia-2/{D}.parquet": (Kind.QUESTION, "", "trivia-2"),
    f"replaced/open/wordnet/{D}.parquet": (Kind.RECORD, "open", "wordnet"),
}


@pytest.mark.parametrize("path", SHARDS)
def test_a_shard_path_says_what_its_file_is_and_back(path: str) -> None:
    shard = layout.parse_shard(path)
    assert shard is not None
    assert (shard.kind, shard.pool, shard.collection) == SHARDS[path]
    assert shard.digest == D
    assert shard.replaced is path.startswith("replaced/")
    assert str(shard) == path


TRICKS = [
    "",
    "README.md",
    "governance/policy.toml",
    f"data/open/{D}.parquet",
    f"data/open/a/b/{D}.parquet",
    f"/data/open/a/{D}.parquet",
    f"./data/open/a/{D}.parquet",
    f"data//open/a/{D}.parquet",
    f"data/open/../{D}.parquet",
    f"data/../data/open/a/{D}.parquet",
    f"data/open/./{D}.parquet",
    f"data/open/a/../a/{D}.parquet",
    f"data\\open\\a\\{D}.parquet",
    f"data/open/a\\b/{D}.parquet",
    f"data/open/a%2fb/{D}.parquet",
    f"Data/open/a/{D}.parquet",
    f"data/Open/a/{D}.parquet",
    f"data/open/A/{D}.parquet",
    f"data/open/a/{D.upper()}.parquet",
    f"data/open/a/{D}.PARQUET",
    f"data/open/a/{D}.parquet.",
    f"data/open/a/{D}.parquet ",
    f"data/open/a/{D}.parquet\n",
    f"\ndata/open/a/{D}.parquet",
    f"data/open/a/{D}.parquet/",
    f"data/open/a/{D}.parquet\0",
    f"data/open/a/{D}..parquet",
    f"data/open/a/{D[:-1]}.parquet",
    f"data/open/a/{D}0.parquet",
    f"data/open/a./{D}.parquet",
    f"data/open/.a/{D}.parquet",
    f"data/open/-a/{D}.parquet",
    f"data/open/a-/{D}.parquet",
    f"data/open/-/{D}.parquet",
    f"data/open//{D}.parquet",
    f"data/open/a b/{D}.parquet",
    f"data/open/а/{D}.parquet",  # Cyrillic
    f"data/open/é/{D}.parquet",
    f"data/open/１/{D}.parquet",
    f"data/open/a\u202e/{D}.parquet",
    f"data/open/{'a' * 65}/{D}.parquet",
    f"data/open/a/{'０' * 64}.parquet",
    f"questions/open/a/{D}.parquet",
    f"log/openings/{C}.parquet/../../../README.md",
    f"log/openings/{C.upper()}.parquet",
    f"log/openings/{C}1.parquet",
    f"log/openings/../{C}.parquet",
    f"log/openings/{C}.parquet\n",
    f"log/envelopes/01/{D}.JSON",
    f"log/envelopes/02/{D}.json",
    f"log/envelopes/0/{D}.json",
    f"log/envelopes/01/{D}.json\n",
    f"log/envelopes/{D}.json",
    f"log/people/{P.upper()}.json",
    f"log/people/{P}.json\n",
    f"log/people/{P}/{P}.json",
    f"log/people/../people/{P}.json",
    f"log/people/{C}.json",
    "log/inventory/Pages.json",
    "log/inventory/../pages.json",
    "log/inventory/data/../pages.json",
    "log/inventory/data/.notes.json",
    "log/inventory/data/a/b/c.json",
    "log/inventory/pages.json\n",
    "log/inventory/.json",
    "log/checkpoint",
    "log/tile/0/000",
    f"index/tiny/vectors/{D}.parquet",
    "cards/a.md",
    ".gitattributes",
    ".github/workflows/x.yml",
]


@pytest.mark.parametrize("path", TRICKS)
def test_a_path_that_plays_tricks_is_no_place_to_write(path: str) -> None:
    assert layout.parse_shard(path) is None
    assert layout.parse_openings(path) is None
    assert layout.parse_envelope(path) is None
    assert layout.parse_person(path) is None
    assert layout.parse_inventory(path) is None


def test_openings_and_envelopes_are_recognised_and_named_back() -> None:
    assert layout.parse_openings(layout.openings_path(C)) == C
    assert layout.parse_envelope(layout.envelope_path(D)) == D
    assert layout.envelope_path(D) == f"log/envelopes/01/{D}.json"
    assert layout.parse_person(layout.person_path(P)) == P


# Path -> the part of the inventory that lists it
PARTS = {
    "README.md": "pages",
    "ATTRIBUTION.md": "pages",
    "CHANGELOG.md": "pages",
    "CITATION.cff": "pages",
    "cards/notes.md": "pages",
    "governance/policy.toml": "governance",
    "governance/roles.json": "governance",
    "governance/witness-policy.txt": "governance",
    "governance/people.parquet": "people",
    "governance/people.json": "people",
    f"data/by-sa/notes/{D}.parquet": "data/notes",
    f"replaced/open/notes/{D}.parquet": "data/notes",
    f"links/open/notes/{D}.parquet": "links",
    f"questions/notes/{D}.parquet": "questions",
    f"wishes/notes/{D}.parquet": "wishes",
    f"log/openings/{C}.parquet": "openings",
    "index/tiny/manifest.json": "index/tiny",
    f"index/tiny/vectors/{D}.parquet": "index/tiny",
    "index/tiny/pools/open.faiss": "index/tiny",
    "index/tiny/pools/open.template.faiss": "index/tiny",
    "index/tiny/pools/open.parquet": "index/tiny",
    "index/tiny/clusters.parquet": "index/tiny",
    "index/tiny/pools/open.keywords/meta.json": "index/tiny",
    "attribution/1.parquet": "attribution",
    "known/1": "known",
    "summary/1": "summary",
    "usage/2026-Q4/1.json": "usage",
    "credit/2026-Q4.parquet": "credit",
    # The log names these itself, or the host writes them, or they never come to main.
    ".gitattributes": "",
    "log/checkpoint": "",
    "log/tile/0/000": "",
    f"log/envelopes/01/{D}.json": "",
    f"log/people/{P}.json": "",
    "log/inventory/pages.json": "",
    # There is no such place.
    "load.py": "",
    f"data/open/a/../{D}.parquet": "",
}


@pytest.mark.parametrize("path", PARTS)
def test_every_file_has_its_part_of_the_inventory(path: str) -> None:
    part = layout.part_of(path)
    assert part == PARTS[path]
    if part:
        assert layout.parse_inventory(layout.inventory_path(part)) == part


def test_no_place_is_forgotten() -> None:
    places = {layout.place_of(path) for path in PARTS} - {None}
    assert places == set(layout.PLACES)


@pytest.mark.parametrize("path", PARTS)
def test_contributors_bring_shards_openings_a_statement_and_who_they_are(path: str) -> None:
    theirs = ("data/by-sa/", "links/", "questions/", "log/openings/", "log/envelopes/", "log/people/")
    assert layout.may_be_proposed(path) is path.startswith(theirs)


@given(st.text(max_size=90))
@example(f"data/open/a/{D}.parquet")
def test_what_is_recognised_is_plain_ascii_and_prints_back_as_it_was(path: str) -> None:
    shard = layout.parse_shard(path)
    if shard:
        assert str(shard) == path
        assert path.isascii()


@pytest.mark.parametrize(
    ("text", "good"),
    [("a", True), ("a-b", True), ("0", True), ("a" * 64, True), ("a" * 65, False), ("", False), ("-a", False),
     ("a-", False), ("A", False), ("a_b", False), ("a.b", False), ("a/b", False), ("a\n", False), ("ä", False)],
)  # fmt: skip
def test_slugs(text: str, good: bool) -> None:
    assert layout.is_slug(text) is good


@pytest.mark.parametrize(
    ("file_name", "slug"),
    [("Notes 2026.csv.gz", "notes-2026"), (f"{'a' * 63}-b.csv", "a" * 63), ("日本.csv", ""), ("--.csv", "")],
)
def test_a_file_names_its_collection(file_name: str, slug: str) -> None:
    assert layout.slug_of(file_name) == slug
