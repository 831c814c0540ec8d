"""Migrating a commons of an earlier format: the golden repositories, put on a Hub as they were published then."""

from __future__ import annotations

import itertools
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import rfc8785
from support import mortal
from support.embedder import TinyEmbedder
from support.world import World, key_of, pem_of

from commons import digests, layout
from commons.cli import run
from commons.errors import CommonsError
from commons.hub.repository import Repository
from commons.index import library as libraries
from commons.intake.mapping import Mapping
from commons.layout import Kind, Need
from commons.ledger import contributions, envelopes, merkle, statements
from commons.ledger.keys import SigningKey
from commons.ledger.statements import StatementKind
from commons.local_hub import RunningHub
from commons.operations import adopt, build, key, land, migrate, prove, review, search, show, verify
from commons.records import identity, shards
from commons.records.schema import Record
from commons.snapshots import sealed_commit
from commons.verification.verdict import Verdict

# What is killed runs in a process of its own, and has the confined child.
pytestmark = pytest.mark.usefixtures("gate_in_this_process")

GOLDEN = Path(__file__).parents[1] / "golden"
WHOLE = "format-2-whole"
MAINTAINER = {"format-1": "maya", "format-2": "maya", WHOLE: "maya the second"}  # whose key holds the role
ROSA = "kk1hzglcyd3hcfqq4eyvytm3p43e6jtck45s2bob227mj4wbflgugta"  # a reviewer, in the whole one
MAYA, CARL = key_of(MAINTAINER[WHOLE]), key_of("carl the second")

UNSIGNED = "index/tiny: who built it, which was before builds were signed; the next build signs it"

Changes = dict[str, bytes | None]  # path -> other bytes, or None to leave it out


@pytest.fixture(scope="session")
def publish(
    hub: RunningHub, tokens: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., World]:
    """A function: a golden repository, with changes, on the Hub."""
    numbers = itertools.count(1)

    def published(name: str = WHOLE, changes: Changes | None = None) -> World:
        folder = tmp_path_factory.mktemp("older")
        world = World(hub.url, tokens, f"maya/older-{next(numbers)}", folder, folder / "cache")
        copy = shutil.copytree(GOLDEN / name, folder / "copy")
        for path, data in (changes or {}).items():
            if data is None:
                (copy / path).unlink()
            else:
                (copy / path).parent.mkdir(parents=True, exist_ok=True)
                (copy / path).write_bytes(data)
        world.api().create_repo(world.repo_id, repo_type="dataset")
        world.api().upload_folder(repo_id=world.repo_id, repo_type="dataset", folder_path=copy)
        return world

    return published


@pytest.fixture(scope="module")
def older(publish: Callable[..., World]) -> World:
    """One that nobody changes."""
    return publish()


@pytest.fixture(scope="module")
def settled(publish: Callable[..., World]) -> World:
    """One that was migrated, and that nobody changes."""
    world = publish()
    migrate.migrate(world.repository(), MAYA)
    return world


@pytest.fixture
def migrated(publish: Callable[..., World]) -> World:
    world = publish()
    migrate.migrate(world.repository(), MAYA)
    return world


def verified(world: World, embedder: TinyEmbedder | None = None) -> Verdict:
    verdict = verify.verify(world.snapshot(), embedder=embedder)
    assert verdict.ok, [f"{check.name} {p}" for check in verdict.checks for p in check.problems]
    return verdict


def assumptions(world: World) -> list[str]:
    return [sentence for check in verified(world).checks for sentence in check.assumptions]


def texts(world: World) -> list[str]:
    snapshot = world.snapshot()
    rows = (shards.read(Kind.RECORD, snapshot.path(shard)) for shard in snapshot.shards(Kind.RECORD))
    return sorted(row.text for row in itertools.chain.from_iterable(rows) if isinstance(row, Record))


def leaves(world: World) -> list[StatementKind]:
    return [leaf.kind for leaf in world.snapshot().log().leaves()]


def golden(path: str, name: str = WHOLE) -> bytes:
    return (GOLDEN / name / path).read_bytes()


