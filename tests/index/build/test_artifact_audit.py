"""The artifact's audit: nothing that a manifest says switches a check off, and what could not be checked is said."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.audited import Audited
from support.embedder import TinyEmbedder

from commons import digests
from commons.embedding.embedder import EmbedderIdentity
from commons.errors import MissingExtraError
from commons.index import dense, keyword_fields, manifest
from commons.index.build import artifact_audit
from commons.index.build.model_audit import ModelChecks
from commons.index.build.published_artifact import PublishedArtifact
from commons.snapshots import snapshot as snapshots


def value_of(made: Audited) -> Any:
    return json.loads(made.manifest_path.read_bytes())


def write(made: Audited, value: Any) -> None:
    made.manifest_path.write_bytes(manifest.to_json(value))


def exchange_faiss(made: Audited, factor: float | None = None) -> None:
    """The index of other vectors, or of its own times ``factor``, in the place of the right one; the manifest names its bytes."""
    value = value_of(made)
    pool = value["pools"]["open"]
    path = made.commons.folder / pool["index"]["path"]
    template = (made.commons.folder / pool["template"]["path"]).read_bytes() if pool["template"] else None
    other = TinyEmbedder(salt="other").embed([f"nothing {n}" for n in range(100)])
    if factor is not None:
        raw = made.manifest_path.read_bytes()
        materials = PublishedArtifact(made.commons.folder, manifest.parse(raw), made.landed).materials["open"]
        other = np.concatenate(list(materials.blocks())) * factor
    dense.build(path, pool["factory"], 64, [other], template)
    pool["index"]["sha256"] = digests.sha256_of(path)
    write(made, value)


class TestRebuilding:
    @pytest.mark.parametrize(("library", "count"), [("faiss", 2), ("tantivy", 2)])
    def test_another_version_in_the_manifest_does_not_switch_it_off(
        self, library: str, count: int, artifact_copy: Audited
    ) -> None:
        write(artifact_copy, {**value_of(artifact_copy), library: "0.0.1"})
        result = artifact_copy.audit()
        assert result.rebuilt == 4
        assert result.not_rebuilt == 0
        named = [text for text in result.assumptions if text.startswith(f"{library}: ")]
        assert len(named) == count
        assert all("0.0.1" in text and "makes the same bytes" in text for text in named)

    def test_files_of_other_vectors_are_a_problem(self, artifact_copy: Audited) -> None:
        exchange_faiss(artifact_copy)
        assert artifact_copy.audit().problems == [
            "index/tiny/pools/open.faiss does not follow from its vectors"
        ]

    @pytest.mark.parametrize("kind", ["rabitq", "exact", "ivf"])
    def test_they_are_a_problem_whatever_version_is_said_to_have_made_them(
        self, kind: str, build_by: Callable[..., Audited], embedder: Any
    ) -> None:
        made = build_by(embedder, kind)
        exchange_faiss(made)
        write(made, {**value_of(made), "faiss": "1.14.0"})
        (problem,) = made.audit().problems
        assert problem.startswith("index/tiny/pools/open.faiss does not follow from its vectors: 100 of its")

    @pytest.mark.parametrize("factor", [0.0, 3.0])
    def test_right_directions_of_wrong_lengths_would_order_answers_and_are_a_problem(
        self, factor: float, build_by: Callable[..., Audited], embedder: Any
    ) -> None:
        made = build_by(embedder, "exact")
        exchange_faiss(made, factor)
        write(made, {**value_of(made), "faiss": "1.14.0"})
        (problem,) = made.audit().problems
        assert "does not follow from its vectors" in problem

    @pytest.mark.parametrize("kind", ["rabitq", "exact", "ivf"])
    def test_another_form_of_the_right_codes_is_said_to_be_unchecked(
        self, kind: str, build_by: Callable[..., Audited], embedder: Any
    ) -> None:
        """As another version might write it: here with something behind what FAISS reads."""
        made = build_by(embedder, kind)
        value = value_of(made)
        entry = value["pools"]["open"]["index"]
        path = made.commons.folder / entry["path"]
        path.write_bytes(path.read_bytes() + b"\0" * 16)
        entry["sha256"] = digests.sha256_of(path)
        write(made, {**value, "faiss": "1.14.0"})
        result = made.audit()
        assert result.problems == []
        assert [text for text in result.unchecked if "NOT REBUILT" in text] == [
            "index/tiny/pools/open.faiss, NOT REBUILT: made with faiss 1.14.0, here is "
            f"{dense.version()}; its files are as the manifest says, whether they follow from its vectors was not checked"
        ]

    def test_files_of_other_texts_that_another_version_is_said_to_have_made_are_said_to_be_unchecked(
        self, artifact_copy: Audited
    ) -> None:
        value = value_of(artifact_copy)
        pool = value["pools"]["open"]
        meta = next(file for file in pool["keywords"] if file["path"].endswith("meta.json"))
        path = artifact_copy.commons.folder / meta["path"]
        path.write_bytes(path.read_bytes() + b"\n")
        meta["sha256"] = digests.sha256_of(path)
        write(artifact_copy, {**value, "tantivy": "0.1"})
        result = artifact_copy.audit()
        assert (result.problems, result.rebuilt, result.not_rebuilt) == ([], 3, 1)
        assert result.unchecked == [
            "the keyword index of open, NOT REBUILT: made with tantivy 0.1, here is "
            f"{keyword_fields.version()}; its files are as the manifest says, whether they follow from the texts was not checked"
        ]

    def test_a_library_that_is_missing_is_named_and_what_it_would_have_shown(
        self, whole: Audited, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def missing() -> Any:
            raise MissingExtraError("faiss", "index")

        monkeypatch.setattr(dense, "library", missing)
        result = whole.audit()
        assert result.problems == []
        assert (result.rebuilt, result.not_rebuilt) == (2, 2)
        assert len(result.unchecked) == 2
        assert all("faiss is not installed here" in text for text in result.unchecked)
        assert all("hf-commons[index]" in text for text in result.unchecked)


class TestTheModel:
    def test_that_of_another_index_leaves_what_was_asked_unchecked(self, whole: Audited) -> None:
        class Stranger(TinyEmbedder):
            @property
            def identity(self) -> EmbedderIdentity:
                return super().identity.model_copy(update={"model": "somebody/else"})

        result = whole.audit(ModelChecks(Stranger(), None, measure=True))
        assert (result.embedded_again, result.measured_again) == (0, 0)
        (sentence,) = result.unchecked
        assert "it is of tests/tiny, and here is somebody/else" in sentence

    def test_the_same_weights_under_another_name_are_the_same_model(
        self, whole: Audited, embedder: Any
    ) -> None:
        class Mirrored(TinyEmbedder):
            @property
            def identity(self) -> EmbedderIdentity:
                return super().identity.model_copy(update={"model": "mirror/tiny", "revision": "abc"})

        result = whole.audit(ModelChecks(Mirrored(), None))
        assert (result.problems, result.embedded_again) == ([], 105)
        assert any(
            "tests/tiny by the manifest, and mirror/tiny at abc here" in text for text in result.assumptions
        )


def test_what_cannot_be_read_hides_nothing_else(artifact_copy: Audited, embedder: Any) -> None:
    """One pool's vectors are another's, and the other pool is looked at all the same."""
    value = value_of(artifact_copy)
    first, second = (artifact_copy.commons.folder / value["vectors"][number]["path"] for number in (0, 2))
    first.write_bytes(second.read_bytes())
    value["vectors"][0]["sha256"] = digests.sha256_of(first)
    write(artifact_copy, value)
    result = artifact_copy.audit(ModelChecks(embedder, None))
    assert any("holds vectors of other records" in problem for problem in result.problems)
    assert result.rebuilt == 2, "those of the other pool"


def test_progress_is_told_of_every_pool(whole: Audited) -> None:
    steps: list[tuple[str, int, int]] = []
    snapshot = whole.commons.snapshot
    artifact_audit.audit(
        snapshot.folder,
        "tiny",
        snapshot.paths(),
        whole.landed,
        progress=lambda *step: steps.append(step),
    )
    assert steps == [("Rebuilding", done, 2) for done in range(3)]


def test_an_index_of_the_first_version_holds_and_has_no_figures_to_measure(embedder: Any) -> None:
    old = snapshots.of_folder(Path(__file__).parents[2] / "golden" / "format-1")
    landed = old.landings
    result = artifact_audit.audit(
        old.folder, "tiny", old.paths(), landed, ModelChecks(embedder, None, measure=True)
    )
    assert (result.problems, result.unchecked) == ([], [])
    assert (result.embedded_again, result.measured_again) == (4, 0)
