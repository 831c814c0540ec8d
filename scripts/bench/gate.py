#!/usr/bin/env python
"""How fast and how right the gate's checks of single rows are, on data whose truth others have written down.

    python scripts/bench_gate.py DATA_FOLDER [--only speed,secrets]

DATA_FOLDER holds one folder a set, each with JSON Lines under gzip: medquad, factbook, oewn, licence-gate, secrets-secretlint,
pii-presidio, prompt-injection, owasp-cheatsheets, 18f-handbook, tldr, opensource-guide, xquad, unicode-confusables. Prints one Markdown
section a subject; our last figures are in bench_gate.md. Times are processor seconds of one process on one core.
"""

from __future__ import annotations

import argparse
import random
import resource
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import gate_truth
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from gate_truth import FOUNDING, ORIGIN, POLICY, as_row, read, table

from commons.gate import confined
from commons.gate.offer import Offer
from commons.gate.rows import characters, language, prose
from commons.gate.state import CommonsState
from commons.layout import Kind
from commons.ledger import contributions
from commons.ledger.keys import SigningKey
from commons.records import identity
from commons.records.schema import Record, Source

EACH = 2000  # records of each set in the mix whose speed is measured
ROUNDS = 3  # the fastest counts: the machine does other things too


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path, help="folder with one folder a set")
    parser.add_argument("--only", default=",".join(SECTIONS), help=f"sections, of {', '.join(SECTIONS)}")
    arguments = parser.parse_args()
    for name in arguments.only.split(","):
        print(f"## {SECTIONS[name].__doc__.splitlines()[0].rstrip('.')}\n")  # type: ignore[union-attr]
        for line in SECTIONS[name](arguments.data):
            print(line)
        print(flush=True)


def speed(data: Path) -> Iterator[str]:
    """Speed of the whole row chain."""
    mix = _mix(data)
    written = [f"{row['title']}\n\n{row['text']}" for row in mix]
    list(prose.check("en", "warm " * 40))
    language._classifier()  # loaded once a process; said below
    cost: dict[str, float] = {"characters": _seconds(characters.check, [("text", text) for text in written])}
    for check in prose.CHECKS:
        cost[check.__module__.rpartition(".")[2]] = _seconds(check, [(text,) for text in written])
    cost["language"] = _seconds(language.check, [(text, "en") for text in written])
    chain = _seconds(lambda row: row.parse_row(Kind.RECORD, row, POLICY).findings, [(row,) for row in mix])
    records = [Record.from_row({**row, "id": "", "contributor": "", "contribution": ""}) for row in mix]
    naming = _seconds(lambda record: [identity.record_id(record.core())], [(record,) for record in records])
    classifier = _seconds(
        lambda text: [language._classifier().classify(text)], [(text,) for text in written[:600]]
    )
    mean = sum(len(text.encode()) for text in written) / len(written)
    yield f"{len(mix):,} records of medquad, factbook and oewn in equal parts, {mean:,.0f} bytes of words each.\n"
    lines = [(name, f"{1e6 * spent / len(mix):.1f}") for name, spent in cost.items()]
    rest = chain - sum(cost.values())
    lines += [
        ("types, bounds, licence, sources, topics", f"{1e6 * max(rest, 0) / len(mix):.1f}"),
        ("**the whole chain**", f"**{1e6 * chain / len(mix):.1f}**"),
        ("limit: naming the same records (RFC 8785, SHA-256)", f"{1e6 * naming / len(mix):.1f}"),
        ("for comparison: the language classifier asked about every text", f"{1e6 * classifier / 600:.1f}"),
    ]
    yield from table(["check", "µs a record"], lines)
    yield f"\n**{len(mix) / chain:,.0f} records a second** on one core; asked for: 2,000."


def _mix(data: Path) -> list[dict[str, Any]]:
    texts = {
        "medquad": lambda row: (row["question"], row["answer"]),
        "factbook": lambda row: (f"{row['country']}: {row['field']}", row["text"]),
        "oewn": lambda row: (", ".join(row["members"]), "; ".join(row["definition"])),
    }
    mixed = []
    for name, words in texts.items():
        found = [words(row) for row in read(data, name) if all(words(row))]
        chosen = random.Random(1).sample(found, EACH)  # noqa: S311  the same rows in every run
        mixed += [as_row(title, text) for title, text in chosen]
    return mixed


def _seconds(check: Callable[..., Iterable[Any]], calls: Sequence[tuple[Any, ...]]) -> float:
    spent = []
    for _ in range(ROUNDS):
        started = time.process_time()
        for arguments in calls:
            for _found in check(*arguments):
                pass
        spent.append(time.process_time() - started)
    return min(spent)


def start(data: Path) -> Iterator[str]:  # noqa: ARG001  needs no set
    """Start of the confined check, on ten records."""
    every = "Write to jane{}.doe@posteo.de or call 415-844-9759 about cafÃ© and eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl. "
    latin = "Gallia est omnis divisa in partes tres quarum unam incolunt Belgae aliam Aquitani tertiam qui ipsorum lingua Celtae"
    lines = []
    for name, text in (
        ("plain English", "Water number {} boils at 100 degrees and the sea is deep."),
        ("every library is asked", every + latin),
    ):
        files = _sealed([text.format(number) for number in range(10)])
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        confined.examine(Offer.of(files), FOUNDING, CommonsState())
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        lines.append((name, f"{spent:.2f} s", f"{after.ru_maxrss / 1024:.0f} MB"))
    yield from table(["ten records", "processor time", "peak memory of the child"], lines)


def _sealed(texts: Sequence[str]) -> dict[str, bytes]:
    records = []
    for text in texts:
        record = Record("", None, text, "en", ("science",), "CC0-1.0", (Source(title="A source"),))
        records.append(replace(record, id=identity.record_id(record.core())))
    key = SigningKey(Ed25519PrivateKey.generate())
    return contributions.seal({(Kind.RECORD, "open", "bench"): records}, key, commons=ORIGIN).files


SECTIONS: dict[str, Callable[[Path], Iterator[str]]] = {"speed": speed, "start": start, **gate_truth.SECTIONS}

if __name__ == "__main__":
    main()
