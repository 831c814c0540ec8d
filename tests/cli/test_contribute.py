"""Contribute, as people meet it: what a file does not say is asked, what was refused comes back mended, too much becomes several."""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support import terminal
from support.patience import PATIENCE_S
from support.processes import COMMONS

from commons.cli import run
from commons.intake import mapping_files
from commons.layout import Kind
from commons.records import shards
from commons.records.schema import Record

if TYPE_CHECKING:
    from support.world import World

SAID = ["--license", "cc0-1.0", "--lang", "en", "--topic", "science", "--source-title", "Notes", "--quick"]
LONG = "The moon goes around the Earth about once in twenty-seven days."


@dataclass
class Desk:
    """Carl at a terminal in a folder of his own."""

    world: World
    folder: Path
    capsys: pytest.CaptureFixture[str]

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text)
        return path

    def commons(self, *words: str) -> tuple[int, str, str]:
        code = run(list(words))
        shown = self.capsys.readouterr()
        return code, shown.out, shown.err

    def texts(self, number: int) -> list[str]:
        """Of the records that a proposal offers."""
        main, proposed = self.world.snapshot(), self.world.snapshot(f"refs/pr/{number}")
        new = {str(shard) for shard in proposed.shards(Kind.RECORD)} - {
            str(shard) for shard in main.shards(Kind.RECORD)
        }
        rows = [
            row
            for shard in proposed.shards(Kind.RECORD)
            if str(shard) in new
            for row in shards.read(Kind.RECORD, proposed.path(shard))
        ]
        return [row.text for row in rows if isinstance(row, Record)]


