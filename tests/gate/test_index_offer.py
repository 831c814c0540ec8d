"""What an index proposal is, by paths and sizes, and what its manifest says beside the commons."""

from __future__ import annotations

from typing import Any

import pytest
from support.embedder import TinyEmbedder

from commons import layout
from commons.gate import index_offer
from commons.gate.index_offer import IndexBounds
from commons.index.manifest import File, Manifest, PoolIndex, VectorFile

MANIFEST = layout.manifest_path("tiny")
BOUNDS = IndexBounds.of(records=10, shards=2, data_bytes=10_000, pools=1)


def sizes(*paths: str, size: int = 10) -> dict[str, int]:
    return dict.fromkeys(paths, size)


def made(*shards: str, embedder: Any = None) -> Manifest:
    """A manifest of empty shards with these digits as digests."""
    embedder = embedder or TinyEmbedder()
    return Manifest(
        embedder=embedder.identity,
        engines=(embedder.engine,),
        faiss="1",
        records=0,
        data=tuple(File(path=shard(digit), sha256=digit * 64) for digit in shards),
        vectors=tuple(
            VectorFile(path=layout.vectors_path("tiny", digit * 64), sha256="0" * 64) for digit in shards
        ),
        pools={"open": _pool()},
    )


def _pool() -> PoolIndex:
    places = (layout.faiss_path("tiny", "open"), layout.positions_path("tiny", "open"))
    index, positions = (File(path=path, sha256="0" * 64) for path in places)
    return PoolIndex(index=index, positions=positions, factory="SQfp16")


def shard(digit: str) -> str:
    return f"data/open/notes/{digit * 64}.parquet"


def codes(findings: Any) -> list[str]:
    return [finding.code for finding in findings]


class TestWhatIsTouched:
    def test_the_folder_of_one_index_is_an_index_proposal_whatever_is_touched_in_it(self) -> None:
        assert index_offer.slug_of([MANIFEST, "index/tiny/evil.py"]) == "tiny"

    @pytest.mark.parametrize(
        "touched",
        [
            [],
            ["README.md"],
            [MANIFEST, "README.md"],
            [MANIFEST, "index/other/manifest.json"],
            ["index/manifest.json"],
            ["index/../manifest.json"],
            ["index/Tiny/manifest.json"],
        ],
    )
    def test_anything_else_is_none(self, touched: list[str]) -> None:
        assert index_offer.slug_of(touched) == ""


class TestBeforeAnythingIsFetched:
    def test_an_ordinary_index_passes(self) -> None:
        files = sizes(MANIFEST, "index/tiny/pools/open.faiss", layout.vectors_path("tiny", "a" * 64))
        assert codes(index_offer.precheck("tiny", files, BOUNDS)) == []

    @pytest.mark.parametrize(
        ("files", "code"),
        [
            (sizes(MANIFEST, "index/tiny/loader.py"), "path-forbidden"),
            (sizes(MANIFEST, "index/tiny/pools/open.pickle"), "path-forbidden"),
            (sizes("index/tiny/pools/open.faiss"), "index-invalid"),
            ({}, "index-invalid"),
            (sizes(MANIFEST, size=BOUNDS.manifest_bytes + 1), "index-too-large"),
            (sizes(MANIFEST) | sizes("index/tiny/pools/open.faiss", size=BOUNDS.total_bytes), "index-too-large"),
            (sizes(MANIFEST, *(layout.vectors_path("tiny", f"{n:064x}") for n in range(BOUNDS.files))), "index-too-large"),
        ],
    )  # fmt: skip
    def test_what_it_cannot_be_is_named(self, files: dict[str, int], code: str) -> None:
        assert codes(index_offer.precheck("tiny", files, BOUNDS)) == [code]


class TestBesideWhatIsThere:
    @pytest.mark.parametrize(
        ("offered", "published", "present", "expected"),
        [
            ("ab", None, "ab", []),
            ("ab", "a", "ab", []),
            ("ab", "ab", "ab", []),
            ("a", None, "ab", ["index-stale"]),
            ("ab", "a", "abc", ["index-stale"]),
            ("a", "a", "ab", ["index-older"]),
            ("a", "ab", "ab", ["index-older"]),
            ("ac", "ab", "abc", ["index-older"]),
            ("ab", "abf", "ab", []),  # f was taken away meanwhile
        ],
    )
    def test_it_is_new_or_stale_or_knows_no_more(
        self, offered: str, published: str | None, present: str, expected: list[str]
    ) -> None:
        before = None if published is None else made(*published)
        assert (
            codes(index_offer.compare("tiny", made(*offered), before, set(map(shard, present)))) == expected
        )

    def test_other_weights_and_another_name_are_said(self) -> None:
        other = made("a", embedder=TinyEmbedder(salt="other"))
        assert codes(index_offer.compare("tiny", other, made("a"), {shard("a")})) == ["index-other-model"]
        assert codes(index_offer.compare("tiny", made("a", "a"), None, {shard("a")})) == ["index-invalid"]
        assert codes(index_offer.compare("huge", made("a"), None, {shard("a")})) == ["index-invalid"]
