"""Parts: given back as they were left or not at all, whatever happens to the folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from commons.index.build.cache import BuildCache, key_of, keys_along


@pytest.fixture
def parts(tmp_path: Path) -> BuildCache:
    return BuildCache(tmp_path / "parts")


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    for name in ("one", "two"):
        (tmp_path / name).write_text(f"the {name}")
    return [tmp_path / "one", tmp_path / "two"]


def place(tmp_path: Path, name: str = "into") -> Path:
    (tmp_path / name).mkdir()
    return tmp_path / name


def test_what_was_kept_is_given_back_by_its_key(parts: BuildCache, files: list[Path], tmp_path: Path) -> None:
    parts.keep("a", files)
    into = place(tmp_path)
    assert parts.take("b", into) is None
    assert parts.take("a", into) == {"one": into / "one", "two": into / "two"}
    assert (into / "two").read_text() == "the two"


def test_the_files_outlive_those_they_were_kept_from(
    parts: BuildCache, files: list[Path], tmp_path: Path
) -> None:
    parts.keep("a", files)
    for path in files:
        path.unlink()
    assert parts.take("a", place(tmp_path))


@pytest.mark.parametrize("name", ["one", "two", "digests.json"])
@pytest.mark.parametrize("damage", ["gone", "shorter", "other"])
def test_a_damaged_one_is_as_good_as_none_and_may_be_kept_again(
    damage: str, name: str, parts: BuildCache, files: list[Path], tmp_path: Path
) -> None:
    parts.keep("a", files)
    path = tmp_path / "parts" / "a" / name
    content = path.read_bytes()
    path.unlink()
    if damage != "gone":
        path.write_bytes(content[:-1] if damage == "shorter" else b"x" + content[1:])
    again, into = BuildCache(tmp_path / "parts"), place(tmp_path)
    assert again.take("a", into) is None
    assert list(into.iterdir()) == []
    again.keep("a", files)
    assert again.take("a", into) == {path.name: into / path.name for path in files}


def test_two_that_keep_the_same_both_end_with_it(files: list[Path], tmp_path: Path) -> None:
    first, second = BuildCache(tmp_path / "parts"), BuildCache(tmp_path / "parts")
    first.keep("a", files)
    second.keep("a", files)
    assert first.take("a", place(tmp_path))


def test_only_what_was_used_stays(parts: BuildCache, files: list[Path], tmp_path: Path) -> None:
    for key in "abc":
        parts.keep(key, files)
    later = BuildCache(tmp_path / "parts")
    later.take("b", place(tmp_path))
    later.keep("d", files)
    later.tidy()
    here = [parts.take(key, place(tmp_path, key)) is not None for key in "abcd"]
    assert here == [False, True, False, True]


def test_to_tidy_an_empty_place_is_no_mistake(parts: BuildCache) -> None:
    parts.tidy()


def test_a_key_names_everything_in_order() -> None:
    keys = [key_of(), key_of("a"), key_of("a", "b"), key_of("b", "a"), key_of(["a", "b"]), key_of("a", 1)]
    assert len(set(keys)) == len(keys)
    along = list(keys_along("start", "abc"))
    assert along[:2] == list(keys_along("start", "ab"))
    assert not set(along) & set(keys_along("other", "abc"))
    assert not set(along[1:]) & set(keys_along("start", "bbc"))
