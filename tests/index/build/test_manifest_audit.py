"""The manifest's audit: whatever is edited in a manifest is a problem, or is among what the audit names as unchecked."""

from __future__ import annotations

import fnmatch
import json
import re
from collections import defaultdict
from typing import Any

import pytest
from support.audited import Audited, corals, granites, questions_on
from support.json_edits import JsonEdit, edits_of

from commons import layout
from commons.errors import CommonsError
from commons.index import artifact, manifest
from commons.index.build import log_order, manifest_audit, stated_figures_audit
from commons.index.build.audit_result import ArtifactAudit
from commons.index.build.model_audit import ModelChecks
from commons.layout import Kind

FIELD = re.compile(r"[a-z_]+(?:\.[a-z0-9*_-]+)*")
# What nobody but the builder can know, and the name and revision of weights that are the right ones.
TAKEN_AT_THEIR_WORD = {
    *("engines", "before", "cost", "pools.open.template", "pools.by-sa.template"),
    *("embedder.model", "embedder.revision", "faiss", "tantivy", "pools.open.why", "pools.by-sa.why"),
    # Of how many records a probe was made, while it lasts; and a weight that is worth as much as the one that comes out again.
    *("fusion.languages.en.probe", "fusion.languages.de.probe"),
    *("fusion.languages.en.probe.weight", "fusion.languages.en.dense_weight"),
}


def audit_of(made: Audited, raw: bytes, checks: ModelChecks | None = None) -> ArtifactAudit:
    """With other bytes for a manifest; what cannot be read is a problem, as it is to ``verify``."""
    before = made.manifest_path.read_bytes()
    made.manifest_path.write_bytes(raw)
    try:
        return made.audit(checks)
    except CommonsError as error:
        return ArtifactAudit(problems=[error.message])
    finally:
        made.manifest_path.write_bytes(before)


def fields_naming(place: str, result: ArtifactAudit) -> set[str]:
    """Fields that the audit names as unchecked and that are, or hold, this place."""
    named = {field for text in (*result.unchecked, *result.assumptions) for field in FIELD.findall(text)}
    return {field for field in named if fnmatch.fnmatch(place, field) or fnmatch.fnmatch(place, f"{field}.*")}


def value_of(made: Audited) -> Any:
    return json.loads(made.manifest_path.read_bytes())


def quick_problems(made: Audited, raw: bytes) -> list[str]:
    """What an audit finds before it makes anything again: of most edits, enough."""
    folder, paths = made.commons.folder, made.commons.snapshot.paths()
    present = [shard for path in paths if (shard := layout.parse_shard(path))]
    data, questions = (
        log_order.sorted_by_landing(folder, [shard for shard in present if shard.kind is kind], made.landed)
        for kind in (Kind.RECORD, Kind.QUESTION)
    )
    try:
        edited = manifest.parse(raw)
        for file in edited.files:
            artifact.refuse_other_bytes(folder / file.path, file.sha256)
        problems = list(manifest_audit.problems(edited, raw, folder, data))
    except (CommonsError, OSError) as error:
        return [str(error)]
    asked = manifest_audit.questions_of(edited, folder, data, questions)
    if asked is None:
        return [*problems, "questions_sha256"]
    return problems + list(stated_figures_audit.problems(edited, asked))


@pytest.fixture(scope="module")
def edits(whole: Audited) -> dict[JsonEdit, ArtifactAudit]:
    """Every edit, and what an audit without a model says of it; of many edits with one sort of problem, one is audited whole."""
    results, sorts = {}, set()
    for edit in edits_of(value_of(whole)):
        raw = manifest.to_json(edit.value)
        problems = quick_problems(whole, raw)
        sort = tuple(sorted(re.sub(r"[0-9a-f]{16,}|\d+", "#", problem) for problem in problems))
        if problems and sort in sorts:
            results[edit] = ArtifactAudit(problems=problems)
            continue
        sorts.add(sort)
        results[edit] = audit_of(whole, raw)
        assert results[edit].problems or not problems, edit
    return results


