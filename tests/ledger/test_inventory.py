"""The inventory: whatever commits came before, its parts list what is there, each file once, and confirm no guess."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st
from support.persons import person_of

from commons import digests, layout
from commons.errors import LedgerError
from commons.ledger import inventory
from commons.ledger.inventory import InventoryEntry

FILES = (
    "README.md",
    "governance/policy.toml",
    "governance/people.parquet",
    "index/tiny/manifest.json",
    *(f"cards/notes-{number}.md" for number in range(6)),
    *(f"data/open/{name}/{digit * 64}.parquet" for name in ("a", "b") for digit in "0123"),
    *(f"log/openings/kc1{letter * 52}.parquet" for letter in "abcdefgh"),
)
IN_NO_PART = (
    "log/checkpoint",
    "log/tile/entries/000.p/3",
    f"log/envelopes/ab/{'ab' * 32}.json",
    "log/inventory/pages.json",
    ".gitattributes",
    layout.person_path(person_of("carl")),
    "load.py",
)


class Folder:
    """The inventory as a repository holds it."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.parts: dict[str, str] = {}

    def update(self, changes: Mapping[str, InventoryEntry | None]) -> inventory.InventoryChange:
        change = inventory.update(self.parts, self.read, changes)
        for path in change.removed:
            del self.files[path]
        self.files.update(change.files)
        self.parts = change.parts
        return change

    def read(self, part: str) -> bytes:
        return self.files[layout.inventory_path(part)]

    def entries(self) -> dict[str, dict[str, InventoryEntry]]:
        """Part -> what it lists."""
        return {part: inventory.parse(self.read(part), part) for part in self.parts}


def entry(data: bytes = b"x") -> InventoryEntry:
    return InventoryEntry.of(data)


def made_anew(files: Mapping[str, bytes]) -> dict[str, dict[str, InventoryEntry]]:
    by_whole: dict[str, dict[str, InventoryEntry]] = {}
    for path, data in files.items():
        by_whole.setdefault(layout.part_of(path), {})[path] = entry(data)
    return {
        name: part for whole, some in by_whole.items() for name, part in inventory.split(whole, some).items()
    }


commits = st.lists(
    st.dictionaries(st.sampled_from(FILES), st.none() | st.sampled_from([b"", b"one", b"two"]), max_size=12),
    max_size=8,
)


@settings(max_examples=200)
@given(commits=commits, limit=st.sampled_from([1, 2, 3, 1000]))
def test_after_any_commits_it_is_the_one_that_would_be_made_anew(
    commits: list[dict[str, bytes | None]], limit: int
) -> None:
    folder = Folder()
    files: dict[str, bytes] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inventory, "MAX_PART_FILES", limit)
        for commit in commits:
            written = {path: data for path, data in commit.items() if data is not None}
            gone = commit.keys() - written.keys()
            folder.update(inventory.changes_of(written, gone))
            files = {path: data for path, data in {**files, **written}.items() if path not in gone}
            assert folder.entries() == made_anew(files)
            assert folder.files.keys() == {layout.inventory_path(part) for part in folder.parts}
            for part, digest in folder.parts.items():
                assert digests.sha256_hex(folder.read(part)) == digest


def test_a_commit_writes_only_the_parts_that_it_touches() -> None:
    folder = Folder()
    folder.update(inventory.changes_of(dict.fromkeys(FILES, b"x")))
    before = dict(folder.parts)
    change = folder.update(inventory.changes_of({"governance/policy.toml": b"other"}))
    assert set(change.files) == {"log/inventory/governance.json"}
    assert change.removed == ()
    assert {part for part in before if folder.parts[part] != before[part]} == {"governance"}


def test_what_has_not_changed_keeps_its_part_as_it_was() -> None:
    folder = Folder()
    folder.update(inventory.changes_of({"README.md": b"x"}))
    before = dict(folder.files)
    assert folder.update(inventory.changes_of({"README.md": b"x"}, ["cards/never.md"])).files == {}
    assert folder.files == before


@pytest.mark.parametrize("path", IN_NO_PART)
def test_what_the_log_names_itself_is_in_no_part(path: str) -> None:
    assert inventory.update({}, Folder().read, {path: entry()}).parts == {}


