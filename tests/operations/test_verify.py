"""Verify: an honest copy holds wherever it lies, and a copy that was tampered with is refused by name, in words.

The commons that is copied and tampered with was proposed, reviewed, landed and indexed over HTTP on a real Hub. Forgeries that only a
maintainer could make are made with the maintainer's own key, on a copy.
"""

from __future__ import annotations

import io
import itertools
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import rfc8785
import yaml
from support.commons_copy import NOW, Copy, record, statement_of
from support.small_models import make_model

from commons import digests, layout
from commons.cards.page_versions import PageVersion
from commons.cli import run
from commons.embedding import loading
from commons.errors import HubError, MissingExtraError, NotACommonsError
from commons.governance.roles import Roles
from commons.index import dense, manifest, positions
from commons.index.manifest import Manifest
from commons.layout import Kind
from commons.ledger import checkpoints, contributions, envelopes, log, signed_statements, tiles
from commons.ledger.notes import SignatureType, SignerKey
from commons.ledger.statements import ContributionStatement
from commons.operations import build, init, verify
from commons.records import identity, shards
from commons.records.schema import SCHEMAS, Source
from commons.snapshots import snapshot as snapshots
from commons.verification.verdict import MAX_PROBLEMS, Verdict

if TYPE_CHECKING:
    from support.world import World

pytestmark = pytest.mark.usefixtures("gate_in_this_process")

CHECKS = ("files", "log", "statements", "inventory", "rules", "rows", "index", "pages", "root")
SLUG = "tiny"  # of the embedder in conftest


def failed(verdict: Verdict) -> dict[str, list[str]]:
    """Check -> what is wrong with it."""
    return {check.name: check.problems for check in verdict.checks if not check.ok}


def caught(verdict: Verdict, check: str, sentence: str) -> None:
    """The verdict is no, by this check, with this sentence; and whatever else it says is for people."""
    wrong = failed(verdict)
    assert not verdict.ok
    assert re.search(sentence, "\n".join(wrong.get(check, []))), wrong
    for problem in itertools.chain.from_iterable(wrong.values()):
        assert not re.search(r"Traceback|Error\(|<[a-z_.]+ object|^$", problem), problem


@pytest.fixture(scope="module")
def landed(found_commons: Any, make_embedder: Any, tmp_path_factory: pytest.TempPathFactory) -> World:
    """Three landings and an index of the first two, all over HTTP."""
    world: World = found_commons()
    link = {"predicate": "schema:about", "object": "https://www.wikidata.org/entity/Q283"}
    world.add(
        [
            {"text": "Water boils at 100 °C at sea level.", "links": [link]},
            {"text": "Ice floats on water."},
            {"text": "Eis schwimmt.", "lang": "de", "license": "CC-BY-SA-4.0"},
        ]
    )
    world.add([{"text": "Bread rises because yeast makes gas."}, {"text": "Salt slows yeast."}], "baking")
    world.build(make_embedder(), tmp_path_factory.mktemp("vectors"))
    world.add([{"text": "Granite cools slowly."}], "stones")
    return world


