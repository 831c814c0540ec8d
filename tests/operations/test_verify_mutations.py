"""Verify misses no change of any file: each kind of file of a healthy commons, in every way that a byte, a name or a file can go wrong.

The inventory names every published byte, and the log names itself; so whatever is changed, a problem has to name the very file. What a host
may add by itself, and whoever witnesses the log, is let through, and nothing else.
"""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support.world import CONTRIBUTOR, MAINTAINER, REVIEWER, SECOND_MAINTAINER, key_of

from commons import layout
from commons.errors import NotACommonsError
from commons.intake.mapping import Mapping
from commons.layout import Check, Kind, Need
from commons.ledger import checkpoints, notes
from commons.ledger.notes import SignatureType, SignerKey
from commons.operations import adopt, key, verify
from commons.snapshots import snapshot as snapshots
from commons.verification import steps, tree
from commons.verification.context import VerificationContext

if TYPE_CHECKING:
    from support.world import World

pytestmark = pytest.mark.usefixtures("gate_in_this_process")

SUBJECTS = ("water", "stone", "bread", "wood")
CSV = b"text\nMaple leaves turn red.\nSpruce stays green.\n"
LEAST_MUTATIONS = 500


def founded(world: World) -> None:
    """A commons that has every kind of file: records in two pools, links, questions, a correction, an adoption, a rotation, an index."""
    world.appoint(maintainers=(MAINTAINER, SECOND_MAINTAINER), reviewers=(REVIEWER,))
    link = {"predicate": "schema:about", "object": "https://www.wikidata.org/entity/Q283"}
    for subject in SUBJECTS:
        rows: list[dict[str, Any]] = [
            {"title": f"{subject} {n}", "text": f"{subject} has quality {n}."} for n in range(5)
        ]
        rows[0] |= {"links": [link]}
        rows[1] |= {"license": "CC-BY-SA-4.0"}
        world.add(rows, subject)
    asked = [{"question": f"What of {subject}?", "relevant": [f"{subject} 2"]} for subject in SUBJECTS]
    world.add_collections({"water": asked}, kind=Kind.QUESTION)
    replaced = {"predicate": "dcterms:replaces", "object": f"{SUBJECTS[0]}/{SUBJECTS[0]} 3"}
    world.add([{"text": "water has another quality.", "links": [replaced]}], SUBJECTS[0])
    by_hand = world.propose_files({"trees.csv": CSV}).number
    mapping = Mapping({}, {"license": "cc0-1.0", "lang": "en", "topic": ["science"], "source.title": "Trees"})
    identity = world.identity(MAINTAINER)
    adopted = adopt.adopt(world.repository(), by_hand, key_of(MAINTAINER), identity, mapping=mapping).proposal
    assert adopted
    world.approve(adopted.number, REVIEWER)
    world.land(adopted.number)
    rotation = key.rotate(
        world.repository(CONTRIBUTOR),
        world.snapshot(need=Need.GOVERNANCE),
        key_of(CONTRIBUTOR),
        key_of("carl's new key"),
        world.identity(),
    )
    world.land(rotation.number)