@pytest.fixture
def desk(
    shared: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Desk:
    terminal.sit_down(monkeypatch, shared, "carl", tmp_path)
    return Desk(shared, tmp_path, capsys)


@pytest.mark.usefixtures("gate_in_this_process")
class TestWhatAFileDoesNotSay:
    def test_without_a_terminal_it_says_what_it_would_have_proposed(self, desk: Desk) -> None:
        desk.write("qa.csv", f"Question,Answer\nWhat goes around the Earth?,{LONG}\n")
        code, _, err = desk.commons("contribute", "qa.csv", "--lang", "en")
        assert code == 1
        assert "(mapping-incomplete)" in err
        assert "does not say the text, the licence, a topic and a source" in err
        assert "--map title=Question,text=Answer --license SPDX-ID --topic SLUG --source-url URL" in err

    def test_a_field_by_its_own_name_is_taken_however_it_is_written(self, desk: Desk) -> None:
        desk.write("a.csv", f"Title , Text\nMoon,{LONG}\n")
        code, out, _ = desk.commons("check", "a.csv", *SAID)
        assert code == 0
        assert "1 row read: 1 to offer." in out


class TestTheDialogue:
    def talk(self, desk: Desk, words: list[str], answers: dict[str, str]) -> tuple[int, str]:
        """Run the command in a real terminal, giving each answer when its question is asked."""
        master, slave = pty.openpty()
        child = subprocess.Popen(
            [*COMMONS, *words],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            cwd=desk.folder,
            env={**os.environ, "COLUMNS": "200"},
        )
        os.close(slave)
        shown, waiting, deadline = "", dict(answers), time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            if not select.select([master], [], [], 0.2)[0]:
                if child.poll() is not None:
                    break
                continue
            try:
                shown += os.read(master, 65536).decode(errors="replace")
            except OSError:
                break
            for question in [question for question in waiting if question in shown]:
                os.write(master, (waiting.pop(question) + "\n").encode())
        os.close(master)
        return child.wait(PATIENCE_S), shown

    def test_it_asks_writes_the_mapping_and_says_how_to_repeat_it(self, desk: Desk) -> None:
        desk.write(
            "qa.csv", f"Question,Answer,Link\nWhat goes around the Earth?,{LONG},https://example.org/moon\n"
        )
        code, shown = self.talk(
            desk,
            ["contribute", "qa.csv", "--quick", "--dry-run"],
            {
                "Which column is the text?": "",
                "Which column is the title?": "",
                "Take these too": "y",
                "Are these the records?": "",
                "Under which licence": "cc by 4.0",
                "In which language": "EN",
                "On which topic": "sceince\nscience",
            },
        )
        assert code == 0, shown
        assert "Nothing stands against it." in shown
        assert "Did you mean" in shown or "did you mean" in shown
        written = mapping_files.load(desk.folder / "qa.csv.mapping.toml").mapping
        assert written.columns == {"title": "Question", "text": "Answer", "source.url": "Link"}
        assert written.defaults == {"license": "CC-BY-4.0", "lang": "en", "topic": ["science"]}
        assert "--map-file" in shown
        assert "Are these the records?" in shown
        done = subprocess.run(
            [*COMMONS, "check", "qa.csv", "--quick", "--map-file", "qa.csv.mapping.toml"],
            cwd=desk.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.usefixtures("gate_in_this_process")
class TestRefusedRows:
    def test_mended_rows_are_offered_from_the_refused_file_with_the_mapping_remembered(
        self, desk: Desk
    ) -> None:
        desk.write("in.csv", f"q,a,l\nOne,{LONG} One.,en\nTwo,{LONG} Two.,nowhere\n")
        words = ["--map", "title=q,text=a,lang=l", "--collection", "kept", *SAID]
        code, _, err = desk.commons("contribute", "in.csv", *words)
        assert code == 1
        assert "1 row of 2 rows was refused" in err
        refused = desk.folder / "in.csv.refused.jsonl"
        (row,) = map(json.loads, refused.read_text().splitlines())
        assert (row["row"], row["line"]) == (2, 3)
        row["data"]["l"] = "de"
        refused.write_text(json.dumps(row) + "\n")
        code, out, err = desk.commons("contribute", refused.name, "--quick", "--format", "json")
        assert code == 0, out + err
        (offered,) = json.loads(out)["proposals"]
        assert desk.texts(offered["proposal"]) == [f"{LONG} Two."]
        assert offered["impact"]["collections"] == {"kept": 1}

    def test_a_row_that_is_still_the_text_of_a_line_stays_out_and_nothing_is_written_over(
        self, desk: Desk
    ) -> None:
        desk.write("in.jsonl", f'{{"text": "{LONG}"}}\nnot json\n')
        desk.commons("contribute", "in.jsonl", *SAID)
        refused = desk.folder / "in.jsonl.refused.jsonl"
        before = refused.read_bytes()
        code, _, _ = desk.commons("contribute", refused.name, "--quick")
        assert code == 1
        assert refused.read_bytes() == before
        assert (desk.folder / "in.jsonl.refused-2.jsonl").exists()

    def test_rows_need_not_have_all_columns_when_they_come_back(self, desk: Desk) -> None:
        desk.write("in.jsonl", json.dumps({"t": "Moon", "a": LONG}) + "\n" + json.dumps({"a": "TODO"}) + "\n")
        desk.commons("contribute", "in.jsonl", "--map", "title=t,text=a", *SAID)
        refused = desk.folder / "in.jsonl.refused.jsonl"
        refused.write_text(refused.read_text().replace('"a": "TODO"', f'"a": "{LONG} Two."'))
        code, out, err = desk.commons("contribute", refused.name, "--dry-run", "--quick", "--format", "json")
        assert code == 0, out + err
        assert json.loads(out)["rows"]["offered"] == 1

    def test_mended_rows_and_links_may_name_rows_that_were_not_refused(self, desk: Desk) -> None:
        rows = f"k,a,up\n1,{LONG} One.,\n2,{LONG} Two.,9\n3,TODO,1\n"
        desk.write("in.csv", rows)
        words = ["--map", "id=k,text=a,skos:broader=up", *SAID]
        desk.commons("contribute", "in.csv", *words)
        refused = desk.folder / "in.csv.refused.jsonl"
        mended = (
            refused.read_text().replace('"object": "9"', '"object": "1"').replace("TODO", f"{LONG} Three.")
        )
        refused.write_text(mended)
        code, out, err = desk.commons(
            "contribute", "in.csv", refused.name, *words, "--accept-partial", "--dry-run", "--format", "json"
        )
        assert code == 0, out + err
        assert json.loads(out)["rows"]["offered"] == 3
        assert json.loads(out)["links"]["offered"] == 2
        assert refused.read_text() == mended, "work of a person was written over"
        left = (desk.folder / "in.csv.refused-2.jsonl").read_text().splitlines()
        assert [json.loads(line)["row"] for line in left] == [2, 3]

    def test_links_alone_come_back_and_wait_until_their_records_have_landed(self, desk: Desk) -> None:
        desk.write("in.csv", f"k,a,up\n1,{LONG} One.,\n2,{LONG} Two.,9\n")
        words = ["--map", "id=k,text=a,skos:broader=up", *SAID, "--accept-partial", "--format", "json"]
        desk.commons("contribute", "in.csv", *words)
        refused = desk.folder / "in.csv.refused.jsonl"
        refused.write_text(refused.read_text().replace('"object": "9"', '"object": "1"'))
        code, _, err = desk.commons("contribute", refused.name, "--quick", "--dry-run")
        assert code == 1
        assert "mapping-column" not in err
        (left,) = map(json.loads, (desk.folder / "in.csv.refused-2.jsonl").read_text().splitlines())
        assert "comes when it lands" in left["findings"][0]["message"]

    def test_the_same_offered_again_is_not_warned_of_as_another(self, desk: Desk) -> None:
        desk.write("in.jsonl", json.dumps({"text": f"{LONG} Again."}) + "\n")
        words = ["contribute", "in.jsonl", *SAID, "--format", "json"]
        (first,) = json.loads(desk.commons(*words)[1])["proposals"]
        (second,) = json.loads(desk.commons(*words)[1])["proposals"]
        assert second["proposal"] == first["proposal"]
        assert "offered-elsewhere" not in {finding["code"] for finding in second["findings"]}

    def test_two_inputs_of_one_name_leave_two_refused_files(self, desk: Desk) -> None:
        desk.write("in.jsonl", '{"text": "TODO"}\n')
        desk.commons("contribute", "in.jsonl", "in.jsonl", *SAID)
        for name in ("in.jsonl.refused.jsonl", "in.jsonl.refused-2.jsonl"):
            assert len((desk.folder / name).read_text().splitlines()) == 1


@pytest.mark.usefixtures("gate_in_this_process")
class TestTooMuchAtOnce:
    @pytest.fixture
    def small(
        self,
        found_commons: Callable[..., World],
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> Desk:
        world = found_commons({"max_records = 5000": "max_records = 2"})
        terminal.sit_down(monkeypatch, world, "carl", tmp_path)
        return Desk(world, tmp_path, capsys)

    def rows(self, desk: Desk, count: int, **more: Any) -> None:
        lines = [json.dumps({"text": f"{LONG} Number {n}.", "id": n, **more}) for n in range(count)]
        desk.write("many.jsonl", "\n".join(lines) + "\n")

    def test_more_rows_than_one_contribution_holds_become_several_and_the_limit_is_said_first(
        self, small: Desk
    ) -> None:
        self.rows(small, 5)
        code, out, err = small.commons("contribute", "many.jsonl", *SAID)
        assert code == 0, out + err
        assert err.index("one contribution may hold 2") < err.index("5 rows read")
        numbers = [each.number for each in small.world.repository().proposals()]
        assert [len(small.texts(number)) for number in numbers] == [2, 2, 1]

    def test_the_same_command_again_finds_what_is_open_and_goes_on(self, small: Desk) -> None:
        self.rows(small, 5)
        small.commons("contribute", "many.jsonl", *SAID)
        before = [each.number for each in small.world.repository().proposals()]
        last = before[-1]
        small.world.repository("carl").close(last, comment="As if it had been interrupted.")
        assert small.commons("contribute", "many.jsonl", *SAID)[0] == 0
        after = [each.number for each in small.world.repository().proposals()]
        assert after[:-1] == before[:-1]
        assert small.texts(after[-1]) == small.texts(last)

    def test_what_has_landed_is_a_repetition_and_no_obstacle(self, small: Desk) -> None:
        self.rows(small, 2)
        _, out, _ = small.commons("contribute", "many.jsonl", *SAID, "--format", "quiet")
        small.world.approve(int(out))
        small.world.land(int(out))
        code, out, err = small.commons("contribute", "many.jsonl", *SAID)
        assert code == 0
        assert "2 rows read: 0 to offer, 2 repeated." in err
        assert "Nothing is new" in out

    def test_a_text_that_is_too_long_is_parted_when_asked(self, small: Desk) -> None:
        small.write("long.jsonl", json.dumps({"title": "Moon", "text": "\n\n".join([LONG] * 150)}) + "\n")
        _, out, _ = small.commons("check", "long.jsonl", *SAID, "--split-long", "--format", "json")
        checked = json.loads(out)
        assert checked["rows"]["read"] == checked["rows"]["offered"] + checked["rows"]["repeated"] == 2
        assert checked["links"] == {"given": 1, "offered": 1, "repeated": 0, "dropped": {}}
