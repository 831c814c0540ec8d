"""Pull requests that were not made with our client: helpful reports, and what a hostile one cannot do."""

from __future__ import annotations

import gzip
import io
import json
import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.patience import PATIENCE_S
from support.world import CONTRIBUTOR, World

from commons.proposals import unsigned_page
from commons.proposals.unsigned_proposal import Table, UnsignedProposal

from .conftest import Bot

CSV = "question,answer,page\nWhy is the sky blue?,Air scatters blue light most.,https://example.org/sky\nWhy?,,https://example.org/why\n"

# A researcher who knows nothing of us; datasets reads HF_ENDPOINT when it is imported.
PUSH = """
import sys
from datasets import Dataset
rows = [{"instruction": f"What is {n} plus {n}?", "response": f"It is {2 * n}."} for n in range(30)]
print(Dataset.from_list(rows).push_to_hub(sys.argv[1], create_pr=True, commit_message="Sums").pr_url)
"""


def parquet(columns: dict[str, Any]) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink)
    return sink.getvalue()


def report_on(bot: Bot, files: dict[str, bytes]) -> str:
    number = bot.world.propose_files(files).number
    assert bot.check(number)
    return bot.report(number)


def test_a_csv_by_hand_is_read_mapped_and_judged(bot: Bot) -> None:
    text = report_on(bot, {"notes.csv": CSV.encode()})
    assert "1 of 2 rows could be taken" in text
    assert "title = `question`, text = `answer`, source.url = `page`" in text
    assert "`text-missing` notes\\.csv, row 2 \\(line 3\\): the text is empty" in text
    assert "the licence, the language and a topic" in text
    assert (
        f"--repo {bot.world.repo_id} --map title=question,text=answer,source.url=page --license SPDX-ID --lang TAG --topic SLUG"
        in text
    )
    assert "commons adopt" in text
    assert CONTRIBUTOR in text


@pytest.mark.parametrize(
    ("name", "data"),
    [
        (
            "rows.jsonl",
            b'{"text": "Cats purr.", "license": "cc0-1.0", "lang": "en", "topic": "science", "url": "https://example.org"}\n',
        ),
        ("rows.jsonl.gz", gzip.compress(b'{"text": "Cats purr.", "url": "https://example.org"}\n', mtime=0)),
        ("deep/down/rows.tsv", b"content\turl\nCats purr.\thttps://example.org\n"),
        ("data/train-00000-of-00001.parquet", parquet({"passage": ["Cats purr."]})),
    ],
)
def test_tables_of_every_format_and_place_are_read(name: str, data: bytes, bot: Bot) -> None:
    assert "1 of 1 rows could be taken" in report_on(bot, {name: data})


def test_a_pull_request_by_push_to_hub_gets_help(shared: World, bot: Bot, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PUSH, shared.repo_id],
        env={
            **os.environ,
            "HF_ENDPOINT": shared.url,
            "HF_TOKEN": shared.tokens[CONTRIBUTOR],
            "HF_HOME": str(tmp_path),
        },
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    number = int(done.stdout.split()[-1].rsplit("/", 1)[1])
    assert bot.check(number)
    text = bot.report(number)
    assert "30 of 30 rows could be taken" in text
    assert "title = `instruction`, text = `response`" in text
    assert "Not taken: `README.md`" in text  # push_to_hub rewrites the card, which ours generate


def test_files_that_are_no_tables_are_said_to_be_so_one_by_one(bot: Bot) -> None:
    text = report_on(
        bot,
        {
            "a.csv": CSV.encode(),
            "b.csv": pickle.dumps({"a": 1}),
            "c.parquet": b"PAR1 but no more",
            "d.jsonl.gz": gzip.compress(b"text")[:-4],
            "e.csv": b"text,text\na,b\n",
            "model.pkl": pickle.dumps({"a": 1}),
        },
    )
    assert "1 of 2 rows could be taken" in text
    for words in (
        "a Python pickle",
        "c\\.parquet is damaged",
        "d\\.jsonl\\.gz is damaged",
        "e\\.csv has the column",
    ):
        assert words in text, words
    assert "`model.pkl`" in text.partition("Not taken")[2]
    assert "/tmp" not in text  # where the sandbox lay  # noqa: S108


def test_a_bomb_by_hand_is_refused_and_the_bot_lives(bot: Bot) -> None:
    """600 MiB of one line in some kilobytes, and a megabyte that a dictionary repeats."""
    text = report_on(bot, {"a.jsonl.gz": gzip.compress(bytes(600 << 20), 1)})
    assert "bytes when unpacked" in text
    repeated = pa.DictionaryArray.from_arrays(pa.array([0] * 100_000, pa.int32()), ["x" * (1 << 20)])
    assert "unfolded" in report_on(bot, {"b.parquet": parquet({"text": repeated})})


def test_what_stands_in_the_files_can_neither_format_the_page_nor_end_the_command(bot: Bot) -> None:
    evil = "](https://evil.example) <img src=x> | `; rm -rf ~ #"
    rows = [{evil: "x", "text": f"{evil} ![x](https://evil.example)", "lang": f"{evil}<b>"}]
    text = report_on(bot, {"rows.jsonl": "".join(json.dumps(row) + "\n" for row in rows).encode()})
    assert "<img" not in text.replace("`", "")
    assert "<b>" not in text
    assert "](https://evil" not in text
    other = report_on(bot, {"rows.csv": b"answer,`; rm -rf ~ #\nx,y\n"})
    assert "--map text=answer" in other


def test_column_names_in_a_command_are_quoted(bot: Bot) -> None:
    text = report_on(bot, {"rows.csv": b"Answer ,url\nx,https://example.org\n"})
    assert "--map 'text=Answer ,source.url=url'" in text


def test_a_proposal_of_ours_gets_the_ordinary_report(bot: Bot) -> None:
    number = bot.world.propose([{"text": "Dogs bark."}]).number
    assert bot.check(number)
    assert "commons adopt" not in bot.report(number)


def test_a_proposal_without_any_table_gets_the_ordinary_report(bot: Bot) -> None:
    assert "path-forbidden" in report_on(bot, {"load.py": b"print()"})


@pytest.mark.parametrize(
    ("path", "word"),
    [
        ("data/notes.csv", "notes.csv"),
        ("my notes.csv", "'my notes.csv'"),
        ("--anyway.csv", "./--anyway.csv"),
        ("a\x1b[201~\nrm -rf ~.csv", "FILE"),
        ("$(id).csv", "'$(id).csv'"),
    ],
)
def test_a_file_name_in_a_command_is_one_harmless_word(path: str, word: str) -> None:
    unsigned = UnsignedProposal((Table(path, rows=1, passing=1),), (), (), (), {})
    assert f"\ncommons contribute {word} --repo o/c\n" in unsigned_page.signing_yourself(unsigned, "o/c")
