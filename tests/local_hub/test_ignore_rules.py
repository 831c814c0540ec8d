"""Ignore rules mean what git says they mean, and cost no more than they are long."""

from __future__ import annotations

import os
import random
import subprocess
from pathlib import Path

from commons.local_hub.ignore_rules import Attributes, IgnoreRules

from .conftest import People

NAMES = ["a", "b", "ab", "a.b", "abc", "#a", "!a", " a", "a ", "[a]", "a*", "\\a", "é"]
PIECES = ["a", "b", "ab", "*", "**", "?", "a*", "*b", "[ab]", "[!a]", "[a-c]*", "\\a", "a.b", "**b", "\\*", "[]a]",
          "[^b]", "[a", "#a", "\\#a", "é", "[[:alpha:]]", "a\\ ", "***", "*a*b*"]  # fmt: skip


def pattern(chance: random.Random) -> str:
    made = "/".join(chance.choice(PIECES) for _ in range(chance.choice([1, 1, 1, 2, 3])))
    if "[a/" in made:  # a slash inside a class without end: git reads on into the next name
        return "a"
    before = chance.choice(["", "", "", "/", "!", "!/", "\\"])
    return before + made + chance.choice(["", "", "", "/", " ", "  "])


def test_git_says_the_same(tmp_path: Path) -> None:
    chance = random.Random(3)  # noqa: S311  the same rules every time
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "GIT_CONFIG_NOSYSTEM": "1"}
    for _ in range(150):
        text = "\n".join(pattern(chance) for _ in range(chance.choice([1, 1, 2, 3]))) + "\n"
        paths = sorted(
            {"/".join(chance.choice(NAMES) for _ in range(chance.choice([1, 1, 2, 2, 3]))) for _ in range(12)}
        )
        (tmp_path / ".gitignore").write_text(text)
        command = ["git", "-c", "core.ignorecase=false", "check-ignore", "--no-index", "--stdin", "-z"]
        asked = "\0".join(paths) + "\0"
        git = subprocess.run(
            command, cwd=tmp_path, env=environment, input=asked, capture_output=True, text=True, check=False
        )
        rules = IgnoreRules(text)
        assert {path for path in paths if rules.leaves_out(path)} == set(git.stdout.split("\0")) - {""}, text


def test_rules_made_to_take_for_ever_do_not() -> None:
    """They come with the request of anybody who may open a pull request. With backtracking the first would outlast any time limit."""
    for rule, path in [
        ("*a" * 500 + "b", "a" * 1000),
        ("**/a/" * 300 + "b", "a/" * 500 + "c"),
        ("*" + "?" * 200 + "*b", "a" * 1000),
        ("a*" * 900, "a" * 1000 + "b"),
    ]:
        IgnoreRules(rule).leaves_out(path)
        Attributes(f"{rule} filter=lfs").makes_large(path)


def test_more_comparisons_than_anybody_needs_are_refused(people: People, dataset: str) -> None:
    files = [{"path": "a/" * 400 + str(n), "size": 1, "sample": ""} for n in range(256)]
    with people.http("bob-proposes") as http:
        answer = http.post(
            f"/api/datasets/{dataset}/preupload/main?create_pr=1",
            json={"files": files, "gitIgnore": "\n".join(f"x{n}" for n in range(5000))},
        )
    assert answer.status_code == 400
    assert "fewer files" in answer.headers["X-Error-Message"]
