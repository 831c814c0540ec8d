"""The demo: every command of the road, typed for you, on a Hub that runs on this machine.

Each step prints the command it runs, so that it can be repeated by hand. State lives in one folder; a second run finds what the
first one did, lands nothing twice and embeds nothing again. ``samples/samples.toml`` says what is contributed, and what is asked.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import demo_servers

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = ROOT / "scripts" / "samples"
REPO = "maya/open-knowledge"
MAINTAINER = "maya"
CONTRIBUTORS = ("ada", "bao", "chidi")
LEFT_OPEN = "tldr-de"  # the proposal that waits for the visitor, and is previewed through its ref

Commons = Callable[..., int]  # (who, *words of the command) -> its exit code

# What a researcher types.
LOAD = """
from datasets import load_dataset
repo, collection, preview = {repo!r}, {collection!r}, {preview!r}
print("  default config  ", load_dataset(repo, split="train").num_rows, "records")
print(f"  {{collection:<16}}", load_dataset(repo, collection, split="train").num_rows, "records")
print("  questions       ", load_dataset(repo, "questions", split="train").num_rows, "questions")
first = next(iter(load_dataset(repo, split="train", streaming=True)))
print("  streaming       ", first["title"], "|", first["license"])
print(f"  {{preview:<16}}", load_dataset(repo, revision=preview, split="train").num_rows, "records")
"""


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="scripts/demo", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--state", type=Path, default=ROOT / "state", help="where everything is kept (default: state/)"
    )
    parser.add_argument(
        "--check", action="store_true", help="do it all, ask the Space one question, and exit"
    )
    parser.add_argument("--port", type=int, default=0, help="of the Space (default: a free one)")
    arguments = parser.parse_args()
    for number in (signal.SIGINT, signal.SIGTERM):  # also where a shell started us with SIGINT ignored
        signal.signal(number, signal.default_int_handler)
    state = arguments.state.resolve()
    state.mkdir(parents=True, exist_ok=True)
    _prepare_environment(state)
    try:
        with demo_servers.hub(state / "hub") as endpoint:
            os.environ["HF_ENDPOINT"] = endpoint
            return _road(state, endpoint, arguments)
    except KeyboardInterrupt:
        print("\nStopped; scripts/demo goes on where it was.")
        return 0 if not arguments.check else 130


def _prepare_environment(state: Path) -> None:
    """Before any Hub client is imported: they read these once."""
    os.environ.update(
        COMMONS_REPO=REPO,
        COMMONS_HOME=str(state / "work"),
        HF_HOME=str(state / "hf"),
        HF_HUB_DISABLE_TELEMETRY="1",
        HF_HUB_DISABLE_PROGRESS_BARS="1",
        HF_UPDATE_DOWNLOAD_COUNTS="0",
        GRADIO_ANALYTICS_ENABLED="False",
        TOKENIZERS_PARALLELISM="false",
    )
    os.environ.pop("HF_HUB_OFFLINE", None)


def _road(state: Path, endpoint: str, arguments: argparse.Namespace) -> int:
    plan = tomllib.loads((SAMPLES / "samples.toml").read_text("utf-8"))
    samples = [sample for sample in plan["sample"] if sample["collection"] != LEFT_OPEN]
    waiting = next(sample for sample in plan["sample"] if sample["collection"] == LEFT_OPEN)
    tokens = _accounts(state)

    def commons(who: str, *words: str) -> int:
        return _commons(state, tokens[who], who, *words)

    _headline(f"A Hub on this machine: {endpoint}, accounts {', '.join(tokens)}")
    if not _is_founded():
        commons(MAINTAINER, "init", "--name", "Open Knowledge")
    for sample in samples:
        _bring(commons, sample, refuse=sample["license"].startswith("CC-BY-NC"))
    _headline("The index: only what has no vectors yet is embedded")
    commons(MAINTAINER, "build", "--publish")
    _headline("What anybody can check, on any copy")
    commons("chidi", "verify")
    _headline("Answers, with citation and licence")
    for question in (*plan["questions"], plan["unanswered"]):
        commons("ada", "search", question, "-k", "1")
    _headline("A proposal that waits for you")
    number = _bring(commons, waiting, leave_open=True)
    _headline("What a researcher does, with the plain datasets library")
    _load(number)
    return _space(endpoint, plan["questions"][0], number, arguments)


def _bring(
    commons: Commons, sample: dict[str, Any], *, refuse: bool = False, leave_open: bool = False
) -> int:
    """One contribution from file to decision, from wherever an earlier run left it; returns the proposal's number."""
    identity = (sample.get("kind", "records"), sample["collection"])
    _headline(f"{sample['contributor']} offers {sample['file']} ({sample['license']})")
    proposal = _proposals().get(identity)
    if proposal is None:
        if commons(
            sample["contributor"], "contribute", *_contribute_words(sample), *(["--anyway"] if refuse else [])
        ):
            sys.exit(f"Contributing {sample['file']} failed.")
        proposal = _proposals()[identity]
    number = str(proposal["number"])
    if leave_open or proposal["status"] not in ("open", "draft"):
        print(f"  proposal {number} is {proposal['status']}")
        return int(number)
    commons(MAINTAINER, "show", number, "--comment")
    if refuse:
        commons(
            MAINTAINER,
            "review",
            number,
            "--refuse",
            "--reason",
            "A commons that anybody may build on cannot take NC terms.",
        )
    else:
        commons(MAINTAINER, "review", number, "--approve")
        commons(MAINTAINER, "land", number)
    return int(number)