@pytest.fixture(scope="module")
def pristine(found_commons: Any, make_embedder: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    world: World = found_commons()
    founded(world)
    world.build(make_embedder())
    place = tmp_path_factory.mktemp("mutations") / "pristine"
    shutil.copytree(world.snapshot().folder, place)
    return place


@dataclass(frozen=True)
class Mutant:
    """A copy whose files are hard links to the healthy ones, so that putting one in the place of another costs nothing."""

    folder: Path
    healthy: Path

    def read(self, path: str) -> bytes:
        return (self.healthy / path).read_bytes()

    def write(self, path: str, data: bytes) -> str:
        place = self.folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.unlink(missing_ok=True)  # never through the link
        place.write_bytes(data)
        return path

    def heal(self, path: str) -> None:
        """Whatever became of ``path`` and its folder."""
        place = self.folder / path
        if place.is_dir() and not place.is_symlink():
            shutil.rmtree(place)
        place.unlink(missing_ok=True)
        if (self.healthy / path).is_file():
            os.link(self.healthy / path, place)
        for parent in place.parents:
            if any(parent.glob("*")) or parent == self.folder:
                break
            parent.rmdir()

    def problems(self) -> Iterator[str]:
        """What is wrong with it, until nobody wants to hear more."""
        plain, strays = tree.paths_of(self.folder)
        context = VerificationContext(snapshots.of_folder(self.folder), plain, strays)
        for check in steps.run(context):
            yield from check.problems


@pytest.fixture
def mutant(pristine: Path, tmp_path: Path) -> Mutant:
    shutil.copytree(pristine, tmp_path / "mutant", copy_function=os.link)
    return Mutant(tmp_path / "mutant", pristine)


# Each changes something about ``path`` and says which path a problem has to name; none where it cannot be done to this file.

Mutation = Callable[[Mutant, str], str | None]


def flip(at: float) -> Mutation:
    """One bit, at this part of the file."""

    def mutate(mutant: Mutant, path: str) -> str | None:
        data = bytearray(mutant.read(path))
        data[round(at * (len(data) - 1))] ^= 1
        return mutant.write(path, bytes(data))

    return mutate


def delete(mutant: Mutant, path: str) -> str:
    (mutant.folder / path).unlink()
    return path


def duplicate(mutant: Mutant, path: str) -> str:
    """The same bytes under another name of the same form, as far as there is one."""
    folder, _, name = path.rpartition("/")
    stem = name[:-1] + ("b" if name[-1] == "a" else "a") if "." not in name else f"a{name}"[: len(name) + 1]
    return mutant.write(f"{folder}/{stem}".lstrip("/"), mutant.read(path))


def duplicate_under_another_digest(mutant: Mutant, path: str) -> str | None:
    stem, dot, suffix = path.rpartition(".")
    place = layout.place_of(path)
    if not place or "digest" not in place.pattern:
        return None
    return mutant.write(f"{stem[:-1]}{'1' if stem[-1] == '0' else '0'}{dot}{suffix}", mutant.read(path))


def swap(mutant: Mutant, path: str) -> str | None:
    """With the next file of the same kind that holds something else."""
    place = layout.place_of(path)
    of_kind = sorted(p for p in paths_of(mutant.healthy) if layout.place_of(p) == place)
    others = [other for other in of_kind if mutant.read(other) != mutant.read(path)]
    if not others:
        return None
    return mutant.write(path, mutant.read(next((o for o in others if o > path), others[0])))


def link_out(mutant: Mutant, path: str) -> str:
    """A link to the very bytes, somewhere else."""
    (mutant.folder / path).unlink()
    (mutant.folder / path).symlink_to(mutant.healthy / path)
    return path


def link_within(mutant: Mutant, path: str) -> str:
    link = f"{path}.link"
    (mutant.folder / link).symlink_to(mutant.folder / path)
    return link


def folder_instead(mutant: Mutant, path: str) -> str:
    """A folder of code in the place of the file."""
    (mutant.folder / path).unlink()
    mutant.write(f"{path}/__init__.py", b"import os")
    return path


def pipe_instead(mutant: Mutant, path: str) -> str:
    (mutant.folder / path).unlink()
    os.mkfifo(mutant.folder / path)
    return path


OF_A_FILE: dict[str, Mutation] = {
    **{f"a bit at {at:.0%}": flip(at) for at in (0, 0.03, 0.5, 0.93, 1)},
    "half of it": lambda m, path: m.write(path, m.read(path)[: len(m.read(path)) // 2]),
    "all but its last byte": lambda m, path: m.write(path, m.read(path)[:-1]),
    "nothing": lambda m, path: m.write(path, b""),
    "a byte more": lambda m, path: m.write(path, m.read(path) + b"\n"),
    "itself twice": lambda m, path: m.write(path, m.read(path) * 2),
    "deleted": delete,
    "duplicated": duplicate,
    "duplicated under another digest": duplicate_under_another_digest,
    "swapped": swap,
    "a link out": link_out,
    "a link within": link_within,
    "a folder": folder_instead,
    "a pipe": pipe_instead,
}
STRAYS = ("evil.py", ".hidden", "__pycache__/evil.pyc", "x" * 200, "evil.parquet", "a\nb.md", "README.md")


def paths_of(folder: Path) -> list[str]:
    """Every file but the host's own, whose lines it may choose."""
    return [path for path in tree.paths_of(folder)[0] if path != layout.HOST_FILE]


def kind_of(path: str) -> str:
    place = layout.place_of(path)
    assert place, path
    return place.pattern


# One of each row of the table of paths that somebody writes to main today; a person's opening is of a proposal alone.
KINDS = sorted(
    place.pattern
    for place in layout.PLACES
    if not place.writers <= {layout.Writer.LATER, layout.Writer.HOST}
    and "<person>" not in place.pattern
    and not place.pattern.endswith(("people.json", "template.faiss"))
)


def missed(mutant: Mutant, mutate: Mutation, path: str) -> str | None:
    """What ``verify`` says where it does not name the file that was changed; None where it does, or nothing was changed."""
    named = mutate(mutant, path)
    try:
        if named is None:
            return None
        said: list[str] = []
        try:
            for problem in mutant.problems():
                said.append(problem)
                if named in problem or repr(named)[1:-1] in problem:
                    return None
        except NotACommonsError as error:  # there is nothing to verify
            if named in error.message:
                return None
            raise
        return f"{path}: {named!r} is not named in {said[:5]}"
    finally:
        for changed in {named or path, path}:
            mutant.heal(changed)


@pytest.mark.parametrize("kind", KINDS)
def test_no_change_of_a_file_is_missed_and_the_file_is_named(kind: str, mutant: Mutant) -> None:
    paths = [path for path in paths_of(mutant.healthy) if kind_of(path) == kind]
    assert paths, "the healthy commons has one"
    wrong = [
        f"{name}: {sentence}"
        for path, (name, mutate) in itertools.product(paths[:6], OF_A_FILE.items())
        if (sentence := missed(mutant, mutate, path))
    ]
    assert wrong == []
    assert list(mutant.problems()) == [], "all is healed"


def test_nothing_can_be_added_in_any_folder(mutant: Mutant) -> None:
    folders = sorted({str(Path(path).parent) for path in paths_of(mutant.healthy)} | {".", "src", "data"})
    wrong = []
    for folder, name in itertools.product(folders, STRAYS):
        path = (Path(folder) / name).as_posix()
        if not (mutant.folder / path).exists():
            wrong.append(missed(mutant, lambda m, path: m.write(path, b"import os"), path))
    assert len(wrong) > 100
    assert [sentence for sentence in wrong if sentence] == []
    assert list(mutant.problems()) == [], "all is healed"


def test_that_is_many_mutations_of_every_kind(pristine: Path) -> None:
    """What the tests above run through, and that it was not fewer than was meant."""
    paths = paths_of(pristine)
    counted = [min(6, sum(kind_of(path) == kind for path in paths)) for kind in KINDS]
    assert sorted({kind_of(path) for path in paths}) == KINDS
    # "swapped" and "duplicated under another digest" cannot be done to every file.
    assert sum(counted) * (len(OF_A_FILE) - 2) >= LEAST_MUTATIONS


@pytest.mark.parametrize("kind", KINDS)
def test_every_step_says_something_of_every_kind_of_mutant(kind: str, mutant: Mutant) -> None:
    """No file can be such that a later step ends without a verdict, with what an earlier one has noticed."""
    path = next(path for path in paths_of(mutant.healthy) if kind_of(path) == kind)
    for name in ("a bit at 50%", "nothing", "deleted", "a pipe"):
        named = OF_A_FILE[name](mutant, path)
        if path != layout.POLICY or (mutant.folder / path).is_file():
            verdict = verify.verify(snapshots.of_folder(mutant.folder))
            assert not verdict.ok, name
            assert [check.name for check in verdict.checks] == [*(check.value for check in _ORDER), "root"]
        mutant.heal(named or path)
    assert verify.verify(snapshots.of_folder(mutant.folder)).ok


_ORDER = (
    Check.FILES,
    Check.LOG,
    Check.STATEMENTS,
    Check.INVENTORY,
    Check.RULES,
    Check.ROWS,
    Check.INDEX,
    Check.PAGES,
)


def test_a_witness_may_sign_the_checkpoint_and_nothing_else_is_let_through(mutant: Mutant) -> None:
    signed = mutant.read(layout.CHECKPOINT)
    note = notes.parse(signed)
    witness = SignerKey("witness.example/w", SignatureType.ED25519, key_of("a witness").private)
    cosigned = checkpoints.sign(checkpoints.parse_text(note.text), witness).to_bytes()
    mutant.write(layout.CHECKPOINT, signed + cosigned.splitlines(keepends=True)[-1])
    assert list(mutant.problems()) == []
    mutant.write(layout.CHECKPOINT, signed + b"anything else\n")
    assert any(layout.CHECKPOINT in problem for problem in mutant.problems())


@pytest.mark.parametrize(
    ("line", "fine"),
    [
        (b"*.parquet filter=lfs diff=lfs merge=lfs -text\n", True),
        (b"# Audio files - uncompressed\n", True),
        (b"\n", True),
        (b"*.py filter=evil\n", False),
        (b"* export-subst ident\n", False),
        (b"*.md text eol=crlf\n", False),
        (b"\xff\x00\n", False),
        (b"# $(rm -rf)\n", False),
    ],
)
def test_a_host_may_say_how_files_are_stored_and_no_more(line: bytes, fine: bool, mutant: Mutant) -> None:
    mutant.write(layout.HOST_FILE, mutant.read(layout.HOST_FILE) + line)
    assert (list(mutant.problems()) == []) is fine
    if not fine:
        assert any(layout.HOST_FILE in problem for problem in mutant.problems())
