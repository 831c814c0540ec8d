"""The command line: one result on stdout, everything else on stderr, and an exit code that scripts can trust."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import pytest
from jsonschema import Draft202012Validator
from support import terminal
from support.world import pem_of

from commons import layout
from commons.cli import cli, run
from commons.layout import Kind
from commons.ledger import keys
from commons.records import shards
from commons.records.catalogue import Filters

if TYPE_CHECKING:
    from support.world import World

pytestmark = pytest.mark.usefixtures("gate_in_this_process")

GOOD = ["--license", "cc0-1.0", "--lang", "en", "--topic", "science", "--source-title", "A notebook"]


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """stdout is one JSON value and nothing else."""
        return json.loads(self.out)


class Terminal:
    """Runs commands as somebody: with their token and key, in their folder."""

    def __init__(self, world: World, folder: Path, capsys: pytest.CaptureFixture[str], patch: Any) -> None:
        self.world, self.folder, self.capsys, self.patch = world, folder, capsys, patch
        self.be("carl")

    def be(self, who: str) -> Terminal:
        terminal.sit_down(self.patch, self.world, who, self.folder, has_key=who == "maya")
        return self

    def __call__(self, *arguments: str | Path) -> Done:
        self.capsys.readouterr()
        code = run([str(argument) for argument in arguments])
        captured = self.capsys.readouterr()
        return Done(code, captured.out, captured.err)

    def write(self, name: str, text: str | bytes) -> Path:
        path = self.folder / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path


@pytest.fixture
def commons(
    shared: World,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Terminal:
    """A terminal in a fresh folder, at a commons that the module shares; Maya has her key, Carl none yet."""
    return Terminal(shared, tmp_path, capsys, monkeypatch)


def leaves(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, command in group.commands.items():
        yield (*path, name)
        if isinstance(command, click.Group):
            yield from leaves(command, (*path, name))


class TestHelp:
    @pytest.mark.parametrize("path", [(), *leaves(cli)], ids=" ".join)
    def test_every_help_text_ends_with_examples_that_name_commons(
        self, path: tuple[str, ...], commons: Terminal
    ) -> None:
        done = commons(*path, "--help")
        assert done.code == 0
        help_text = done.out or done.err
        assert "Examples:" in help_text or "examples:" in help_text
        examples = help_text[help_text.lower().rindex("examples:") :]
        assert "commons " in examples

    def test_the_version(self, commons: Terminal) -> None:
        assert commons("--version").code == 0

    @pytest.mark.parametrize(
        "arguments",
        [
            ["nonsense"],
            ["--nonsense"],
            ["contribute"],
            ["check"],
            ["land"],
            ["land", "twelve"],
            ["show", "0"],
            ["land", "0"],
            ["review", "0", "--approve"],
            ["review", "1"],
            ["search"],
            ["search", "x", "--format", "yaml"],
            ["search", "x", "-k", "many"],
            ["contribute", "a.csv", "--map", "nonsense"],
            ["contribute", "a.csv", "--map", "titel=x"],
            ["contribute", "a.csv", "--collection", "Not A Slug"],
            ["key"],
            ["init"],
        ],
        ids=" ".join,
    )
    def test_wrong_usage_is_64_and_says_so_on_stderr(self, arguments: list[str], commons: Terminal) -> None:
        commons.write("a.csv", "text\nx\n")
        done = commons(*arguments)
        assert done.code == 64
        assert done.out == ""
        assert done.err.strip()
        assert "Traceback" not in done.err

    def test_no_repository_named_anywhere_is_wrong_usage(
        self, commons: Terminal, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("COMMONS_REPO")
        done = commons("proposals")
        assert done.code == 64
        assert "--repo" in done.err


class TestKeys:
    def test_a_key_is_made_once_readable_by_its_owner_only(self, commons: Terminal) -> None:
        first = commons("key", "new")
        path = commons.folder / "carl.pem"
        assert first.code == 0
        assert first.out.startswith("kk1")
        assert path.stat().st_mode & 0o777 == 0o600
        before = path.read_bytes()
        again = commons("key", "new")
        assert again.code == 1
        assert "key-exists" in again.err
        assert path.read_bytes() == before
        assert commons("key", "show", "--format", "quiet").out == first.out
        shown = commons("key", "show", "--format", "json").json
        assert shown["key_id"] == first.out.strip()

    def test_showing_a_key_that_is_not_there_says_how_to_make_one(self, commons: Terminal) -> None:
        done = commons("key", "show")
        assert done.code == 1
        assert "commons key new" in done.err

    def test_a_key_that_cannot_be_opened_is_an_error_not_a_new_key(self, commons: Terminal) -> None:
        path = commons.write("carl.pem", "rubbish")
        done = commons("contribute", commons.write("a.csv", "text\nkey trouble\n"), *GOOD)
        assert done.code == 1
        assert "key-locked" in done.err
        assert path.read_text() == "rubbish"

    def test_nobody_ever_prints_a_private_key(self, commons: Terminal) -> None:
        commons("key", "new")
        secret = (commons.folder / "carl.pem").read_text().splitlines()[1]
        for arguments in (["key", "show"], ["key", "show", "--format", "json"], ["key", "new"]):
            done = commons(*arguments)
            assert secret not in done.out + done.err

    def test_a_bot_brings_its_key_in_the_environment(
        self, commons: Terminal, monkeypatch: pytest.MonkeyPatch, key: Any
    ) -> None:
        monkeypatch.setenv("COMMONS_KEY", pem_of(key("robot")))
        assert commons("key", "show", "--format", "quiet").out.strip() == key("robot").public.key_id


class TestCheck:
    def test_a_clean_file_is_0(self, commons: Terminal) -> None:
        done = commons("check", commons.write("a.csv", "text\nclean\n"), *GOOD)
        assert done.code == 0
        assert "Nothing stands against it. 1 new record" in done.out
        assert not list(commons.folder.glob("*.refused.jsonl")), "nothing is written"
        assert not (commons.folder / "carl.pem").exists(), "no key is needed"

    def test_a_refused_row_is_1_in_every_format(self, commons: Terminal) -> None:
        path = commons.write("a.csv", "text,lang\nfine,en\nbad,gibberish\n,xx\n")
        for style in ("auto", "human", "json", "quiet", "github"):
            assert commons("check", path, *GOOD, "--format", style).code == 1

    def test_json_is_json_and_nothing_else(self, commons: Terminal) -> None:
        path = commons.write("a.csv", "text,lang\nfine,en\nbad,gibberish\n")
        value = commons("check", path, *GOOD, "--format", "json").json
        assert value["reports"][0]["verdict"] == "clean"
        ((row,),) = value["refused"].values()
        assert row["row"] == 2
        assert row["findings"][0]["code"] == "lang-invalid"

    def test_a_text_that_contribute_would_repair_is_named(self, commons: Terminal) -> None:
        path = commons.write("a.csv", "text\nzero\u200bwidth\n")
        assert "repaired" in commons("check", path, *GOOD).out
        (note,) = commons("check", path, *GOOD, "--format", "json").json["notes"]
        assert note["code"] == "repaired"
        assert "title=repaired" in commons("check", path, *GOOD, "--format", "github").out

    def test_github_annotations_name_file_row_and_code_of_refused_rows_too(self, commons: Terminal) -> None:
        path = commons.write("a.csv", "text,lang\nfine,en\nbad,gibberish\n")
        done = commons("check", path, *GOOD, "--format", "github")
        assert "::error file=a.csv,line=3,title=lang-invalid::" in done.out
        assert all(line.startswith("::") for line in done.out.splitlines())

    @pytest.mark.parametrize("style", ["json", "github", "human", "quiet"])
    def test_when_every_row_is_refused(self, style: str, commons: Terminal) -> None:
        done = commons("check", commons.write("a.csv", "text\n\0\n"), *GOOD, "--format", style)
        assert done.code == 1
        if style == "json":
            assert done.json["reports"] == []

    def test_a_plain_folder_will_do_for_a_commons(self, commons: Terminal) -> None:
        folder = commons.world.snapshot().folder
        done = commons("check", commons.write("a.csv", "text\noffline\n"), *GOOD, "--repo", folder)
        assert done.code == 0


UNREADABLE: dict[str, tuple[str, bytes | None, str]] = {
    "a missing file": ("none.csv", None, "file-missing"),
    "an empty file": ("a.csv", b"", "file-empty"),
    "only a header": ("a.csv", b"text\n", "file-empty"),
    "a wrong encoding": ("a.csv", b"text\nx\xe4\x81y\n", "file-encoding"),
    "a damaged gzip": ("a.csv.gz", gzip.compress(b"text\nx\n" * 999)[:-20], "file-damaged"),
    "a damaged Parquet": ("a.parquet", b"PAR1 nonsense PAR1", "file-damaged"),
    "an unknown format": ("a.dat", b"%PDF-1.7", "file-disguised"),
}


class TestContribute:
    @pytest.mark.parametrize("name", UNREADABLE)
    def test_a_file_that_cannot_be_read_is_an_error_with_its_code(self, name: str, commons: Terminal) -> None:
        file, data, code = UNREADABLE[name]
        if data is not None:
            commons.write(file, data)
        for command in ("check", "contribute"):
            done = commons(command, commons.folder / file, *GOOD)
            assert done.code == 1
            assert f"({code})" in done.err
            assert done.out == ""
        assert not list(commons.folder.glob("*.refused*"))

    def test_a_good_file_becomes_a_proposal_and_a_key_is_made_on_first_use(self, commons: Terminal) -> None:
        path = commons.write("birds.csv", "text\nA robin is a bird.\nA wren is a bird.\n")
        done = commons("contribute", path, *GOOD, "--format", "json")
        assert done.code == 0
        (value,) = done.json["proposals"]
        assert value["verdict"] == "clean"
        assert value["impact"]["collections"] == {"birds": 2}
        assert value["author_key_id"] == keys.load(commons.folder / "carl.pem").public.key_id
        proposal = commons.world.repository().proposal(value["proposal"])
        assert proposal.author == "carl"
        assert value["url"] == proposal.url
        assert "Made your signing key" in done.err

    def test_quiet_prints_the_number_and_nothing_else(self, commons: Terminal) -> None:
        done = commons("contribute", commons.write("q.csv", "text\nquiet one\n"), *GOOD, "--format", "quiet")
        assert done.code == 0
        assert done.out.strip().isdigit()

    def test_refused_rows_hold_back_the_rest_until_partial_is_accepted(self, commons: Terminal) -> None:
        path = commons.write("p.csv", "text,lang\npartial good,en\npartial bad,gibberish\n")
        numbers = len(commons.world.repository().proposals())
        done = commons("contribute", path, *GOOD)
        assert done.code == 1
        assert "--accept-partial" in done.err
        assert len(commons.world.repository().proposals()) == numbers
        refused = commons.folder / "p.csv.refused.jsonl"
        (row,) = [json.loads(line) for line in refused.read_text().splitlines()]
        assert (row["row"], row["findings"][0]["code"]) == (2, "lang-invalid")

        done = commons("contribute", path, *GOOD, "--accept-partial", "--format", "json")
        assert done.code == 0
        snapshot = commons.world.snapshot(f"refs/pr/{done.json['proposals'][0]['proposal']}")
        (shard,) = [s for s in snapshot.shards(Kind.RECORD) if s.collection == "p"]
        assert [r.text for r in shards.read(Kind.RECORD, snapshot.path(shard))] == ["partial good"]  # type: ignore[union-attr]
        assert refused.exists()

        path.write_text("text,lang\npartial mended,en\n")
        assert commons("contribute", path, *GOOD).code == 0
        assert not refused.exists(), "every row passes now"

    def test_files_of_the_same_name_have_refused_files_of_their_own(self, commons: Terminal) -> None:
        for folder, text in (("a", "bad one"), ("b", "fine")):
            (commons.folder / folder).mkdir()
            lang = "gibberish" if folder == "a" else "en"
            (commons.folder / folder / "n.csv").write_text(f"text,lang\n{text},{lang}\n")
        done = commons("contribute", "a/n.csv", "b/n.csv", *GOOD)
        assert done.code == 1
        assert (commons.folder / "a" / "n.csv.refused.jsonl").exists()
        assert not (commons.folder / "b" / "n.csv.refused.jsonl").exists()

    def test_a_file_of_which_every_row_is_refused_is_1(self, commons: Terminal) -> None:
        path = commons.write("nc.csv", "text\nsomething\n")
        done = commons("contribute", path, *GOOD, "--license", "cc-by-nc-4.0")
        assert done.code == 1
        assert "license-refused" in done.err
        assert "commercial" in done.err

    def test_anyway_offers_a_refused_licence_for_the_community_to_answer(self, commons: Terminal) -> None:
        path = commons.write("nc.csv", "text\nsomething else\n")
        done = commons("contribute", path, *GOOD, "--license", "cc-by-nc-4.0", "--anyway", "--format", "json")
        (offered,) = done.json["proposals"]
        assert offered["proposal"]
        assert offered["verdict"] == "refuse"

    def test_a_dry_run_sends_nothing(self, commons: Terminal) -> None:
        numbers = len(commons.world.repository().proposals())
        path = commons.write("d.csv", "text\ndry\n")
        for style in ("human", "json", "quiet"):
            assert commons("contribute", path, *GOOD, "--dry-run", "--format", style).code == 0
        assert len(commons.world.repository().proposals()) == numbers

    @pytest.mark.parametrize("style", ["json", "human", "quiet"])
    def test_what_the_gate_refuses_is_not_sent_and_json_stays_json(
        self, style: str, commons: Terminal
    ) -> None:
        path = commons.write("x.csv", "text\nreserved\n")
        done = commons("contribute", path, *GOOD, "--collection", "links", "--format", style)
        assert done.code in (1, 64)
        if style == "json" and done.out:
            assert done.json["proposals"][0]["verdict"] == "refuse"

    def test_a_mapping_on_the_line_and_in_a_file(self, commons: Terminal) -> None:
        path = commons.write("m.tsv", "q\ta\tc\nWhy mapped?\tBecause.\tChad\n")
        done = commons("check", path, *GOOD, "--map", "title=q,text=a", "--format", "json")
        assert done.json["reports"][0]["impact"]["samples"][0]["title"] == "Why mapped?"
        toml = commons.write("m.toml", '[map]\ntitle = "{c}: {q}"\ntext = "a"\n')
        done = commons("check", path, *GOOD, "--map-file", toml, "--format", "json")
        assert done.json["reports"][0]["impact"]["samples"][0]["title"] == "Chad: Why mapped?"
        done = commons("check", path, *GOOD, "--map", "text=answer")
        assert done.code == 1
        assert "(mapping-column)" in done.err
        assert "q, a, c" in done.err

    def test_strange_names_and_values_end_in_words_not_a_traceback(self, commons: Terminal) -> None:
        commons.write("weird.jsonl", '{"text": "x [bold]y[/] \\u001b[31m", "\\ud800": 1, "[red]": 2}\n')
        done = commons("check", commons.folder / "weird.jsonl", *GOOD)
        assert done.code == 1
        for name in ("[bold]x.csv", "a\nb.csv"):
            done = commons("contribute", name, *GOOD)
            assert done.code == 1
            assert "file-missing" in done.err

    def test_a_message_to_the_maintainers_goes_along(self, commons: Terminal) -> None:
        path = commons.write("msg.csv", "text\nwith a message\n")
        done = commons("contribute", path, *GOOD, "-m", "Please look", "--format", "json")
        details = commons.world.api().get_discussion_details(
            commons.world.repo_id, done.json["proposals"][0]["proposal"], repo_type="dataset"
        )
        assert any("Please look" in (getattr(event, "content", "") or "") for event in details.events)


@pytest.mark.parametrize(
    ("typed", "meant"), [("reveiw", "review"), ("contribut", "contribute"), ("qqqq", "")]
)
def test_a_misspelt_command_is_told_what_it_may_have_been(typed: str, meant: str, commons: Terminal) -> None:
    done = commons(typed)
    assert done.code == 64
    assert (f"Did you mean {meant}?" in done.err) if meant else ("Did you mean" not in done.err)


class TestTheMaintainersRoad:
    def test_proposals_show_review_land(self, commons: Terminal) -> None:
        path = commons.write("road.csv", "text\nThe road goes on.\n")
        number = commons("contribute", path, *GOOD, "--format", "quiet").out.strip()

        commons.be("maya")
        assert number in commons("proposals", "--format", "quiet").out.split()
        listed = commons("proposals", "--format", "json").json
        assert {str(p["number"]): p["author"] for p in listed}[number] == "carl"
        assert "road" in commons("proposals").out

        shown = commons("show", number, "--format", "json").json
        assert (shown["verdict"], shown["decision"]) == ("clean", "wait")
        assert commons("show", number).code == 0

        early = commons("land", number)
        assert early.code == 1
        assert "not-accepted" in early.err
        assert f"commons review {number} --approve" in early.err

        reviewed = commons("review", number, "--approve", "--format", "json").json
        assert reviewed["decision"] == "accept"
        landed = commons("land", number, "--format", "json").json
        assert landed["records"] == 1
        assert landed["sha"] == commons.world.head()
        assert layout.parse_openings(f"log/openings/{landed['contribution']}.parquet")

        again = commons("land", number)
        assert again.code == 1
        assert "proposal-closed" in again.err
        assert number not in commons("proposals", "--format", "quiet").out.split()
        assert number in commons("proposals", "--all", "--format", "quiet").out.split()

    def test_a_correction_is_shown_beside_what_it_replaces_and_its_record_says_so(
        self, commons: Terminal
    ) -> None:
        commons.world.add([{"text": "The tower has 12 floors."}], "towers")
        catalogue = commons.world.snapshot().catalogue()
        old = catalogue.page(contains="tower").entries[0].record.id
        rows = [
            {"text": "The tower has 13 floors.", "links": [{"predicate": "dcterms:replaces", "object": old}]}
        ]
        number = commons.world.propose(rows, "towers").number
        commons.be("maya")
        shown = commons("show", str(number)).out
        assert "The tower has 12 floors." in shown
        assert "The tower has 13 floors." in shown
        commons.world.approve(number)
        commons.world.land(number)
        record = commons("record", old)
        new = commons("record", old, "--format", "json").json["results"][0]["state"]["replaced_by"]
        assert record.code == 0
        assert f"Replaced by {new}" in " ".join(record.out.split())
        assert "by carl on 20" in " ".join(record.out.split())
        assert f"Replaces {old}" in " ".join(commons("record", new).out.split())

    def test_a_proposal_made_by_hand_says_why_its_rows_are_not_taken(self, commons: Terminal) -> None:
        table = b"title,title\nMoon,The moon orbits the Earth.\n"
        empty = commons.world.propose_files({"doubled.csv": table, "notes.md": b"# Notes"}).number
        done = commons("show", str(empty))
        assert "doubled.csv could not be read" in done.out
        assert "notes.md is not read" in done.out
        assert "commons adopt" not in done.err
        by_hand = commons("show", str(empty), "--format", "json").json["made_by_hand"]
        assert (by_hand["rows"], by_hand["passing"], by_hand["left_out"]) == (0, 0, ["notes.md"])
        assert by_hand["tables"][0]["problem"]
        rows = b"text,lang\n,en\nIron rusts in water and air.,en\n"
        some = commons.world.propose_files({"some.csv": rows}).number
        done = commons("show", str(some))
        assert "1 of 2 rows could be taken" in done.out
        assert "text-missing" in done.out
        assert f"commons adopt {some}" in done.err
        findings = commons("show", str(some), "--format", "json").json["made_by_hand"]["findings"]
        assert [finding["code"] for finding in findings] == ["text-missing"]

    def test_show_is_1_when_the_gate_refuses(self, commons: Terminal) -> None:
        number = str(commons.world.propose_files({"README.md": b"mine"}).number)
        for style in ("human", "json", "github", "quiet"):
            done = commons("show", number, "--format", style)
            assert done.code == 1
        assert "README.md" in commons("show", number).out

    def test_a_refusal_closes_with_the_reason(self, commons: Terminal) -> None:
        number = str(commons.world.propose([{"text": "not wanted"}], "unwanted").number)
        commons.be("maya")
        assert commons("show", number).code == 0
        done = commons("review", number, "--refuse", "--reason", "Off topic", "--format", "json")
        assert done.code == 0
        assert done.json["decision"] == "refuse"
        assert not commons.world.repository().proposal(int(number)).is_open

    def test_a_contributor_may_not_review(self, commons: Terminal) -> None:
        number = str(commons.world.propose([{"text": "self praise"}], "praise").number)
        commons("key", "new")
        assert commons("show", number).code == 0
        done = commons("review", number, "--approve")
        assert done.code == 1
        assert "not-a-reviewer" in done.err

    def test_a_number_nobody_has(self, commons: Terminal) -> None:
        commons.be("maya")
        for command in (
            ["show", "9999"],
            ["land", "9999"],
            ["review", "9999", "--approve", "--head", "0" * 40],
        ):
            done = commons(*command)
            assert done.code == 1
            assert "9999" in done.err
            assert "Traceback" not in done.err

    def test_init_founds_and_refuses_to_found_twice(self, commons: Terminal) -> None:
        commons.be("maya")
        done = commons("init", "--repo", "maya/founded", "--name", 'The "new" commons', "--format", "json")
        assert done.code == 0
        assert done.json["repo"] == "maya/founded"
        again = commons("init", "--repo", "maya/founded", "--name", "Again")
        assert again.code == 1
        assert "commons-exists" in again.err


class TestAHubThatSaysNo:
    COMMANDS = (["proposals"], ["show", "1"], ["land", "1"], ["search", "x"], ["record", "kr1x"])

    @pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
    def test_a_server_that_is_down(self, command: list[str], commons: Terminal) -> None:
        commons.be("maya")
        done = commons(*command, "--endpoint", "http://127.0.0.1:9")
        assert done.code == 1
        assert "hub-unreachable" in done.err
        assert "commons hub" in done.err
        assert done.out == ""

    @pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
    def test_a_repository_that_is_not_there(self, command: list[str], commons: Terminal) -> None:
        commons.be("maya")
        done = commons(*command, "--repo", "maya/nowhere")
        assert done.code == 1
        assert "--repo" in done.err

    @pytest.mark.parametrize("name", ["", "/", "a/b/c", "a b/c", "../x", "maya/..", "x" * 200])
    def test_a_repository_name_that_is_none(self, name: str, commons: Terminal) -> None:
        done = commons("contribute", commons.write("a.csv", "text\nx\n"), *GOOD, "--repo", name or "-")
        assert done.code in (1, 64)
        assert "Traceback" not in done.err

    def test_a_repository_that_is_not_a_commons(self, commons: Terminal) -> None:
        commons.world.api().create_repo("maya/plain", repo_type="dataset", exist_ok=True)
        for command in (
            ["contribute", commons.write("a.csv", "text\nx\n"), *GOOD],
            ["search", "x"],
            ["show", "1"],
        ):
            done = commons(*command, "--repo", "maya/plain")
            assert done.code == 1
            assert "not-a-commons" in done.err
            assert "commons init" in done.err

    def test_a_wrong_token(self, commons: Terminal) -> None:
        path = commons.write("a.csv", "text\nwrong token\n")
        for command in (["contribute", path, *GOOD], ["proposals"], ["show", "1"]):
            done = commons(*command, "--token", "hf_wrong")
            assert done.code == 1
            assert "token" in done.err
            assert "hf_wrong" not in done.out + done.err

    def test_no_token_is_enough_to_read_and_not_to_propose(
        self, commons: Terminal, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("HF_TOKEN")
        assert commons("proposals", "--format", "json").code == 0
        path = commons.write("a.csv", "text\nno token\n")
        assert commons("check", path, *GOOD).code == 0
        done = commons("contribute", path, *GOOD)
        assert done.code == 1
        assert "access-denied" in done.err
        assert "--token" in done.err

    def test_the_address_of_its_page_names_a_commons(self, commons: Terminal) -> None:
        page = f"{commons.world.url}/datasets/{commons.world.repo_id}"
        commons.patch.delenv("COMMONS_REPO")
        commons.patch.delenv("HF_ENDPOINT")
        commons.patch.setenv("HF_TOKEN", "")
        for written in (page, f"{page}/tree/main", f"{page}/discussions"):
            assert commons("proposals", "--repo", written).code == 0
        done = commons("proposals", "--repo", f"{page}/tree/v1.0")
        assert done.code == 64
        assert "v1.0" in done.err
        assert commons("proposals", "--repo", page, "--endpoint", "localhost:1").code == 64

    def test_a_pasted_address_gets_no_login_that_was_meant_for_another_hub(self, commons: Terminal) -> None:
        page = f"{commons.world.url}/datasets/{commons.world.repo_id}"
        path = commons.write("a.csv", "text\nA login is meant for one Hub.\n")
        commons.patch.setenv("HF_ENDPOINT", "http://localhost:1")
        done = commons("contribute", path, *GOOD, "--repo", page)
        assert done.code == 1
        assert "access-denied" in done.err
        assert "--token" in done.err
        token = commons.world.tokens["carl"]
        assert commons("contribute", path, *GOOD, "--repo", page, "--token", token).code == 0
        assert commons("proposals", "--repo", page).code == 0

    def test_the_revision_in_an_address_is_the_one_that_is_read(self, commons: Terminal) -> None:
        page = f"{commons.world.url}/datasets/{commons.world.repo_id}/tree/{commons.world.head()}"
        commons.world.add([{"text": "Landed later than that."}], "later")
        (entry,) = commons.world.snapshot().catalogue().page(Filters(collection=("later",))).entries
        assert commons("record", entry.record.id).code == 0
        assert "record-missing" in commons("record", entry.record.id, "--repo", page).err

    def test_what_cannot_be_offered_is_said_before_anything_is_read(self, commons: Terminal) -> None:
        commons.patch.setenv("HF_TOKEN", "")
        done = commons("contribute", commons.write("bad.csv", b"\xff\xfe no table"), *GOOD)
        assert "access-denied" in done.err
        assert "hf auth login" in done.err

    def test_a_revision_that_is_not_there(self, commons: Terminal) -> None:
        done = commons("record", "kr1x", "--revision", "v9.9.9")
        assert done.code == 1
        assert "revision" in done.err

    def test_a_private_commons_does_not_show_itself(self, commons: Terminal) -> None:
        commons.be("maya")
        assert commons("init", "--repo", "maya/secret", "--name", "Secret", "--private").code == 0
        commons.be("eve")
        done = commons("proposals", "--repo", "maya/secret")
        assert done.code == 1
        assert "repository-missing" in done.err


class TestReading:
    @pytest.fixture(scope="class")
    @classmethod
    def built(cls, found_commons: Any) -> World:
        """A commons with an index by the packaged model."""
        from commons.embedding import loading

        world: World = found_commons()
        link = {"predicate": "skos:related", "object": "eye"}
        world.add(
            [
                {
                    "text": "Glaucoma is caused by pressure in the eye.",
                    "title": "[bold]Glaucoma[/]",
                    "links": [link],
                },
                {"id": "eye", "text": "The eye sees.", "license": "cc-by-4.0", "lang": "en-GB"},
                {"text": "Das Auge sieht.", "lang": "de", "topic": ["medicine"]},
            ],
            "eyes",
        )
        world.build(loading.load())
        return world

    @pytest.fixture
    def reader(
        self,
        built: World,
        tmp_path: Path,
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> Terminal:
        return Terminal(built, tmp_path, capsys, monkeypatch)

    def test_search_in_json_is_the_whole_evidence(self, reader: Terminal) -> None:
        done = reader("search", "What causes glaucoma?", "-k", "2", "--format", "json")
        assert done.code == 0
        value = done.json
        assert value["commons"]["revision"] == reader.world.head()
        assert len(value["results"]) == 2
        hit = value["results"][0]
        assert hit["text"].startswith("Glaucoma")
        assert {
            "id",
            "title",
            "text",
            "score",
            "license",
            "sources",
            "contributor",
            "collection",
            "attribution",
            "content_hash",
            "url",
        } <= set(hit)

    @pytest.mark.parametrize(
        ("options", "count"),
        [
            (["--allow", "cc-by-4.0"], 1),
            (["--allow", "cc0-1.0,CC-BY-4.0"], 3),
            (["--lang", "de"], 1),
            (["--lang", "en"], 2),
            (["--topic", "medicine"], 1),
            (["--collection", "eyes", "--pool", "open"], 3),
        ],
        ids=str,
    )
    def test_options_narrow_what_is_found(self, options: list[str], count: int, reader: Terminal) -> None:
        assert len(reader("search", "eye", *options, "--format", "quiet").out.split()) == count

    def test_the_band_is_a_sentence_a_field_and_an_exit_code(self, reader: Terminal) -> None:
        known = reader("search", "What causes glaucoma?", "--format", "json")
        assert (known.code, known.json["band"]) == (0, "answers")
        unknown = reader("search", "Which quasars did Hubble photograph in 1994?", "--format", "json")
        assert (unknown.code, unknown.json["band"]) == (2, "not_known")
        assert unknown.json["results"]
        told = reader("search", "Which quasars did Hubble photograph in 1994?")
        assert told.code == 2
        assert told.out.startswith("Nothing here answers this. The closest records:")
        assert "not calibrated on this commons" in told.err

    def test_a_context_is_a_text_for_a_pipe_and_says_what_it_cannot_answer(self, reader: Terminal) -> None:
        done = reader("context", "What causes glaucoma?", "--tokens", "600", "--lang", "en")
        assert done.code == 0
        assert "Glaucoma is caused by pressure in the eye." in done.out
        assert f"@{reader.world.head()}" in done.out
        assert len(done.out.encode()) <= 1800
        value = reader("context", "What causes glaucoma?", "--format", "json").json
        assert value["passages"][0]["text"].startswith("Glaucoma")
        assert value["hash"].startswith("sha256:")
        ids = reader("context", "What causes glaucoma?", "--format", "quiet").out.split()
        assert ids == [passage["id"] for passage in value["passages"]]
        unknown = reader("context", "Which quasars did Hubble photograph in 1994?")
        assert unknown.code == 2
        assert "Nothing here answers this question." in unknown.out
        small = reader("context", "What causes glaucoma?", "--tokens", "9")
        assert (small.code, small.out) == (64, "")
        assert "budget-too-small" in small.err
        strange = reader("context", "What causes glaucoma?", "--topic", "nothing")
        assert strange.code == 64

    def test_records_are_cited_by_what_a_search_found(
        self, reader: Terminal, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        found = reader("search", "glaucoma", "--format", "quiet").out
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(found.encode())))
        done = reader("cite", "-", "--style", "bibtex")
        assert done.code == 0
        assert done.out.count("@misc{kr1") == len(found.split())
        assert f"at revision {reader.world.head()}." in done.out
        (item, *_) = reader("cite", *found.split(), "--format", "json").json
        assert item["id"] == found.split()[0]
        assert reader("cite", found.split()[0], "--format", "quiet").out.split() == found.split()[:1]
        missing = reader("cite", "kr1" + "a" * 52)
        assert (missing.code, missing.out) == (1, "")
        assert "record-missing" in missing.err
        assert reader("cite", found.split()[0], "--style", "apa").code == 64

    def test_blocks_to_cite_from_hold_the_text(self, reader: Terminal) -> None:
        blocks = reader("search", "glaucoma", "--format", "anthropic").json
        assert {block["type"] for block in blocks} == {"search_result"}
        assert blocks[0]["source"].endswith(f"@{reader.world.head()}")
        assert blocks[0]["content"] == [
            {"type": "text", "text": "Glaucoma is caused by pressure in the eye."}
        ]

    def test_the_schema_is_that_of_what_is_printed(self, reader: Terminal) -> None:
        for name, arguments in (("packet", ("search",)), ("context", ("context",))):
            schema = reader("schema", name).json
            value = reader(*arguments, "What causes glaucoma?", "--format", "json").json
            Draft202012Validator(schema).validate(value)
        assert reader("schema", "nothing").code == 64

    def test_nothing_found_is_1_and_still_json(self, reader: Terminal) -> None:
        done = reader("search", "eye", "--topic", "history", "--format", "json")
        assert done.code == 1
        assert done.json["results"] == []

    @pytest.mark.parametrize("facet", ["topic", "collection", "lang", "pool"])
    def test_a_filter_that_nothing_can_pass_is_wrong_usage(self, facet: str, reader: Terminal) -> None:
        done = reader("search", "eye", f"--{facet}", "nope", "--format", "json")
        assert (done.code, done.out) == (64, "")
        assert "'nope'" in done.err
        assert " here: " in done.err

    def test_a_filter_is_complained_of_before_a_model_is_loaded(self, reader: Terminal) -> None:
        (reader.folder / "no-model").mkdir()
        done = reader("search", "eye", "--topic", "nope", "--model", reader.folder / "no-model")
        assert (done.code, "filter-unknown" in done.err) == (64, True)

    @pytest.mark.parametrize("options", [["-k", "0"], ["-k", "51"], ["--allow", "cc-by-nc-4.0"]], ids=str)
    def test_wrong_usage(self, options: list[str], reader: Terminal) -> None:
        assert reader("search", "eye", *options).code == 64
        assert reader("search", "").code == 64

    def test_people_see_titles_as_text_sources_and_licences(self, reader: Terminal) -> None:
        out = reader("search", "glaucoma").out
        for part in ("[bold]Glaucoma[/]", "A notebook", "CC0-1.0", "carl"):
            assert part in out

    def test_a_record_with_its_links(self, reader: Terminal) -> None:
        found = reader("search", "glaucoma", "-k", "1", "--format", "quiet").out.strip()
        (value,) = reader("record", found, "--format", "json").json["results"]
        assert value["links"][0]["predicate"] == "skos:related"
        assert value["id"] == found
        assert value["links"][0]["relation"] == "related"
        assert "\nrelated: The eye sees. kr1" in reader("record", found).out.replace("[dim]", "").replace(
            "[/]", ""
        )
        assert "record-missing" in reader("record", "kr1none").err

    def test_a_record_as_linked_data(self, reader: Terminal) -> None:
        found = reader("search", "glaucoma", "-k", "1", "--format", "quiet").out.strip()
        value = reader("record", found, "--format", "json-ld").json
        assert value["@id"] == f"urn:hf-commons:record:{found}"
        assert value["url"]["@id"].endswith(found)
        refused = reader("record", value["commons:contribution"]["@id"], "--format", "json-ld")
        assert (refused.code, "Only records" in refused.err) == (64, True)

    def test_ids_of_links_and_contributions_lead_to_their_records(self, reader: Terminal) -> None:
        found = reader("search", "glaucoma", "-k", "1", "--format", "quiet").out.strip()
        (value,) = reader("record", found, "--format", "json").json["results"]
        link, contribution = value["links"][0]["link"], value["contribution"]
        assert "→ skos:related → The eye sees." in reader("record", link).out
        assert [record["id"] for record in reader("record", link.upper(), "--format", "json").json["results"]] == [
            found, value["links"][0]["id"]
        ]  # fmt: skip
        assert "A contribution of 3 records and 1 link" in reader("record", f"“{contribution}”").out
        assert "→ skos:related → The eye sees." in reader("search", f"see {link}").out
        assert len(reader("search", contribution.upper(), "--format", "quiet").out.split()) == 3
        unknown = reader("search", "KL1" + "A" * 52)
        assert unknown.code == 1
        assert "record-missing" in unknown.err

    def test_a_plain_folder_answers_too(self, reader: Terminal) -> None:
        done = reader("search", "glaucoma", "--repo", reader.world.snapshot().folder, "--format", "json")
        assert done.code == 0
        assert done.json["results"][0]["text"].startswith("Glaucoma")

    def test_a_stale_index_is_announced_on_stderr_and_in_the_json(self, reader: Terminal) -> None:
        reader.world.add([{"text": "Landed after the build."}], "late")
        done = reader("search", "glaucoma", "--format", "json")
        assert done.json["commons"]["stale"] is True
        assert done.json["commons"]["missing_records"] == 1
        assert "stale" in done.err

    def test_build_publishes_what_is_new_and_then_nothing(self, reader: Terminal) -> None:
        reader.be("maya")
        done = reader("build", "--publish", "--format", "json")
        assert done.code == 0
        assert done.json["records"] >= 3
        again = reader("build", "--publish", "--format", "json").json
        assert (again["embedded"], again["commit"]) == (0, "")

    def test_a_model_that_is_nowhere(self, reader: Terminal) -> None:
        (reader.folder / "empty-model").mkdir()
        done = reader("search", "x", "--model", reader.folder / "empty-model")
        assert done.code == 1
        assert "model-missing" in done.err or "index" in done.err


def test_the_hub_command_is_the_local_hubs_own(commons: Terminal) -> None:
    folder = commons.folder / "hub"
    done = commons("hub", "user", "ada", "--folder", folder)
    assert done.code == 0
    assert folder.is_dir()