class TestTheCommit:
    @pytest.mark.parametrize("name", MAINTAINER)
    def test_what_was_signed_stays_and_all_that_is_published_is_bound(
        self, publish: Callable[..., World], name: str, embedder: TinyEmbedder
    ) -> None:
        world = publish(name)
        before, root, rows = world.head(), verified(world).root, texts(world)
        migration = migrate.migrate(world.repository(), key_of(MAINTAINER[name]))
        assert migration.changes
        assert world.repository().history("main")[:2] == [migration.sha, before], "one commit"
        verdict = verified(world, embedder)
        assert (verdict.root, texts(world)) == (root, rows)
        assert leaves(world)[-2:] == [StatementKind.FORMAT, StatementKind.INVENTORY]
        world.snapshot().refuse_unwritable()

    def test_the_same_keys_have_the_same_roles_for_their_persons(self, settled: World) -> None:
        roles = settled.snapshot().roles
        former = json.loads(golden(layout.ROLES))
        for name in ("maintainers", "reviewers"):
            assert [key.key_id for key in getattr(roles, name)] == [key["key_id"] for key in former[name]]
        assert roles.version == 2
        assert roles.members == {settled.identity("maya").person}

    def test_keys_of_one_user_are_one_person_by_the_name_that_the_hub_has(self, settled: World) -> None:
        snapshot, repository = settled.snapshot(), settled.repository()
        assert not snapshot.has(layout.PEOPLE_OF_FORMAT_2)
        table = {person.user: person for person in snapshot.people_table.persons.values()}
        assert {user: set(person.keys) for user, person in table.items()} == {
            "maya": {key_of("maya").public.key_id, MAYA.public.key_id, ROSA},
            "carl": {key_of("carl").public.key_id, CARL.public.key_id},
            "eve": set(),
        }
        assert [person.accounts for person in table.values()] == [
            (repository.account(str(user)),) for user in table
        ]
        (adopted,) = table["eve"].adopted
        assert adopted in snapshot.openings()

    def test_no_page_but_the_credits_names_who_proposed(self, settled: World) -> None:
        changelog = settled.snapshot().read(layout.CHANGELOG).decode()
        assert "Add 2 questions to water \\(CC\\-BY\\-4\\.0\\) (#3)." in changelog
        assert "proposed by" not in changelog
        assert "* Format 3: " in changelog

    def test_a_page_of_nothing_that_is_here_goes(self, publish: Callable[..., World]) -> None:
        world = publish(changes={"cards/gone.md": b"# Gone\n"})
        migration = migrate.migrate(world.repository(), MAYA)
        assert migration.changes
        assert "cards/gone.md" in migration.changes.removed
        verified(world)

    def test_a_dry_run_says_the_same_and_changes_nothing(self, publish: Callable[..., World]) -> None:
        world = publish()
        before = world.head()
        planned = migrate.plan(world.repository(), MAYA)
        assert (planned.sha, world.head()) == ("", before)
        assert planned.changes == migrate.migrate(world.repository(), MAYA).changes

    def test_it_stands_on_what_main_is_by_then(
        self, publish: Callable[..., World], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The race is lost once, and what came meanwhile is bound too."""
        world, commit, moves = publish(), Repository.commit, iter([{"cards/new.md": b"# New\n"}])

        def late(repository: Repository, files: Any, **options: Any) -> str:
            for other in moves:
                commit(repository, other, message="Meanwhile", parent=repository.head())
            return commit(repository, files, **options)

        monkeypatch.setattr(Repository, "commit", late)
        migration = migrate.migrate(world.repository(), MAYA)
        assert migration.changes
        assert "cards/new.md" in migration.changes.removed
        verified(world)


class TestAfterwards:
    def test_people_contribute_review_land_and_search_what_was_and_what_is_new(
        self, migrated: World, embedder: TinyEmbedder
    ) -> None:
        hail = [{"title": "Hail", "text": "Hail is ice that falls from thunderclouds."}]
        number = migrated.propose_collections({"water": hail}, key=CARL).number
        migrated.approve(number, key=MAYA)
        land.land(migrated.repository(), number, MAYA)
        verified(migrated)
        build.build_and_publish(migrated.repository(), MAYA, embedder, migrated.folder / "work")
        assert UNSIGNED not in assumptions(migrated)
        library = libraries.open_library(migrated.snapshot(), embedder)
        for question, title in (("When does water boil?", "Water"), ("What is hail?", "Hail")):
            assert title in [hit.record.title for hit in search.find(library, question, k=3).hits]

    def test_an_index_that_was_there_stays_unsigned_and_is_said_to_be_until_the_next_build(
        self, migrated: World, embedder: TinyEmbedder
    ) -> None:
        assert UNSIGNED in assumptions(migrated)
        published = build.build_and_publish(migrated.repository(), MAYA, embedder, migrated.folder / "work")
        assert published.sha, "nothing is new but the signature"
        assert leaves(migrated)[-2:] == [StatementKind.INDEX, StatementKind.INVENTORY]
        assert UNSIGNED not in assumptions(migrated)
        again = build.build_and_publish(migrated.repository(), MAYA, embedder, migrated.folder / "work")
        assert again.sha == ""

    def test_an_index_that_changed_since_has_to_be_signed(self, migrated: World) -> None:
        manifest = layout.manifest_path("tiny")
        sealed_commit.commit(
            migrated.snapshot(),
            MAYA,
            {manifest: json.dumps(json.loads(golden(manifest))).encode()},
            statements=[],
            message="The same in other bytes",
        )
        verdict = verify.verify(migrated.snapshot())
        problems = next(check.problems for check in verdict.checks if check.name == layout.Check.INDEX)
        assert f"{manifest}: no statement in the log says who built this index" in problems

    def test_a_second_run_says_that_it_is_done(self, settled: World) -> None:
        before = settled.head()
        assert migrate.migrate(settled.repository(), MAYA) == migrate.Migration(None)
        assert migrate.plan(settled.repository(), MAYA) == migrate.Migration(None)
        assert settled.head() == before

    def test_what_was_founded_in_this_format_has_nothing_to_migrate(self, world: World) -> None:
        assert migrate.migrate(world.repository(), key_of("maya")) == migrate.Migration(None)


class TestWhatIsNotCarriedOver:
    def test_a_shard_of_another_writer_is_written_anew_and_the_index_of_its_bytes_goes(
        self, publish: Callable[..., World]
    ) -> None:
        (shard,) = (GOLDEN / WHOLE / "data" / "by-sa").rglob("*.parquet")
        foreign = pa.BufferOutputStream()
        pq.write_table(pq.read_table(shard), foreign, compression="gzip")
        data = foreign.getvalue().to_pybytes()
        old = shard.relative_to(GOLDEN / WHOLE).as_posix()
        other = f"{old.rpartition('/')[0]}/{digests.sha256_hex(data)}.parquet"
        world = publish(changes={old: None, other: data})
        migration = migrate.migrate(world.repository(), MAYA)
        assert migration.changes
        assert migration.changes.encoded == {other: old}
        assert migration.changes.index_removed == "The index was of the records' former bytes and is removed."
        assert not any(path.startswith(layout.INDEX) for path in world.files())
        assert world.snapshot().read(old) == shard.read_bytes()
        verified(world)

    def test_an_index_that_does_not_hold_goes(self, publish: Callable[..., World]) -> None:
        place = layout.faiss_path("tiny", "open")
        world = publish(changes={place: golden(place)[:-1]})
        migration = migrate.migrate(world.repository(), MAYA)
        assert migration.changes
        assert migration.changes.index_removed == "The index does not hold and is removed."
        assert not any(path.startswith(layout.INDEX) for path in world.files())
        assert b"## Search quality" not in world.snapshot().read(layout.CARD)
        verified(world)


PEOPLE = json.loads(golden(layout.PEOPLE_OF_FORMAT_2))
FIRST_CARL = key_of("carl").public.key_id

REFUSED: dict[str, tuple[Changes, str]] = {
    "policy edited by hand": (
        {layout.POLICY: golden(layout.POLICY).replace(b"approve = 1", b"approve = 2")},
        "rules-edited",
    ),
    "a file that belongs nowhere": ({"train.py": b"print()\n"}, "not-verified"),
    "openings that are gone": ({next(iter(sorted(
        path.relative_to(GOLDEN / WHOLE).as_posix() for path in (GOLDEN / WHOLE / "log" / "openings").iterdir()
    ))): None}, "not-verified"),
    "an envelope that is in no log": ({layout.envelope_path(digests.sha256_hex(b"{}")): b"{}"}, "not-verified"),
    "a checkpoint of nobody": ({layout.CHECKPOINT: b"knowledge-commons/tests/golden\n"}, "malformed-note"),
    "a people table that is none": ({layout.PEOPLE_OF_FORMAT_2: b"[]"}, "policy"),
    "a people table with a number for a user": (
        {layout.PEOPLE_OF_FORMAT_2: json.dumps({FIRST_CARL: {"hub_user": 5}}).encode()},
        "policy",
    ),
    "a reviewer whom nobody knows": (
        {layout.PEOPLE_OF_FORMAT_2: json.dumps({k: v for k, v in PEOPLE.items() if k != ROSA}).encode()},
        "account-unknown",
    ),
    "a name without a user": (
        {layout.PEOPLE_OF_FORMAT_2: json.dumps({**PEOPLE, FIRST_CARL: {"name": "Carl"}}).encode()},
        "account-unknown",
    ),
    "a user that is none": (
        {layout.PEOPLE_OF_FORMAT_2: json.dumps({**PEOPLE, ROSA: {"hub_user": "rosa of the hills"}}).encode()},
        "account-unknown",
    ),
}  # fmt: skip


class TestRefused:
    @pytest.mark.parametrize("name", REFUSED)
    def test_what_does_not_hold_or_is_not_known_is_refused_before_anything_changes(
        self, publish: Callable[..., World], name: str
    ) -> None:
        changes, code = REFUSED[name]
        world = publish(changes=changes)
        before = world.head()
        for act in (migrate.plan, migrate.migrate):
            with pytest.raises(CommonsError) as caught:
                act(world.repository(), MAYA)
            assert caught.value.code == code, caught.value.message
        assert world.head() == before

    def test_by_a_key_that_is_no_maintainers(self, older: World) -> None:
        before = older.head()
        for signer in (key_of("maya"), CARL):  # retired, and never one
            with pytest.raises(CommonsError) as caught:
                migrate.migrate(older.repository(), signer)
            assert caught.value.code == "not-a-maintainer"
        assert older.head() == before

    def test_the_account_of_a_reviewer_can_be_said(self, publish: Callable[..., World]) -> None:
        world = publish(changes=REFUSED["a reviewer whom nobody knows"][0])
        migrate.migrate(world.repository(), MAYA, accounts={ROSA: "eve"})
        snapshot = world.snapshot()
        eve = snapshot.people_table.of_account(world.repository().account("eve"))
        assert eve
        assert (snapshot.roles.person_of(ROSA), eve.keys) == (eve.id, (ROSA,))
        verified(world)

    def test_an_account_for_a_key_that_plays_no_part(self, older: World) -> None:
        stranger = key_of("eve").public.key_id
        with pytest.raises(CommonsError, match=stranger) as caught:
            migrate.plan(older.repository(), MAYA, accounts={stranger: "eve"})
        assert caught.value.code == "usage"

    def test_a_maintainer_whom_the_table_does_not_know_is_the_one_who_migrates(
        self, publish: Callable[..., World]
    ) -> None:
        nobody = json.dumps({ROSA: {"hub_user": "eve", "name": "Rosa", "orcid": "0000-0002-1825-0097"}})
        world = publish(changes={layout.PEOPLE_OF_FORMAT_2: nobody.encode()})
        migrate.migrate(world.repository(), MAYA)
        table = world.snapshot().people_table
        maya = table.of_account(world.repository().account())
        assert maya
        assert maya.keys == (MAYA.public.key_id,)
        rosa = table.names()[ROSA]
        assert (rosa.name, rosa.orcid) == ("Rosa", "0000-0002-1825-0097")
        verified(world)


class TestBefore:
    """Nothing is written in an older format any more, and everything is read."""

    def test_every_writing_operation_names_the_way(
        self, publish: Callable[..., World], embedder: TinyEmbedder
    ) -> None:
        world = publish()
        number = world.propose_files({"notes.csv": b"text\nSnow is white.\n"}).number
        before, repository = world.head(), world.repository()
        someone = world.identity("carl")
        writing: dict[str, Callable[[], object]] = {
            "contribute": lambda: world.prepare([{"text": "Snow is white."}]),
            "key": lambda: key.register(world.repository("carl"), world.snapshot(), CARL, someone),
            "adopt": lambda: adopt.adopt(repository, number, MAYA, someone, mapping=Mapping()),
            "review": lambda: review.submit(show.examine(repository, number), MAYA, approve=True),
            "land": lambda: land.land(repository, number, MAYA),
            "build": lambda: build.build_and_publish(repository, MAYA, embedder, world.folder / "work"),
        }
        for name, write in writing.items():
            with pytest.raises(CommonsError) as caught:
                write()
            assert caught.value.code == "format-older", name
            assert caught.value.hint.endswith("commons migrate"), name
        assert world.head() == before

    def test_it_is_searched_proved_and_verified(self, older: World, embedder: TinyEmbedder) -> None:
        library = libraries.open_library(older.snapshot(), embedder)
        assert search.find(library, "When does water boil?", k=1).hits[0].record.title == "Water"
        snapshot = older.snapshot(need=Need.PROVING)
        (some, *_) = (name for name in snapshot.row_ids() if identity.is_record_id(name))
        assert prove.prove(snapshot, some)
        verified(older, embedder)


# Proposals that were open


def signed_before(
    kind: StatementKind, subject: dict[str, Any], predicate: dict[str, Any], signer: SigningKey
) -> bytes:
    """A statement of generation 1, which nothing of ours writes any more."""
    common = {
        "commons": "knowledge-commons/tests/golden",
        "nonce": "0" * 32,
        "key": signer.public.raw.hex(),
        "time": "2026-11-25T12:00:00Z",
    }
    statement = statements.as_json(kind, subject, {**common, **predicate})
    statement["predicateType"] = f"{statements.TYPE_PREFIX}{kind.value}:v1"
    return envelopes.sign(rfc8785.dumps(statement), signer)


def rows_offered_before(record: Record) -> dict[str, bytes]:
    made = contributions.seal(
        {(Kind.RECORD, "open", "notes"): [record]}, CARL, commons="unused", person="kp1" + "a" * 52
    )
    opened = shards.read_openings(made.files[layout.openings_path(made.id)])
    root = merkle.root([row["commitment"] for row in opened])
    envelope = signed_before(
        StatementKind.CONTRIBUTION,
        {"name": made.id, "digest": {"rfc6962-sha256": root.hex()}},
        {"certificate": statements.CERTIFICATE, "rows": {"data": 1}},
        CARL,
    )
    rest = {path: data for path, data in made.files.items() if not layout.parse_envelope(path)}
    return {**rest, layout.envelope_path(digests.sha256_hex(envelope)): envelope}


def key_offered_before() -> dict[str, bytes]:
    subject = {"name": CARL.public.key_id, "digest": {"ed25519": CARL.public.raw.hex()}}
    envelope = signed_before(StatementKind.KEY, subject, {"action": "register"}, CARL)
    return {layout.envelope_path(digests.sha256_hex(envelope)): envelope}


def requests(world: World, number: int) -> list[str]:
    comments = world.repository().proposal(number).comments
    return [comment.text for comment in comments if "**Please sign again.**" in comment.text]


class TestOpenProposals:
    def test_who_signed_for_the_former_format_is_asked_once_to_sign_again(
        self, publish: Callable[..., World], make_record: Any
    ) -> None:
        world = publish()
        rows = world.propose_files(rows_offered_before(make_record("Snow is white."))).number
        registration = world.propose_files(key_offered_before()).number
        by_hand = world.propose_files({"notes.csv": b"text\nSnow is white.\n"}, "eve").number
        assert migrate.migrate(world.repository(), MAYA).asked == (rows, registration)
        assert migrate.migrate(world.repository(), MAYA).asked == ()
        (request,) = requests(world, rows)
        assert f"commons contribute FILE --repo {world.repo_id}" in request
        (request,) = requests(world, registration)
        assert "commons key" in request
        assert requests(world, by_hand) == []

    def test_killed_at_any_request_it_is_the_old_state_or_the_new_and_a_second_run_finishes(
        self, publish: Callable[..., World], make_record: Any, tmp_path: Path
    ) -> None:
        world = publish()
        numbers = [
            world.propose_files(rows_offered_before(make_record(text))).number
            for text in ("Snow is white.", "Ice floats.")
        ]
        old = world.head()
        with self.machine(world, tmp_path) as machine:
            # with an empty cache there are more requests
            assert (machine.run(point=7), world.head()) == (mortal.SIGKILL, old)
            assert (machine.run(path="/commit/main"), world.head()) == (mortal.SIGKILL, old)
            for point in itertools.count():
                code = machine.run(point=point)
                if world.head() != old:
                    break
                assert (code, [requests(world, number) for number in numbers]) == (mortal.SIGKILL, [[], []])
            assert (point > 3, code) == (True, mortal.SIGKILL), "killed between its commit and its comments"
            new = world.head()
            assert world.repository().history("main")[1] == old, "in one commit"
            for number in numbers:  # each run gets one request further, until all have been asked
                assert machine.run(path=f"/discussions/{number}/comment", delay_s=0.05) in (0, mortal.SIGKILL)
            assert machine.run() == 0
        assert [len(requests(world, number)) for number in numbers] == [1, 1]
        assert world.head() == new
        verified(world)

    def machine(self, world: World, folder: Path) -> Any:
        return mortal.machine(
            "commons.operations.migrate:migrate",
            world.repo_id,
            MAYA,
            url=world.url,
            token=world.tokens["maya"],
            cache=folder / "cache",
        )


class TestTheCommand:
    @pytest.fixture
    def terminal(
        self,
        publish: Callable[..., World],
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> Callable[..., tuple[int, str, str]]:
        """A function: arguments -> exit code, stdout, stderr; as the maintainer of an older commons without Rosa's account."""
        world = publish(changes=REFUSED["a reviewer whom nobody knows"][0])
        monkeypatch.setenv("HF_ENDPOINT", world.url)
        monkeypatch.setenv("HF_TOKEN", world.tokens["maya"])
        monkeypatch.setenv("COMMONS_REPO", world.repo_id)
        monkeypatch.setenv("COMMONS_HOME", str(tmp_path))
        monkeypatch.setenv("COMMONS_KEY", pem_of(MAYA))

        def typed(*arguments: str) -> tuple[int, str, str]:
            capsys.readouterr()
            code = run(["migrate", *arguments])
            return code, *capsys.readouterr()

        return typed

    def test_the_whole_way(self, terminal: Callable[..., tuple[int, str, str]]) -> None:
        code, _, complaint = terminal()
        assert (code, f"commons migrate --account {ROSA}=USER" in complaint) == (1, True)
        assert terminal("--account", "rosa")[0] == 64
        code, words, _ = terminal("--account", f"{ROSA}=eve", "--dry-run")
        assert (code, "persons behind keys" in words, "Nothing was changed." in words) == (0, True, True)
        code, result, _ = terminal("--account", f"{ROSA}=eve", "--format", "json")
        migrated = json.loads(result)
        assert (code, migrated["format"], migrated["persons"], migrated["asked"]) == (0, 3, 3, [])
        assert migrated["url"].endswith(migrated["commit"])
        assert terminal() == (0, "This commons has format 3 already.\n", "")