class TestEveryEdit:
    def test_an_honest_artifact_has_no_problem(self, whole: Audited, embedder: Any) -> None:
        for checks in (None, ModelChecks(embedder, None, 1, True)):
            result = whole.audit(checks)
            assert result.problems == []
            assert result.unchecked == []

    def test_is_a_problem_or_named_as_unchecked(self, edits: dict[JsonEdit, ArtifactAudit]) -> None:
        problems = [edit for edit, result in edits.items() if result.problems]
        others = {edit: result for edit, result in edits.items() if not result.problems}
        assert len(problems) > 8 * len(others)
        assert [str(edit) for edit, result in others.items() if not fields_naming(edit.place, result)] == []

    def test_with_the_model_only_what_the_builder_alone_can_know_is_no_problem(
        self, edits: dict[JsonEdit, ArtifactAudit], whole: Audited, embedder: Any
    ) -> None:
        checks = ModelChecks(embedder, 5, 1, True)
        believed: dict[str, list[str]] = defaultdict(list)
        for edit in [edit for edit, result in edits.items() if not result.problems]:
            result = audit_of(whole, manifest.to_json(edit.value), checks)
            if not result.problems:
                fields = fields_naming(edit.place, result)
                assert fields, edit
                for field in fields:
                    believed[field].append(str(edit))
        assert set(believed) <= TAKEN_AT_THEIR_WORD, believed

    @pytest.mark.parametrize(
        "spoil",
        [
            lambda raw: raw[:-1],
            lambda raw: raw + b"\n",
            lambda raw: raw.replace(b" ", b"  "),
            lambda raw: json.dumps(json.loads(raw)).encode(),
            lambda raw: raw.replace(b'"records": 105', b'"records": 1, "records": 105'),
            lambda raw: raw.replace(b'"records": 105', b'"records": 105.0'),
            lambda raw: raw.replace(b'"metric": "inner_product"', b'"metric": "inner\\u005fproduct"', 1),
        ],
    )
    def test_so_are_other_bytes_that_say_the_same(self, spoil: Any, whole: Audited) -> None:
        raw = whole.manifest_path.read_bytes()
        assert spoil(raw) != raw
        assert "the manifest is not written as a build writes it" in audit_of(whole, spoil(raw)).problems


class TestTheDataList:
    def test_records_that_landed_later_make_an_index_stale_and_are_counted(
        self, artifact_copy: Audited
    ) -> None:
        latest = list(artifact_copy.landed)[-1]
        artifact_copy.commons.put([corals(latest, 70)[65]], collection="aaa")
        result = artifact_copy.audit()
        assert result.problems == []
        assert result.newer_records == 1

    def test_records_that_had_landed_before_others_cannot_be_left_out(self, artifact_copy: Audited) -> None:
        """An index that leaves out what it does not like is no stale one."""
        second = list(artifact_copy.landed)[1]
        path = artifact_copy.commons.put([granites(second, 50)[45]], collection="zzz")
        result = artifact_copy.audit()
        (problem,) = [text for text in result.problems if text.startswith("data:")]
        assert f"{path.name} is left out" in problem

    def test_questions_that_landed_later_are_no_fault_of_it(self, artifact_copy: Audited) -> None:
        latest = list(artifact_copy.landed)[-1]
        artifact_copy.commons.put(
            questions_on("And coral {}?", corals(latest, 3), latest), collection="later"
        )
        assert artifact_copy.audit().problems == []

    def test_questions_that_were_there_cannot_be_left_out(self, artifact_copy: Audited) -> None:
        first = next(iter(artifact_copy.landed))
        artifact_copy.commons.put(questions_on("And coral {}?", corals(first, 3), first), collection="early")
        assert any("questions_sha256" in problem for problem in artifact_copy.audit().problems)

    def test_shards_stand_in_the_order_of_the_log_and_not_of_their_names(self, whole: Audited) -> None:
        snapshot = whole.commons.snapshot
        ordered = log_order.sorted_by_landing(snapshot.folder, snapshot.shards(Kind.RECORD), whole.landed)
        assert [shard.path.collection for shard in ordered] == ["stones", "notes", "corals"]
        assert [shard.turn for shard in ordered] == [0, 1, 2]
        assert [file["path"] for file in value_of(whole)["data"]] == [str(shard.path) for shard in ordered]


def test_the_questions_are_known_of_an_index_that_was_measured_on_fewer(artifact_copy: Audited) -> None:
    """What it was measured on can be asked again although more has landed."""
    snapshot = artifact_copy.commons.snapshot
    made = manifest.parse(artifact_copy.manifest_path.read_bytes())

    def sorted_shards(kind: Kind) -> list[log_order.LandedShard]:
        return log_order.sorted_by_landing(snapshot.folder, snapshot.shards(kind), artifact_copy.landed)

    def questions() -> manifest_audit.Asked | None:
        return manifest_audit.questions_of(
            made, snapshot.folder, sorted_shards(Kind.RECORD), sorted_shards(Kind.QUESTION)
        )

    before = questions()
    assert before
    assert len(before) == 140
    latest = list(artifact_copy.landed)[-1]
    artifact_copy.commons.put(questions_on("And coral {}?", corals(latest, 3), latest), collection="later")
    assert questions() == before