def _contribute_words(sample: dict[str, Any]) -> list[str]:
    path = SAMPLES / sample["file"]
    words = [str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)]
    if "kind" in sample:
        words += ["--kind", sample["kind"]]
    words += ["--collection", sample["collection"], "--license", sample["license"]]
    if sample.get("map"):
        words += ["--map", ",".join(f"{target}={column}" for target, column in sample["map"].items())]
    for option in ("lang", "source_title", "source_url", "source_author"):
        if sample.get(option):
            words += [f"--{option.replace('_', '-')}", sample[option]]
    for topic in sample.get("topic", ()):
        words += ["--topic", topic]
    return words


def _commons(state: Path, token: str, who: str, *words: str) -> int:
    """Run one command as ``who`` in this process, which has imported everything already."""
    from commons import cli

    print(f"\n{who}$ commons {shlex.join(words)}", flush=True)
    os.environ["HF_TOKEN"] = token
    os.environ["COMMONS_KEY_FILE"] = str(state / "keys" / f"{who}.pem")
    code = cli.run(list(words))
    if code == cli.INTERRUPTED:
        raise KeyboardInterrupt
    return code


def _proposals() -> dict[tuple[str, str], dict[str, Any]]:
    """(kind, collection) -> its newest proposal, open or closed; titles name both."""
    from commons.hub.repository import Repository

    proposals = Repository(REPO, endpoint=os.environ["HF_ENDPOINT"]).proposals(only_open=False)
    titles = ((p, re.fullmatch(r"Add [\d,]+ (\w+) to (\S+) \(.*\)", p.title)) for p in proposals)
    return {(t[1], t[2]): {"number": p.number, "status": p.status} for p, t in titles if t}


def _is_founded() -> bool:
    from commons.hub.repository import Repository

    repository = Repository(REPO, endpoint=os.environ["HF_ENDPOINT"])
    return repository.exists() and "governance/policy.toml" in repository.files("main")


def _accounts(state: Path) -> dict[str, str]:
    """User -> token, made on the first run."""
    file = state / "accounts.json"
    if file.exists():
        accounts: dict[str, str] = json.loads(file.read_text())
        return accounts
    accounts = {name: _new_token(state / "hub", name) for name in (MAINTAINER, *CONTRIBUTORS)}
    file.touch(mode=0o600)
    file.write_text(json.dumps(accounts, indent=2))
    return accounts


def _new_token(hub: Path, name: str) -> str:
    words = [sys.executable, "-m", "commons.local_hub", "user", name, "--folder", str(hub)]
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout.split()[-1]


def _load(preview: int) -> None:
    code = LOAD.format(repo=REPO, collection="medquad", preview=f"refs/pr/{preview}")
    print(code.strip())
    subprocess.run(
        [sys.executable, "-c", code], check=True, env={**os.environ, "HF_DATASETS_DISABLE_PROGRESS_BARS": "1"}
    )


def _space(endpoint: str, question: str, proposal: int, arguments: argparse.Namespace) -> int:
    _headline("The Space")
    with demo_servers.space(arguments.port) as (process, address, page):
        if arguments.check:
            return _ask_the_space(address, page, question)
        print(f"\n  Space      {address}")
        print(f"  Hub        {endpoint}/datasets/{REPO}")
        print(f"  Proposal   commons review {proposal} --approve   (it waits for a maintainer)")
        print("\nCtrl-C ends everything.", flush=True)
        return process.wait()


def _ask_the_space(address: str, page: str, question: str) -> int:
    from gradio_client import Client

    answer = json.loads(Client(address, verbose=False).predict(question, api_name="/search"))
    hit = answer["results"][0]
    print(
        f"  page of {len(page):,} bytes; asked {question!r} over its API: {hit['title']} ({hit['license']})"
    )
    print("\nEverything works.")
    return 0


def _headline(text: str) -> None:
    print(f"\n── {text} " + "─" * max(0, 76 - len(text)), flush=True)


if __name__ == "__main__":
    sys.exit(main())