class TestManyFiles:
    def openings(self, count: int) -> dict[str, InventoryEntry]:
        names = (digests.sha256_hex(str(number).encode()) for number in range(count))
        return {f"data/open/notes/{name}.parquet": entry() for name in names}

    def test_a_thousand_are_one_part_and_one_more_are_sixteen(self) -> None:
        assert list(inventory.split("data/notes", self.openings(1000))) == ["data/notes"]
        parts = inventory.split("data/notes", self.openings(1001))
        assert set(parts) == {f"data/notes/{digit}" for digit in "0123456789abcdef"}
        assert {path: listed for part in parts.values() for path, listed in part.items()} == self.openings(
            1001
        )

    @pytest.mark.parametrize("count", [15_900, 16_000, 16_001, 20_000])
    def test_no_part_has_more_than_a_thousand_however_the_digits_fall(self, count: int) -> None:
        parts = inventory.split("data/notes", self.openings(count))
        assert max(map(len, parts.values())) <= inventory.MAX_PART_FILES
        assert sum(map(len, parts.values())) == count

    def test_it_shrinks_again_and_leaves_no_part_behind(self) -> None:
        folder, many = Folder(), self.openings(1001)
        folder.update(many)
        assert len(folder.files) == 16
        change = folder.update({next(iter(many)): None})
        assert len(change.removed) == 16
        assert list(folder.files) == ["log/inventory/data/notes.json"]
        assert folder.entries() == inventory.split("data/notes", dict(list(many.items())[1:]))

    def test_of_a_split_part_only_the_one_that_changed_is_written(self) -> None:
        folder, many = Folder(), self.openings(1100)
        folder.update(many)
        change = folder.update({next(iter(many)): entry(b"other")})
        assert len(change.files) == 1
        assert change.removed == ()

    def test_the_last_file_takes_its_part_along(self) -> None:
        folder = Folder()
        folder.update({"README.md": entry()})
        assert folder.update({"README.md": None}).removed == ("log/inventory/pages.json",)
        assert (folder.files, folder.parts) == ({}, {})


def test_each_writing_draws_another_salt_so_no_digest_confirms_a_guess() -> None:
    entries = {"README.md": entry()}
    first, second = inventory.encode(entries), inventory.encode(entries)
    salts = {json.loads(data)["salt"] for data in (first, second)}
    assert len(salts) == 2
    assert all(len(bytes.fromhex(salt)) == 32 for salt in salts)
    assert inventory.parse(first, "pages") == inventory.parse(second, "pages") == entries


def test_a_part_is_a_promise() -> None:
    data = inventory.encode({"README.md": entry(b"Ice floats.")})
    salt = json.loads(data)["salt"]
    sha256 = digests.sha256_hex(b"Ice floats.")
    assert data.decode() == (
        '{"files":{"README.md":{"sha256":"' + sha256 + '","size":11}},"salt":"' + salt + '"}'
    )


def _part(**changes: Any) -> bytes:
    value = {"salt": "ab" * 32, "files": {"README.md": {"size": 1, "sha256": "cd" * 32}}, **changes}
    return rfc8785.dumps(value)


def _listing(path: str) -> bytes:
    return _part(files={path: {"size": 1, "sha256": "cd" * 32}})


GOOD = _part()
MALFORMED: dict[str, bytes] = {
    "nothing": b"",
    "no JSON": b"README.md",
    "a list": b"[]",
    "lists in lists": b"[" * 60_000,
    "not UTF-8": b"\xff" + GOOD,
    "blanks": GOOD.replace(b":", b": "),
    "a newline after it": GOOD + b"\n",
    "a file twice": GOOD.replace(
        b'"files":{', b'"files":{"README.md":{"sha256":"%s","size":2},' % (b"cd" * 32)
    ),
    "all files twice": GOOD.replace(b"{", b'{"files":{},', 1),
    "an escape where none is needed": GOOD.replace(b"README", b"\\u0052EADME"),
    "a salt of 16 bytes": _part(salt="ab" * 16),
    "no salt": rfc8785.dumps({"files": {}}),
    "a member more": _part(note="x"),
    "files as a list": _part(files=["README.md"]),
    "a size below nothing": _part(files={"README.md": {"size": -1, "sha256": "cd" * 32}}),
    "a size as text": _part(files={"README.md": {"size": "1", "sha256": "cd" * 32}}),
    "no digest": _part(files={"README.md": {"size": 1}}),
    "a digest in capitals": _part(files={"README.md": {"size": 1, "sha256": "CD" * 32}}),
    "a file of another part": _listing("governance/policy.toml"),
    "a file of no part": _listing("log/checkpoint"),
    "a file that has no place": _listing("load.py"),
    "a path that leads elsewhere": _listing("../README.md"),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_what_is_no_part_is_refused(name: str) -> None:
    assert inventory.parse(GOOD, "pages")
    with pytest.raises(LedgerError, match=r"log/inventory/pages\.json") as caught:
        inventory.parse(MALFORMED[name], "pages")
    assert caught.value.code == "inventory-malformed"


def test_a_file_stands_in_the_part_that_its_digits_name() -> None:
    right = digests.sha256_hex(b"README.md")[:2]
    assert inventory.parse(GOOD, f"pages/{right}")
    for wrong in ("pages/" + ("0" if right[0] != "0" else "1"), "pages/zz", "people", "page", "pages/../x"):
        with pytest.raises(LedgerError):
            inventory.parse(GOOD, wrong)


def test_nothing_is_built_on_a_part_with_other_bytes_than_were_signed() -> None:
    folder = Folder()
    folder.update({"README.md": entry()})
    folder.files["log/inventory/pages.json"] = inventory.encode({"README.md": entry(b"other")})
    with pytest.raises(LedgerError) as caught:
        folder.update({"CITATION.cff": entry()})
    assert caught.value.code == "inventory-changed"