@pytest.fixture(scope="module")
def pristine(landed: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plain copy of it: files, no links into any cache."""
    place = tmp_path_factory.mktemp("copies") / "pristine"
    shutil.copytree(landed.snapshot().folder, place)
    return place


@pytest.fixture
def copy(pristine: Path, tmp_path: Path, key: Any) -> Copy:
    """A copy of one's own, to be tampered with."""
    shutil.copytree(pristine, tmp_path / "copy")
    return Copy(tmp_path / "copy", key)


@pytest.fixture(scope="module")
def small(pristine: Path, found_commons: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A commons that has landed nothing yet and knows no founding phase, for logs that are made by hand."""
    place = tmp_path_factory.mktemp("copies") / "small"
    shutil.copytree(found_commons({"members = 3": "members = 0"}).snapshot().folder, place)
    return place


@pytest.fixture
def founded(small: Path, tmp_path: Path, key: Any) -> Copy:
    shutil.copytree(small, tmp_path / "founded")
    return Copy(tmp_path / "founded", key)


class TestAnHonestCopy:
    def test_it_holds_as_a_snapshot_of_the_hub(self, landed: World, tmp_path: Path) -> None:
        verdict = verify.verify(landed.snapshot(), memory=tmp_path)
        assert failed(verdict) == {}
        assert [check.name for check in verdict.checks] == list(CHECKS)
        looked_at = {check.name: check.looked_at for check in verdict.checks}
        assert looked_at["rows"] == "7 rows of 3 contributions"
        assert looked_at["statements"] == "16 statements, 3 landings"

    def test_it_holds_as_a_plain_folder(self, copy: Copy) -> None:
        assert failed(copy.verdict()) == {}

    def test_it_holds_at_every_commit_of_its_history_and_each_extends_the_last(
        self, landed: World, tmp_path: Path
    ) -> None:
        """Nobody ever sees a commons half landed."""
        # The first commit is the Hub's own, empty but for a page.
        *ours, _ = landed.repository().history("main")
        for sha in reversed(ours):
            assert failed(verify.verify(landed.snapshot(sha), memory=tmp_path)) == {}

    def test_it_holds_when_a_version_control_system_or_a_download_keeps_its_own_files_beside(
        self, copy: Copy
    ) -> None:
        copy.write(".cache/huggingface/download/README.md.metadata", b"x")
        copy.write(".git/HEAD", b"ref: refs/heads/main\n")
        assert failed(copy.verdict()) == {}

    def test_the_process_that_verifies_imports_neither_torch_nor_faiss(self, pristine: Path) -> None:
        """What parses an index is a confined child; where that finds no FAISS is tried in an environment without it."""
        program = f"""
import sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {{"torch", "faiss", "sentence_transformers", "tantivy", "datasets", "gradio"}}:
            raise ModuleNotFoundError(name, name=name)

sys.meta_path.insert(0, Blocked())
from commons.cli import run
sys.exit(run(["verify", "--repo", {str(pristine)!r}, "--forget", "--format", "json"]))
"""
        child = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
        assert child.returncode == 0, child.stderr.decode()
        verdict = json.loads(child.stdout)
        assert (verdict["ok"], verdict["complete"]) == (True, True)
        index = next(check for check in verdict["checks"] if check["name"] == "index")
        assert "4 rebuilt byte for byte" in index["looked_at"]

    def test_a_landing_made_by_hand_holds_too(self, founded: Copy) -> None:
        """So what the forgeries below are refused for is the one thing they do wrong."""
        founded.land(founded.seal("Rightly landed."))
        assert failed(founded.verdict()) == {}

    def test_a_folder_that_is_no_commons_is_an_error(self, tmp_path: Path) -> None:
        with pytest.raises(NotACommonsError):
            snapshots.of_folder(tmp_path)


def _add_a_row(copy: Copy) -> None:
    rows = copy.rows()
    copy.put("notes", [*rows, replace(record("Nobody signed this."), contributor=rows[0].contributor,
                                      contribution=rows[0].contribution)])  # fmt: skip


def _repeat_a_row(copy: Copy) -> None:
    rows = copy.rows()
    copy.put("notes", [*rows, rows[0]])


def _change_a_row(copy: Copy) -> None:
    first, *rest = copy.rows()
    changed = replace(first, text="Water boils at 90 °C at sea level.")
    copy.put("notes", [replace(changed, id=identity.record_id(changed.core())), *rest])


def _change_a_row_under_its_id(copy: Copy) -> None:
    first, *rest = copy.rows()
    copy.put("notes", [replace(first, text="Water boils at 90 °C at sea level."), *rest])


def _claim_a_row(copy: Copy) -> None:
    first, *rest = copy.rows()
    copy.put("notes", [replace(first, contributor=copy.key("eve").public.key_id), *rest])


def _erase_a_row_and_its_opening(copy: Copy) -> None:
    """What an erasure leaves, but no tombstone says who erased it."""
    first, *rest = copy.rows("stones")
    copy.put("stones", rest)
    path = layout.openings_path(first.contribution)
    openings = shards.read_openings(copy.folder / path)
    copy.write(
        path,
        shards.write_openings(
            {**row, "id": None, "salt": None} if row["id"] == first.id else row for row in openings
        ),
    )


def _all_rows_but_one_behind_its_id(copy: Copy) -> None:
    """Every commitment that was signed is there, with the salt of its own; but all openings name the one row that is left."""
    left, *_ = copy.rows("baking")
    copy.put("baking", [left])
    path = layout.openings_path(left.contribution)
    rows = shards.read_openings(copy.folder / path)
    copy.write(path, shards.write_openings({**row, "id": left.id} for row in rows))


def _openings_of_another_salt(copy: Copy) -> None:
    path = copy.one("log/openings/*.parquet")
    rows = shards.read_openings(copy.folder / path)
    copy.write(path, shards.write_openings({**row, "salt": bytes(16)} for row in rows))


def _change_a_row_and_its_opening(copy: Copy) -> None:
    """The row opens its commitment; but that commitment nobody signed."""
    first, *rest = copy.rows()
    changed = replace(first, text="Water boils at 90 °C at sea level.")
    changed = replace(changed, id=identity.record_id(changed.core()))
    copy.put("notes", [changed, *rest])
    path = layout.openings_path(first.contribution)
    rows = shards.read_openings(copy.folder / path)
    for row in rows:
        if row["id"] == first.id:
            row |= {"id": changed.id, "commitment": identity.commitment(row["salt"], changed.core())}
    copy.write(path, shards.write_openings(rows))


def _openings_without_salts(copy: Copy) -> None:
    path = copy.one("log/openings/*.parquet")
    rows = shards.read_openings(copy.folder / path)
    copy.write(path, shards.write_openings({**row, "salt": None} for row in rows))


def _openings_without_commitments(copy: Copy) -> None:
    path = copy.one("log/openings/*.parquet")
    rows = shards.read_openings(copy.folder / path)
    copy.write(path, shards.write_openings({**row, "commitment": None} for row in rows))


def _a_shard_of_nulls(copy: Copy) -> None:
    """Parquet of our very schema, that none of our writers makes."""
    columns = {field.name: pa.nulls(1, field.type) for field in SCHEMAS[Kind.RECORD]}
    data = shards.to_parquet(pa.table(columns, schema=SCHEMAS[Kind.RECORD]))
    copy.write(f"data/open/notes/{digests.sha256_hex(data)}.parquet", data)


def _rows_of_another_type(copy: Copy) -> None:
    data = shards.to_parquet(pa.table({"id": ["kr1"], "text": ["x"]}))
    copy.write(f"data/open/notes/{digests.sha256_hex(data)}.parquet", data)


def _move_to_another_pool(copy: Copy) -> None:
    shard = copy.shard("baking")
    copy.write(str(replace(shard, pool="by-sa")), copy.read(str(shard)))
    copy.remove(str(shard))


def _truncate_the_log(copy: Copy) -> None:
    """The maintainer's own earlier checkpoint, with its own tiles; envelopes and rows are left as they are."""
    full = copy.snapshot.log()
    leaves = list(full.leaves())
    shutil.rmtree(copy.folder / "log/tile")
    grown = log.create(copy.origin, leaves[:4], copy.key("maya"))
    for path, data in grown.files.items():
        copy.write(path, data)


def _sign_the_checkpoint_as_a_stranger(copy: Copy) -> None:
    opened = copy.snapshot.log()
    signer = SignerKey(copy.origin, SignatureType.ED25519, copy.key("eve").private)
    copy.write(layout.CHECKPOINT, checkpoints.sign(opened.checkpoint, signer).to_bytes())


def _sign_the_checkpoint_of_another_log(copy: Copy) -> None:
    opened = replace(copy.snapshot.log().checkpoint, origin="another.example/log")
    signer = SignerKey("another.example/log", SignatureType.ED25519, copy.key("maya").private)
    copy.write(layout.CHECKPOINT, checkpoints.sign(opened, signer).to_bytes())


def _edit_the_card(copy: Copy, edit: Callable[[list[dict[str, Any]]], None]) -> None:
    _, front, rest = copy.read("README.md").decode().split("---\n", 2)
    card = yaml.safe_load(front)
    edit(card["configs"])
    copy.write("README.md", f"---\n{yaml.safe_dump(card)}---\n{rest}".encode())


def _drop_a_pool_from_the_card(copy: Copy) -> None:
    _edit_the_card(
        copy, lambda configs: configs.remove(next(c for c in configs if c["config_name"] == "by-sa"))
    )


def _point(configs: list[dict[str, Any]], name: str, path: str) -> None:
    config = next(config for config in configs if config["config_name"] == name)
    config["data_files"] = [{"split": "train", "path": path}]


# What somebody with write access to a copy may do -> the check that says so, and a part of its sentence.
TAMPERINGS: dict[str, tuple[Callable[[Copy], object], str, str]] = {
    # the six of the promise
    "a byte of a shard": (lambda c: c.flip(str(c.shard())), "rows", "has other bytes than its name says"),
    "a byte of an envelope": (
        lambda c: c.flip(c.one("log/envelopes/*/*.json")),
        "statements",
        "has other bytes than the log names",
    ),
    "an envelope on another's shelf": (
        lambda c: c.write(f"log/envelopes/00/{'f' * 64}.json", b"anything"),
        "files",
        "does not belong into a commons",
    ),
    "a byte of a tile": (lambda c: c.flip(c.one("log/tile/0/*.p/*")), "log", "root of 16 leaves is not the one"),
    "a removed leaf": (_truncate_the_log, "rows", "names a contribution or contributor that the log does not have"),
    "an added row": (_add_a_row, "rows", "kr1.* was not signed in kc1"),
    "a swapped index": (
        lambda c: c.write(layout.faiss_path(SLUG, "open"), c.read(layout.faiss_path(SLUG, "by-sa"))),
        "index",
        "open.faiss is not the file its manifest names",
    ),
    # rows
    "a byte of a shard of links": (
        lambda c: c.flip(str(c.shard("notes", Kind.LINK))),
        "rows",
        "has other bytes than its name says",
    ),
    "a removed row": (lambda c: c.put("notes", c.rows()[1:]), "rows", "1 rows of kc1.* signed but missing"),
    "a removed shard": (lambda c: c.remove(str(c.shard("stones"))), "rows", "1 rows of kc1.* signed but missing"),
    "a repeated row": (_repeat_a_row, "rows", "or stands twice"),
    "a repeated shard": (
        lambda c: c.write(str(replace(c.shard(), collection="again")), c.read(str(c.shard()))),
        "rows",
        "or stands twice",
    ),
    "a changed row": (_change_a_row, "rows", "was not signed in"),
    "a changed row under its old id": (_change_a_row_under_its_id, "rows", "row 1: the id .* is not the hash of its row"),
    "a row under another's name": (_claim_a_row, "rows", "contributor that the log does not have"),
    "a row in the pool of another licence": (_move_to_another_pool, "rows", "does not belong into the pool"),
    "an erased row that no tombstone names": (_erase_a_row_and_its_opening, "rows", "kc1.*tombstone"),
    "a shard of nulls": (_a_shard_of_nulls, "rows", "parquet"),
    "a shard with other columns": (_rows_of_another_type, "rows", "lacks the column"),
    "a changed row with an opening that fits it": (
        _change_a_row_and_its_opening,
        "rows",
        "log/openings/kc1.*: the openings are not the ones that were signed",
    ),
    "openings with other salts": (_openings_of_another_salt, "rows", "does not open its commitment"),
    "openings without salts": (_openings_without_salts, "rows", "kr1|openings"),
    "rows behind another's id": (_all_rows_but_one_behind_its_id, "rows", "signed but missing, without a tombstone"),
    "openings without commitments": (_openings_without_commitments, "rows", "openings"),
    "a byte of the openings": (lambda c: c.flip(c.one("log/openings/*"), 60), "rows", "log/openings/kc1"),
    "removed openings": (lambda c: c.remove(c.one("log/openings/*")), "rows", "log/openings/kc1"),
    "openings of nobody": (
        lambda c: c.write(layout.openings_path("kc1" + "a" * 52), c.read(c.one("log/openings/*"))),
        "rows",
        "belongs to no contribution in the log",
    ),
    # the log
    "a byte of the entries": (lambda c: c.flip(c.one("log/tile/entries/*.p/*")), "log", "entries"),
    "a removed tile": (lambda c: c.remove(c.one("log/tile/0/*.p/*")), "log", "is not there"),
    "removed entries": (lambda c: c.remove(c.one("log/tile/entries/*.p/*")), "log", "is not there"),
    "a tile cut short": (
        lambda c: c.write(c.one("log/tile/0/*.p/*"), c.read(c.one("log/tile/0/*.p/*"))[:-32]),
        "log",
        "holds 480 bytes",
    ),
    "a byte of the checkpoint": (lambda c: c.flip(layout.CHECKPOINT), "log", "."),
    "no checkpoint": (lambda c: c.remove(layout.CHECKPOINT), "log", "There is no log/checkpoint"),
    "an empty checkpoint": (lambda c: c.write(layout.CHECKPOINT, b""), "log", "note"),
    "a checkpoint that a stranger signed": (
        _sign_the_checkpoint_as_a_stranger,
        "log",
        "None of the keys we know has signed",
    ),
    "a checkpoint of another log": (_sign_the_checkpoint_of_another_log, "log", "."),
    "a removed envelope": (lambda c: c.remove(c.one("log/envelopes/*/*")), "statements", "no readable log/envelopes"),
    "an envelope that is not in the log": (
        lambda c: c.write(layout.envelope_path(digests.sha256_hex(b"{}")), b"{}"),
        "statements",
        "is not in the log",
    ),
    "an envelope that cannot be parsed": (
        lambda c: c.write(c.one("log/envelopes/*/*"), b"\xff" * 70_000),
        "statements",
        "has other bytes",
    ),
    # the rules
    "an edited policy": (
        lambda c: c.replace(layout.POLICY, 'not_by = ["author"]', "not_by = []"),
        "rules",
        "policy.toml is not the policy that was signed last",
    ),
    "a policy that asks for nothing": (
        lambda c: c.replace(layout.POLICY, "approve = 1", "approve = 0"),
        "log",
        "policy.toml, decision.data.approve",
    ),
    "a comment in the policy": (
        lambda c: c.write(layout.POLICY, c.read(layout.POLICY) + b"# \n"),
        "rules",
        "policy.toml is not the policy that was signed last",
    ),
    "another origin": (lambda c: c.replace(layout.POLICY, "knowledge-commons", "other"), "log", "."),
    "a policy that is none": (lambda c: c.write(layout.POLICY, b"\xff\x00"), "log", "policy"),
    "a stranger made maintainer": (
        lambda c: c.write(
            layout.ROLES, Roles(maintainers=(c.role("maya"), c.role("eve"))).to_bytes()
        ),
        "rules",
        "roles.json is not what the policy",
    ),
    "roles that are none": (lambda c: c.write(layout.ROLES, b"[]"), "log", "roles.json"),
    **{
        f"a role whose key is {name}": (
            lambda c, public=public: c.replace(layout.ROLES, c.key("maya").public.raw.hex(), public),
            "log",
            "roles.json",
        )
        for name, public in {"no key": "zz", "of low order": "00" * 32, "short": "ab"}.items()
    },
    "a role under another's key id": (
        lambda c: c.replace(layout.ROLES, c.key("maya").public.key_id, c.key("eve").public.key_id),
        "log",
        "roles.json",
    ),
    "no roles": (lambda c: c.remove(layout.ROLES), "log", "roles.json"),
    # stray files
    **{
        f"a stray {path}": (lambda c, path=path: c.write(path, b"\x80\x04."), "files|log|index", re.escape(path))
        for path in (
            "model.pkl",
            "train.py",
            "data/open/notes/evil.pkl",
            "data/extra.parquet",
            "log/openings/x.parquet",
            "log/tile/evil.pkl",
            "log/tile/9/000",
            "governance/evil.py",
            "cards/evil.pkl",
            "index/evil.pkl",
            f"index/{SLUG}/evil.pkl",
        )
    },
    # the card
    "a pool that the card leaves out": (_drop_a_pool_from_the_card, "pages", "README.md lacks the config 'by-sa'"),
    "a config that loads nothing": (
        lambda c: _edit_the_card(c, lambda configs: _point(configs, "stones", "data/*/rocks/*.parquet")),
        "pages",
        "README.md: the config 'stones' is not what the shards make it",
    ),
    "a config that loads another pool's rows": (
        lambda c: _edit_the_card(c, lambda configs: _point(configs, "open", "data/*/*/*.parquet")),
        "pages",
        "README.md: the config 'open' is not what the shards make it",
    ),
    "a config that loads from elsewhere": (
        lambda c: _edit_the_card(
            c,
            lambda configs: configs[0]["data_files"].append(
                {"split": "train", "path": "https://evil.example/rows.parquet"}
            ),
        ),
        "pages",
        "README.md: the config 'open' is not what the shards make it",
    ),
    "a config more": (
        lambda c: _edit_the_card(
            c,
            lambda configs: configs.append(
                {"config_name": "best", "data_files": [{"split": "train", "path": "data/open/notes/*.parquet"}]}
            ),
        ),
        "pages",
        "best",
    ),
    **{
        f"a card of {name}": (lambda c, text=text: c.write("README.md", text), "pages", "README.md")
        for name, text in {
            "no YAML": b"# Title\n",
            "broken YAML": b"---\nconfigs: [\n---\n",
            "a tab": b"---\n\tconfigs: []\n---\n",
            "a date that is none": b"---\nconfigs: []\nd: 2026-99-99\n---\n",
            "no configs": b"---\nlicense: mit\n---\n",
            "configs of another type": b"---\nconfigs: 5\n---\n",
            "a path of another type": b"---\nconfigs: [{config_name: a, data_files: [{path: 5}]}]\n---\n",
            "a list of paths": b"---\nconfigs: [{config_name: a, data_files: [{path: [5]}]}]\n---\n",
            "files as text": b"---\nconfigs: [{config_name: open, data_files: data}]\n---\n",
            "a name of another type": b"---\nconfigs: [{config_name: [a], data_files: [{path: a}]}]\n---\n",
            "aliases": b"---\na: &a [x]\nconfigs: *a\n---\n",
            "a tag": b"---\nconfigs: !!python/object/apply:os.system [id]\n---\n",
            "deep nesting": b"---\nconfigs: " + b"[" * 3000 + b"\n---\n",
            "bytes": b"---\n\xff\x00\n---\n",
        }.items()
    },
    "no card": (lambda c: c.remove("README.md"), "pages", "README.md"),
}  # fmt: skip


class TestTampering:
    @pytest.mark.parametrize("name", TAMPERINGS)
    def test_it_is_caught_by_a_named_check_in_a_sentence(self, name: str, copy: Copy) -> None:
        tamper, checks, sentence = TAMPERINGS[name]
        tamper(copy)
        verdict = copy.verdict()
        check = next((c for c in checks.split("|") if c in failed(verdict)), checks)
        caught(verdict, check, sentence)

    @pytest.mark.parametrize("path", ["data", "links", "log/envelopes", "log/tile", "log/checkpoint"])
    def test_no_byte_of_any_file_that_counts_can_change(self, path: str, copy: Copy) -> None:
        """Every such file, in three places."""
        found = [p for p in copy.snapshot.paths() if p.startswith(path)]
        assert found
        for one in found:
            data = copy.read(one)
            for at in {0, len(data) // 2, len(data) - 1}:
                copy.flip(one, at)
                assert not copy.verdict().ok, f"{one} at {at}"
                copy.write(one, data)
        assert copy.verdict().ok

    GARBAGE: ClassVar[dict[str, Callable[[bytes], bytes]]] = {
        "nothing": lambda data: b"",
        "half of it": lambda data: data[: len(data) // 2],
        "noise": lambda data: b"\xff\x00" * 100,
        "an empty object": lambda data: b"{}",
        "a text": lambda data: b'"PAR1"',
        "nesting": lambda data: b"[" * 20_000,
        "something of another kind": lambda data: b"PAR1" + data + b"PAR1",
    }
    UNSIGNED = (
        "README.md",
        "ATTRIBUTION.md",
        "CITATION.cff",
        "CHANGELOG.md",
        ".gitattributes",
        "cards/",
        layout.PEOPLE,
    )

    @pytest.mark.parametrize("name", GARBAGE)
    def test_no_file_can_be_such_that_there_is_no_verdict(self, name: str, copy: Copy) -> None:
        """Each file in turn is replaced by garbage; and only of the pages that follow from the rest may it stay unsaid."""
        for path in copy.snapshot.paths():
            data = copy.read(path)
            copy.write(path, self.GARBAGE[name](data))
            verdict = copy.verdict()
            assert not verdict.ok or path.startswith(self.UNSIGNED), path
            copy.write(path, data)
        assert copy.verdict().ok

    @pytest.mark.parametrize("path", [layout.ROLES, layout.CARD, layout.CHANGELOG, ".gitattributes"])
    def test_a_pipe_is_never_waited_for(self, path: str, copy: Copy) -> None:
        (copy.folder / path).unlink(missing_ok=True)
        os.mkfifo(copy.folder / path)
        writer = threading.Thread(target=(copy.folder / path).write_bytes, args=(b"x",), daemon=True)
        writer.start()  # so that a reader who waits gets something, and this test ends
        with pytest.raises(HubError) as caught_error:
            copy.snapshot.read(path)
        assert caught_error.value.code == "file-missing"
        caught(copy.verdict(), "files", f"{re.escape(path)}' is no plain file")

    @pytest.mark.parametrize("name", ["a link to no possible path", "a folder below any path"])
    def test_what_cannot_even_be_looked_at_is_named(
        self, name: str, copy: Copy, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        if name == "a link to no possible path":
            (copy.folder / "data" / "far").symlink_to("a" * 3000)
        else:
            monkeypatch.chdir(copy.folder / "data")
            for _ in range(50):
                Path("d" * 100).mkdir()
                os.chdir("d" * 100)
            Path("hidden.pkl").write_bytes(b"")
            os.chdir(copy.folder)
        caught(copy.verdict(), "files", "'data/.* is (a link|no plain file)")

    def test_a_file_of_holes_that_nobody_signed_is_not_read_to_its_end(
        self, copy: Copy, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for path in (f"data/open/notes/{'a' * 64}.parquet", copy.one(f"index/{SLUG}/vectors/*.parquet")):
            copy.write(path, b"")
            os.truncate(copy.folder / path, 2**34)
        whole = digests.sha256_of

        def sha256_of(path: Path) -> str:
            assert path.stat().st_size < 2**34, "a hole is read"
            return whole(path)

        monkeypatch.setattr(digests, "sha256_of", sha256_of)
        verdict = copy.verdict()
        caught(verdict, "rows", "is not read: it is larger than was signed")
        caught(verdict, "index", "is not opened: nobody signed so large a file")

    def test_a_name_ends_no_line_of_the_verdict(self, copy: Copy) -> None:
        for folder in (layout.TILES, layout.INDEX, layout.LOG):
            copy.write(f"{folder}x\nThis copy holds.", b"")
        problems = "".join(itertools.chain.from_iterable(failed(copy.verdict()).values()))
        assert "This copy holds." in problems
        assert "\n" not in problems

    def test_an_honest_rest_is_still_looked_at(self, copy: Copy) -> None:
        """One thing wrong does not hide the next, nor blame what is right."""
        copy.flip(str(copy.shard()))
        copy.write("evil.pkl", b"")
        assert set(failed(copy.verdict())) == {"files", "inventory", "rows"}

    def test_what_cannot_be_checked_says_why(self, copy: Copy) -> None:
        copy.remove(layout.CHECKPOINT)
        wrong = failed(copy.verdict())
        assert set(wrong) == set(CHECKS) - {"files", "root"}
        assert wrong["rows"] == ["Not checked, because the statements could not be read."]

    def test_of_a_hundred_problems_a_few_are_listed_and_all_are_counted(self, copy: Copy) -> None:
        for number in range(100):
            copy.write(f"stray-{number}.pkl", b"")
        files = next(check for check in copy.verdict().checks if check.name == "files")
        assert len(files.problems) == MAX_PROBLEMS
        assert files.problem_count == 100


def _without_review(copy: Copy) -> None:
    made = copy.seal("Unread.")
    copy.land_with(made, [], copy.decision(statement_of(made), made.id, []))


def _with_the_review_of_another_head(copy: Copy) -> None:
    made = copy.seal("Read, then changed.")
    approval = copy.review(statement_of(made), made.id, head="2" * 40)
    copy.land_with(made, [approval], copy.decision(statement_of(made), made.id, [approval]))


def _with_the_review_of_another_contribution(copy: Copy) -> None:
    made, other = copy.seal("Not read."), copy.seal("Read.")
    approval = copy.review(statement_of(other), other.id)
    copy.land_with(made, [approval], copy.decision(statement_of(made), made.id, [approval]))


def _with_the_review_of(who: str) -> Callable[[Copy], None]:
    def forge(copy: Copy) -> None:
        made = copy.seal("Friends read it.")
        approval = copy.review(statement_of(made), made.id, who)
        copy.land_with(made, [approval], copy.decision(statement_of(made), made.id, [approval]))

    return forge


@pytest.mark.parametrize("version", PageVersion)
def test_pages_hold_in_every_version_that_a_release_has_written(version: PageVersion, copy: Copy) -> None:
    """With rows whose spelling and sources the versions list otherwise; what no version says is still a problem."""
    rows = [
        record(f"Row {number}.", lang=lang, sources=(Source(url=f"https://example.org/{number}"),))
        for number, lang in enumerate(("EN", "eng", "en"))
    ]
    copy = replace(copy, page_version=version)
    copy.land(copy.seal_rows(rows))
    verdict = copy.verdict()
    assert verdict.ok, [check.problems for check in verdict.checks]
    earlier = any(
        "are of another version" in words for check in verdict.checks for words in check.assumptions
    )
    assert earlier == (version is PageVersion.FIRST)  # the others differ only where something was replaced
    copy.replace(layout.ATTRIBUTION, "https://example.org/", "https://example.com/")
    assert not copy.verdict().ok


def _own_contribution(copy: Copy) -> None:
    copy.land(copy.seal("By the maintainer.", who="maya"), who="maya")


def _with_a_review_that_is_not_in_the_log(copy: Copy) -> None:
    made = copy.seal("Read, they say.")
    approval = copy.review(statement_of(made), made.id)
    copy.land_with(made, [], copy.decision(statement_of(made), made.id, [approval]))


def _against_a_refusal(copy: Copy) -> None:
    made = copy.seal("Refused.")
    refusal = copy.review(statement_of(made), made.id, approve=False)
    copy.land_with(made, [refusal], copy.decision(statement_of(made), made.id, [refusal]))


def _decided_by_a_stranger(copy: Copy) -> None:
    made = copy.seal("Waved through.")
    approval = copy.review(statement_of(made), made.id)
    decision = copy.decision(statement_of(made), made.id, [approval], who="eve")
    copy.land_with(made, [approval], decision)


def _decided_by_another_policy(copy: Copy) -> None:
    made = copy.seal("By other rules.")
    approval = copy.review(statement_of(made), made.id)
    copy.land_with(made, [approval], copy.decision(statement_of(made), made.id, [approval], policy="0" * 64))


def _decided_before_the_waiting_time_was_over(copy: Copy) -> None:
    copy.amend(policy=copy.read(layout.POLICY).replace(b"wait_hours = 0", b"wait_hours = 48"))
    made = copy.seal("In a hurry.")
    approval = copy.review(statement_of(made), made.id)
    decision = copy.decision(statement_of(made), made.id, [approval], now=NOW + timedelta(hours=47))
    copy.land_with(made, [approval], decision)


def _decided_by_one_of_two(copy: Copy) -> None:
    copy.amend(policy=copy.read(layout.POLICY).replace(b"approve = 1", b"approve = 2"))
    made = copy.seal("One will do.")
    approvals = [copy.review(statement_of(made), made.id) for _ in range(2)]  # one key, two voices
    copy.land_with(made, approvals, copy.decision(statement_of(made), made.id, approvals))


def _never_decided(copy: Copy) -> None:
    copy.land_with(copy.seal("Slipped in."), [], None)


def _decided_before_it_was_proposed(copy: Copy) -> None:
    made = copy.seal("In the wrong order.")
    for path, data in made.files.items():
        copy.write(path, data)
    approval = copy.review(statement_of(made), made.id)
    copy.append(
        ("review", approval),
        ("decision", copy.decision(statement_of(made), made.id, [approval])),
        ("contribution", statement_of(made)),
    )


def _replayed(copy: Copy) -> None:
    made = copy.seal("Once.")
    copy.land(made)
    copy.append(("contribution", statement_of(made)))


def _said_again(copy: Copy, statement: ContributionStatement, who: str, rows: int = 0) -> bytes:
    """The same contribution in a statement of its own, by ``who``; of so many rows, where it says another number."""
    groups = [group.model_dump() | ({"rows": rows} if rows else {}) for group in statement.predicate.groups]
    person = copy.opening(who).person
    return copy.signer(who).contribution(statement.contribution, statement.root, person=person, groups=groups)


def _signed_twice(copy: Copy) -> None:
    """Another nonce, the same rows: another envelope, but no other contribution."""
    made = copy.seal("Once more.")
    copy.land(made)
    signed = signed_statements.verify(
        statement_of(made), ContributionStatement, commons=copy.origin
    ).statement
    again = _said_again(copy, signed, "carl")
    approval = copy.review(again, made.id)
    decided = copy.decision(again, made.id, [approval])
    copy.append(("contribution", again), ("review", approval), ("decision", decided))


def _under_anothers_contribution_id(copy: Copy) -> None:
    """A contribution id is the hash of its signer and its rows, so nobody signs for another."""
    made = copy.seal("Carl's.", who="carl")
    signed = signed_statements.verify(
        statement_of(made), ContributionStatement, commons=copy.origin
    ).statement
    taken = _said_again(copy, signed, "eve")
    eve = copy.key("eve").public.key_id
    for path, data in made.files.items():
        if shard := layout.parse_shard(path):
            rows = [replace(row, contributor=eve) for row in shards.read(shard.kind, data)]
            claimed = shards.write(shard.kind, rows)
            copy.write(str(replace(shard, digest=digests.sha256_hex(claimed))), claimed)
        elif layout.parse_openings(path):
            copy.write(path, data)
    approval = copy.review(taken, made.id)
    decided = copy.decision(taken, made.id, [approval])
    copy.append(("contribution", taken), ("review", approval), ("decision", decided))


def _for_another_commons(copy: Copy) -> None:
    made = contributions.seal(
        {(Kind.RECORD, "open", "notes"): [record("Meant for others.")]},
        copy.key("carl"),
        commons="other/commons",
        person=copy.opening("carl").person,
    )
    copy.land(made)


def _of_another_kind(copy: Copy) -> None:
    made = copy.seal("A review, they say.")
    for path, data in made.files.items():
        copy.write(path, data)
    copy.append(("review", statement_of(made)))


def _with_fewer_rows_than_it_says(copy: Copy) -> None:
    made = copy.seal("One.", "Two.")
    signed = signed_statements.verify(
        statement_of(made), ContributionStatement, commons=copy.origin
    ).statement
    other = _said_again(copy, signed, "carl", rows=1)
    files = {path: data for path, data in made.files.items() if not layout.parse_envelope(path)}
    copy.land(replace(made, files={**files, layout.envelope_path(digests.sha256_hex(other)): other}))


def _a_policy_by_a_stranger(copy: Copy) -> None:
    copy.amend(roles=Roles(maintainers=(copy.role("eve"), copy.role("maya"))), by="eve")


def _a_policy_under_the_digest_of_another(copy: Copy) -> None:
    text = copy.read(layout.POLICY)
    envelope = copy.signer("maya").policy(text, "0" * 64, copy.read(layout.ROLES))
    copy.append(("policy", envelope))


def _a_decision_at_no_time(copy: Copy) -> None:
    """A time that fits the pattern of one; only whoever forges statements writes it."""
    made = copy.seal("When?")
    approval = copy.review(statement_of(made), made.id)
    decision = _resigned(
        copy, copy.decision(statement_of(made), made.id, [approval]), "maya", time="2026-99-99T99:99:99Z"
    )
    copy.land_with(made, [approval], decision)


def _resigned(copy: Copy, envelope: bytes, who: str, **changes: Any) -> bytes:
    """The same statement with other words in its predicate, signed anew."""
    statement = json.loads(envelopes.open_envelope(envelope).payload)
    statement["predicate"] |= changes
    return envelopes.sign(rfc8785.dumps(statement), copy.key(who))


def _a_leaf_that_is_none(copy: Copy) -> None:
    opened = copy.snapshot.log()
    added = tiles.append(opened.tree, [b"not a leaf"])
    for path, data in added.files.items():
        copy.write(layout.LOG + path, data)
    signer = SignerKey(copy.origin, SignatureType.ED25519, copy.key("maya").private)
    signed = checkpoints.sign(checkpoints.Checkpoint(copy.origin, added.size, added.root), signer)
    copy.write(layout.CHECKPOINT, signed.to_bytes())


# What only a maintainer's key could do to a log -> the check that says so, and a part of its sentence.
def _give_a_key_away(copy: Copy) -> None:
    copy.land(copy.seal("Mine."))
    eve, carl = copy.opening("eve"), copy.key("carl").public
    table = copy.snapshot.people_table.with_key(eve, eve.person, carl.key_id)
    copy.append(files={layout.PEOPLE: table.to_bytes()})


def _give_work_away(copy: Copy) -> None:
    made = copy.seal("Mine.")
    copy.land(made)
    table = copy.snapshot.people_table.with_adopted("a.hub/eve", made.id)
    copy.append(files={layout.PEOPLE: table.to_bytes()})


def _a_file_of_later_days(copy: Copy) -> None:
    copy.write(f"wishes/notes/{'a' * 64}.parquet", b"anything")
    copy.append()


def _land_as_groups(copy: Copy, group: dict[str, Any]) -> None:
    """One row, whose statement says that it is something else."""
    made = copy.seal("Signed otherwise.")
    statement = json.loads(envelopes.open_envelope(statement_of(made)).payload)
    statement["predicate"]["groups"] = [group]
    envelope = envelopes.sign(rfc8785.dumps(statement), copy.key("carl"))
    files = {path: data for path, data in made.files.items() if not layout.parse_envelope(path)}
    copy.land(replace(made, files={**files, layout.envelope_path(digests.sha256_hex(envelope)): envelope}))


FORGERIES: dict[str, tuple[Callable[[Copy], object], str, str]] = {
    "no review": (_without_review, "statements", "the rules in force do not accept kc1.*0 of 1 approvals"),
    "the review of another head": (_with_the_review_of_another_head, "statements", "that is not of what it decides"),
    "the review of something else": (
        _with_the_review_of_another_contribution,
        "statements",
        "that is not of what it decides",
    ),
    "a stranger's review": (_with_the_review_of("eve"), "statements", "0 of 1 approvals"),
    "the author's own review": (_with_the_review_of("carl"), "statements", "0 of 1 approvals"),
    "a maintainer's review of an own contribution": (_own_contribution, "statements", "0 of 1 approvals"),
    "a review that is not in the log": (
        _with_a_review_that_is_not_in_the_log,
        "statements",
        "counts a review .* that is not of what it decides",
    ),
    "a refusal": (_against_a_refusal, "statements", "do not accept kc1.*refused"),
    "a stranger's decision": (_decided_by_a_stranger, "statements", "decision was signed by kk1.*no maintainer"),
    "another policy": (_decided_by_another_policy, "statements", "another policy than the one in force"),
    "an early decision": (_decided_before_the_waiting_time_was_over, "statements", "open for review until"),
    "one voice twice": (_decided_by_one_of_two, "statements", "1 of 2 approvals"),
    "no decision": (_never_decided, "statements", "is in the log but was never accepted"),
    "a decision before its proposal": (_decided_before_it_was_proposed, "statements", "not proposed before it"),
    "a statement replayed in a second leaf": (_replayed, "statements", "stands in the log twice"),
    "one contribution signed twice": (_signed_twice, "statements", "kc1"),
    "another's contribution id": (_under_anothers_contribution_id, "statements", "kc1"),
    "a statement for another commons": (_for_another_commons, "statements", "signed for the commons 'other/commons'"),
    "a leaf of another kind": (_of_another_kind, "statements", "This is no review statement"),
    "a count of other rows": (_with_fewer_rows_than_it_says, "rows", "signed for another number of rows"),
    "a policy by nobody": (_a_policy_by_a_stranger, "statements", "policy was signed by kk1.*no maintainer"),
    "a policy under another digest": (
        _a_policy_under_the_digest_of_another,
        "statements",
        "policy in the statement is not the one it names",
    ),
    "a decision at no time": (_a_decision_at_no_time, "statements", "time"),
    "a leaf that is none": (_a_leaf_that_is_none, "log", "is not a leaf"),
    "a key that was given to somebody else": (_give_a_key_away, "rules", "kk1.* stands for two persons"),
    "work that was given to somebody else": (_give_work_away, "rules", "proposed kc1.*, but nobody adopted that"),
    "signed files that no step reads": (_a_file_of_later_days, "files", "wishes/.* needs a newer commons"),
    "rows of later days": (
        lambda c: _land_as_groups(c, {"kind": "wishes", "pool": "", "collection": "notes", "rows": 1}),
        "rows",
        "was not signed in kc1.* for this folder",
    ),
    "more rows than fit into a memory": (
        lambda c: _land_as_groups(c, {"kind": "data", "pool": "open", "collection": "notes", "rows": 10**15}),
        "rows",
        "was signed for another number of rows",
    ),
}  # fmt: skip


class TestForgery:
    @pytest.mark.parametrize("name", FORGERIES)
    def test_even_with_the_maintainers_key_the_log_is_not_believed(self, name: str, founded: Copy) -> None:
        forge, check, sentence = FORGERIES[name]
        forge(founded)
        caught(founded.verdict(), check, sentence)

    def test_rules_and_roles_may_change_when_it_is_signed(self, founded: Copy) -> None:
        founded.land(founded.seal("By the old rules."))
        founded.amend(
            policy=founded.read(layout.POLICY).replace(b"approve = 1", b"approve = 2"),
            roles=Roles(maintainers=(founded.role("maya"),), reviewers=(founded.role("rita"),)),
        )
        founded.land(founded.seal("By the new."), reviewers=("maya", "rita"))
        assert failed(founded.verdict()) == {}


class TestKeysInTheLog:
    """A key is believed up to the leaf that retires it."""

    def test_what_it_signed_before_it_was_revoked_holds(self, founded: Copy) -> None:
        founded.land(founded.seal("Before."))
        carl = founded.key("carl").public
        founded.land_key(founded.revocation("carl", carl), carl.key_id)
        assert failed(founded.verdict()) == {}

    def test_what_it_signed_after_it_was_revoked_does_not(self, founded: Copy) -> None:
        carl = founded.key("carl").public
        founded.land_key(founded.revocation("carl", carl), carl.key_id)
        founded.land(founded.seal("After."))
        caught(founded.verdict(), "statements", f"the key {carl.key_id} had been retired")

    def test_a_revoked_reviewers_word_does_not(self, founded: Copy) -> None:
        rita = founded.key("rita").public
        founded.amend(roles=Roles(maintainers=(founded.role("maya"),), reviewers=(founded.role("rita"),)))
        founded.land(founded.seal("Rita read it."), reviewers=("rita",))
        left = {layout.ROLES: Roles(maintainers=(founded.role("maya"),)).to_bytes()}
        founded.land_key(founded.revocation("maya", rita), rita.key_id, files=left)
        assert failed(founded.verdict()) == {}
        founded.land(founded.seal("Rita read this as well."), reviewers=("rita",))
        caught(founded.verdict(), "statements", f"{rita.key_id} had been retired")

    def test_a_strangers_revocation_does_not(self, founded: Copy) -> None:
        carl = founded.key("carl").public
        founded.land_key(founded.revocation("eve", carl), carl.key_id)
        caught(founded.verdict(), "statements", "may not speak for")

    def test_the_successor_of_a_rotated_key_signs_on_and_the_old_one_does_not(self, founded: Copy) -> None:
        carl = founded.key("carl").public
        founded.land_key(founded.rotation("carl", "carl's new key"), carl.key_id)
        founded.land(founded.seal("By the new key.", who="carl's new key"), who="carl's new key")
        assert failed(founded.verdict()) == {}
        founded.land(founded.seal("By the old one."))
        caught(founded.verdict(), "statements", "had been retired")


class TestMemory:
    def test_the_first_look_is_remembered_and_said_to_be_the_first(
        self, founded: Copy, tmp_path: Path
    ) -> None:
        memory = tmp_path / "memory"
        assert founded.verdict(memory).checks[-1].looked_at.endswith(", seen here for the first time")
        assert founded.verdict(memory).checks[-1].looked_at.endswith("the checkpoint of 4 leaves seen last")

    def test_a_log_that_grew_is_the_same_log(self, founded: Copy, tmp_path: Path) -> None:
        for number in range(5):
            assert failed(founded.verdict(tmp_path / "memory")) == {}
            founded.land(founded.seal(f"Number {number}."))
        verdict = founded.verdict(tmp_path / "memory")
        assert failed(verdict) == {}
        assert verdict.checks[-1].looked_at.endswith("the checkpoint of 20 leaves seen last")

    def test_an_older_copy_of_everything_is_caught_by_memory_alone(
        self, landed: World, tmp_path: Path
    ) -> None:
        """A removed leaf, everything that hung on it removed too, under the maintainer's own earlier signature."""
        assert verify.verify(landed.snapshot(), memory=tmp_path).ok
        older = landed.snapshot(landed.repository().history("main")[2])
        assert verify.verify(older).ok
        verdict = verify.verify(older, memory=tmp_path)
        assert set(failed(verdict)) == {"root"}
        caught(verdict, "root", "had 16 entries when last seen, and now shows 10")

    def test_two_logs_of_one_size_are_a_fork(self, founded: Copy, tmp_path: Path) -> None:
        shutil.copytree(founded.folder, tmp_path / "other")
        other = Copy(tmp_path / "other", founded.key)
        founded.land(founded.seal("For you."))
        other.land(other.seal("For the others."))
        assert failed(founded.verdict(tmp_path / "memory")) == {}
        verdict = other.verdict(tmp_path / "memory")
        assert set(failed(verdict)) == {"root"}
        caught(verdict, "root", "two different trees of 8 entries")

    def test_a_longer_log_that_does_not_begin_with_what_was_seen_is_caught(
        self, founded: Copy, tmp_path: Path
    ) -> None:
        shutil.copytree(founded.folder, tmp_path / "other")
        other = Copy(tmp_path / "other", founded.key)
        founded.land(founded.seal("For you."))
        for text in ("For the others.", "And more."):
            other.land(other.seal(text))
        assert failed(founded.verdict(tmp_path / "memory")) == {}
        caught(other.verdict(tmp_path / "memory"), "root", "consistency proof")

    def test_a_copy_that_does_not_hold_is_not_remembered(self, founded: Copy, tmp_path: Path) -> None:
        assert founded.verdict(tmp_path / "memory").ok
        _without_review(founded)
        assert not founded.verdict(tmp_path / "memory").ok
        again = founded.verdict(tmp_path / "memory").checks[-1]
        assert again.looked_at.endswith("the checkpoint of 4 leaves seen last")

    @pytest.mark.parametrize("kept", [b"", b"\xff", b"a\n1\nx\n\n"])
    def test_a_damaged_memory_is_not_taken_for_no_memory(
        self, kept: bytes, founded: Copy, tmp_path: Path
    ) -> None:
        memory = tmp_path / "memory"
        founded.verdict(memory)
        (file,) = memory.iterdir()
        file.write_bytes(kept)
        assert set(failed(founded.verdict(memory))) == {"root"}
        assert file.read_bytes() == kept

    def test_another_commons_in_the_place_of_the_one_seen_is_caught(
        self, world: World, key: Any, tmp_path: Path
    ) -> None:
        """Everything in it is signed, by whoever put it there."""
        assert verify.verify(world.snapshot(), memory=tmp_path).ok
        world.api().delete_repo(world.repo_id, repo_type="dataset")
        init.found(world.repository(), key("eve"), name="Test commons", origin="another/commons")
        assert verify.verify(world.snapshot()).ok
        verdict = verify.verify(world.snapshot(), memory=tmp_path)
        assert set(failed(verdict)) == {"root"}
        caught(verdict, "root", "was the commons with the root .* when last seen, and is another now")

    def test_a_damaged_memory_of_a_repository_is_not_taken_for_no_memory(
        self, landed: World, tmp_path: Path
    ) -> None:
        assert verify.verify(landed.snapshot(), memory=tmp_path).ok
        for file in tmp_path.iterdir():
            data = file.read_bytes()
            file.write_bytes(b"\xff\xfe")
            assert set(failed(verify.verify(landed.snapshot(), memory=tmp_path))) == {"root"}
            file.write_bytes(data)
        assert verify.verify(landed.snapshot(), memory=tmp_path).ok

    def test_where_nothing_can_be_remembered_there_is_still_a_verdict(
        self, founded: Copy, tmp_path: Path
    ) -> None:
        (tmp_path / "file").write_bytes(b"")
        verdict = founded.verdict(tmp_path / "file" / "memory")
        assert verdict.ok
        (root,) = (check for check in verdict.checks if check.name == "root")
        assert any("cannot be kept" in said and "COMMONS_HOME" in said for said in root.assumptions)


class TestTheIndex:
    """Against its manifest always; against its vectors where FAISS is installed."""

    def manifest(self, copy: Copy) -> Manifest:
        return manifest.parse(copy.read(layout.manifest_path(SLUG)))

    def write(self, copy: Copy, path: str, data: bytes) -> None:
        """Other bytes for a file of the index, and a manifest that is edited to match."""
        made = json.loads(copy.read(layout.manifest_path(SLUG)))
        pools = made["pools"].values()
        files = [
            *made["vectors"],
            *(f for pool in pools for f in (pool["index"], pool["positions"], *pool["keywords"])),
        ]
        (entry,) = [file for file in files if file["path"] == path]
        entry["sha256"] = digests.sha256_hex(data)
        copy.write(path, data)
        copy.write(layout.manifest_path(SLUG), manifest.to_json(made))

    def test_what_was_rebuilt_is_said(self, copy: Copy) -> None:
        assert "4 rebuilt byte for byte" in next(
            check.looked_at for check in copy.verdict().checks if check.name == "index"
        )

    def test_the_index_of_another_build_with_its_manifest_edited_to_match(
        self, copy: Copy, make_embedder: Any
    ) -> None:
        other = make_embedder(salt="other")
        blocks = [other.embed([row.text for row in copy.rows(name)]) for name in ("baking", "notes")]
        path = layout.faiss_path(SLUG, "open")
        dense.build(copy.folder / path, dense.EXACT, other.dimension, blocks)
        self.write(copy, path, copy.read(path))
        caught(copy.verdict(), "index", "open.faiss does not follow from its vectors")

    def test_positions_that_say_other_records(self, copy: Copy) -> None:
        """The right index with two of its records exchanged answers every question with the wrong one."""
        path = layout.positions_path(SLUG, "open")
        rows = shards.read_table(copy.folder / path, positions.SCHEMAS[positions.VERSION]).to_pylist()
        rows[0]["id"], rows[1]["id"] = rows[1]["id"], rows[0]["id"]
        self.write(
            copy,
            path,
            shards.to_parquet(pa.Table.from_pylist(rows, schema=positions.SCHEMAS[positions.VERSION])),
        )
        caught(copy.verdict(), "index", re.escape(path))

    def test_positions_that_say_other_licences(self, copy: Copy) -> None:
        path = layout.positions_path(SLUG, "open")
        rows = shards.read_table(copy.folder / path, positions.SCHEMAS[positions.VERSION]).to_pylist()
        rows[0]["license"] = "MIT"
        self.write(
            copy,
            path,
            shards.to_parquet(pa.Table.from_pylist(rows, schema=positions.SCHEMAS[positions.VERSION])),
        )
        caught(copy.verdict(), "index", re.escape(path))

    def test_positions_that_another_version_of_parquet_wrote_hold(self, copy: Copy) -> None:
        """They say the same; only what they say is the index's claim."""
        path = layout.positions_path(SLUG, "open")
        table = shards.read_table(copy.folder / path, positions.SCHEMAS[positions.VERSION])
        sink = io.BytesIO()
        pq.write_table(table, sink, compression="snappy")
        self.write(copy, path, sink.getvalue())
        copy.append()
        assert failed(copy.verdict()) == {}

    @pytest.mark.parametrize("shard", [99, -1, None])
    def test_positions_that_point_nowhere(self, shard: int | None, copy: Copy) -> None:
        path = layout.positions_path(SLUG, "open")
        rows = shards.read_table(copy.folder / path, positions.SCHEMAS[positions.VERSION]).to_pylist()
        rows[0]["shard"] = shard
        self.write(
            copy,
            path,
            shards.to_parquet(pa.Table.from_pylist(rows, schema=positions.SCHEMAS[positions.VERSION])),
        )
        caught(copy.verdict(), "index", re.escape(path))

    def test_vectors_that_are_no_parquet(self, copy: Copy) -> None:
        path = self.manifest(copy).vectors[0].path
        self.write(copy, path, b"PAR1 not quite PAR1")
        caught(copy.verdict(), "index", re.escape(path))

    def test_vectors_for_other_records(self, copy: Copy) -> None:
        made = self.manifest(copy).vectors
        self.write(copy, made[0].path, copy.read(made[1].path))
        caught(copy.verdict(), "index", re.escape(made[0].path))

    def test_another_version_of_faiss_in_the_manifest_does_not_make_a_false_index_pass(
        self, copy: Copy, make_embedder: Any
    ) -> None:
        other = make_embedder(salt="other")
        path = layout.faiss_path(SLUG, "open")
        rows = self.manifest(copy).pools["open"].index.rows
        false = other.embed([f"false {number}" for number in range(rows)])
        dense.build(copy.folder / path, dense.EXACT, other.dimension, [false])
        self.write(copy, path, copy.read(path))
        made = json.loads(copy.read(layout.manifest_path(SLUG)))
        copy.write(layout.manifest_path(SLUG), manifest.to_json({**made, "faiss": "1.14.0"}))
        caught(copy.verdict(), "index", "open.faiss does not follow from its vectors")

    def test_what_landed_after_the_build_is_counted(self, copy: Copy) -> None:
        index = next(check for check in copy.verdict().checks if check.name == "index")
        assert "1 records newer than the index" in index.looked_at

    def test_what_was_not_asked_for_is_named(self, copy: Copy) -> None:
        index = next(check for check in copy.verdict().checks if check.name == "index")
        assert index.complete
        assert [re.split(r"[,:] ", sentence)[1] for sentence in index.assumptions] == [
            *("not embedded again", "not measured again", "only the builder knows")
        ]

    def test_a_manifest_in_other_words_is_no_build_of_ours(self, copy: Copy) -> None:
        made = json.loads(copy.read(layout.manifest_path(SLUG)))
        copy.write(layout.manifest_path(SLUG), json.dumps(made).encode())
        caught(copy.verdict(), "index", "is not written as a build writes it")

    def test_one_index_that_cannot_be_read_hides_no_other(self, copy: Copy) -> None:
        copy.write("index/another/manifest.json", b"{}")
        copy.flip(self.manifest(copy).vectors[0].path)
        problems = failed(copy.verdict())["index"]
        assert any(problem.startswith("index/another: The manifest is malformed") for problem in problems)
        assert any(problem.startswith(f"index/{SLUG}: ") for problem in problems)

    def test_an_index_of_data_that_is_gone(self, copy: Copy) -> None:
        copy.remove(str(copy.shard("baking")))
        caught(copy.verdict(), "index", "was built from data/open/baking/.* which is not here")

    @pytest.mark.parametrize("path", ["../../../etc/hostname", "/etc/hostname", "governance/policy.toml"])
    def test_a_manifest_that_names_files_of_others(self, path: str, copy: Copy) -> None:
        made = json.loads(copy.read(layout.manifest_path(SLUG)))
        made["vectors"][0]["path"] = path
        copy.write(layout.manifest_path(SLUG), json.dumps(made).encode())
        caught(copy.verdict(), "index", "manifest is malformed")

    @pytest.mark.parametrize("data", [b"", b"{}", b"\xff", b"[" * 100_000])
    def test_a_manifest_that_is_none(self, data: bytes, copy: Copy) -> None:
        copy.write(layout.manifest_path(SLUG), data)
        caught(copy.verdict(), "index", "manifest is malformed")

    def test_an_index_without_manifest(self, copy: Copy) -> None:
        copy.remove(layout.manifest_path(SLUG))
        caught(copy.verdict(), "index", "belongs to no manifest")


@pytest.fixture(scope="module")
def with_model(pristine: Path, key: Any, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """(a copy whose index is by a true model, the folder of that model)."""
    place = tmp_path_factory.mktemp("by-model")
    shutil.copytree(pristine, place / "copy")
    shutil.rmtree(place / "copy" / "index")
    copy, model = Copy(place / "copy", key), make_model(place / "models" / "small")
    built = build.build(
        copy.snapshot, loading.load(str(model), engine="reference"), place / "work", place / "built"
    )
    copy.publish(built)
    return copy.folder, model


class TestTheCommand:
    def test_it_says_that_everything_holds_and_exits_0(
        self, copy: Copy, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setenv("COMMONS_HOME", str(tmp_path / "home"))
        assert run(["verify", "--repo", str(copy.folder)]) == 0
        said = capsys.readouterr().out
        assert "Everything that was checked holds." in said
        assert "taken at its word: index/tiny: not embedded again, which --embed does" in said
        assert all(name in said for name in CHECKS)

    def test_it_says_what_is_wrong_and_exits_1(self, copy: Copy, capsys: pytest.CaptureFixture[str]) -> None:
        copy.flip(str(copy.shard()))
        assert run(["verify", "--repo", str(copy.folder), "--forget"]) == 1
        said = capsys.readouterr().out
        assert "✗ rows" in said
        assert "has other bytes than its name says" in said
        assert "This copy does not hold." in said

    def test_json_says_the_same(self, copy: Copy, capsys: pytest.CaptureFixture[str]) -> None:
        assert run(["verify", "--repo", str(copy.folder), "--forget", "--format", "json"]) == 0
        whole = json.loads(capsys.readouterr().out)
        assert whole["ok"] is True
        assert [check["name"] for check in whole["checks"]] == list(CHECKS)
        assert all(
            check["ok"] and check["problems"] == [] and check["looked_at"] for check in whole["checks"]
        )
        copy.write("evil.pkl", b"")
        assert run(["verify", "--repo", str(copy.folder), "--forget", "--format", "json"]) == 1
        whole = json.loads(capsys.readouterr().out)
        assert whole["ok"] is False
        assert whole["checks"][0] == {
            "name": "files",
            "looked_at": whole["checks"][0]["looked_at"],
            "problems": ["'evil.pkl' does not belong into a commons"],
            "problem_count": 1,
            "unchecked": [],
            "assumptions": [],
            "ok": False,
            "complete": True,
        }

    def test_without_an_index_everything_holds(
        self, founded: Copy, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert run(["verify", "--repo", str(founded.folder), "--forget"]) == 0
        assert "Everything holds." in capsys.readouterr().out

    def test_what_could_not_be_checked_is_loud_and_exits_2(
        self, copy: Copy, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def missing() -> Any:
            raise MissingExtraError("faiss", "index")

        monkeypatch.setattr(dense, "library", missing)
        assert run(["verify", "--repo", str(copy.folder), "--forget"]) == 2
        said = capsys.readouterr().out
        assert "! index" in said
        assert "2 NOT REBUILT" in said
        assert (
            "NOT CHECKED index/tiny: index/tiny/pools/open.faiss, NOT REBUILT: faiss is not installed" in said
        )
        assert "What was checked holds, but not everything could be checked." in said
        assert run(["verify", "--repo", str(copy.folder), "--forget", "--format", "quiet"]) == 2

    @pytest.mark.parametrize(
        ("options", "embedded"),
        [
            (
                ["--embed", "2", "--seed", "5"],
                "2 records embedded again, drawn at random of 6, again with --seed 5: up to",
            ),
            (
                ["--embed=all", "--measure"],
                "6 records embedded again, figures measured again to within",
            ),
            (["--embed"], "6 records embedded again"),
            (["--measure"], "moves: pools.by-sa.recall, pools.open.recall\n"),
        ],
    )
    def test_with_the_model_vectors_and_figures_are_made_again(
        self,
        options: list[str],
        embedded: str,
        with_model: tuple[Path, Path],
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        folder, model = with_model
        by = ["--model", str(model), "--engine", "reference"]
        assert run(["verify", "--repo", str(folder), "--forget", *by, *options]) == 0
        said = capsys.readouterr().out
        assert embedded in said, said
        assert ("not embedded again" in said) == ("--measure" in options and len(options) == 1)
        assert ("not measured again" in said) == ("--measure" not in options)

    def test_a_sample_of_another_seed_is_another_and_one_of_none_is_drawn_at_random(
        self, copy: Copy, embedder: Any
    ) -> None:
        def notes(seed: int | None) -> str:
            verdict = verify.verify(copy.snapshot, embedder=embedder, sample=2, seed=seed)
            return next(check.looked_at for check in verdict.checks if check.name == "index")

        assert "--seed 3:" in notes(3)
        assert notes(3) == notes(3)
        seeds = {re.search(r"--seed (\d+):", notes(None)) for _ in range(3)}
        assert len({match[1] for match in seeds if match}) == 3

    @pytest.mark.parametrize(
        "options", [["--embed", "0"], ["--embed", "some"], ["--embed", "-1"], ["--seed", "1"]]
    )
    def test_a_sample_that_is_none_is_wrong_usage(
        self, options: list[str], copy: Copy, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert run(["verify", "--repo", str(copy.folder), *options]) == 64
        assert capsys.readouterr().out == ""

    def test_a_model_without_an_index_is_said_to_have_checked_nothing(
        self, founded: Copy, embedder: Any
    ) -> None:
        verdict = verify.verify(founded.snapshot, embedder=embedder)
        assert (verdict.ok, verdict.complete) == (True, False)

    def test_quiet_says_nothing(self, copy: Copy, capsys: pytest.CaptureFixture[str]) -> None:
        assert run(["verify", "--repo", str(copy.folder), "--forget", "--format", "quiet"]) == 0
        assert capsys.readouterr().out == ""

    def test_it_remembers_across_runs_unless_told_to_forget(
        self, landed: World, pristine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:  # fmt: skip
        monkeypatch.setenv("COMMONS_HOME", str(tmp_path))
        older = landed.repository().history("main")[2]
        at_hub = ["--repo", landed.repo_id, "--endpoint", landed.url]
        assert run(["verify", "--repo", str(pristine)]) == 0
        assert run(["verify", *at_hub, "--revision", older]) == 1
        assert "✗ root" in capsys.readouterr().out
        assert run(["verify", *at_hub, "--revision", older, "--forget"]) == 0

    def test_what_is_no_commons_is_an_error_in_words(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert run(["verify", "--repo", str(tmp_path)]) == 1
        assert "is not a commons" in capsys.readouterr().err

    def test_names_from_the_copy_are_text_not_markup(
        self, copy: Copy, capsys: pytest.CaptureFixture[str]
    ) -> None:
        copy.write("[red]evil[/red].pkl", b"")
        run(["verify", "--repo", str(copy.folder), "--forget"])
        assert "[red]evil[/red].pkl" in capsys.readouterr().out
