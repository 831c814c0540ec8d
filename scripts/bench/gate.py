#!/usr/bin/env python
"""How fast and how right the gate's checks of single rows are, on data whose truth others have written down.

DATA holds one folder a set, each with JSON Lines under gzip: medquad, factbook, oewn, licence-gate, secrets-secretlint,
pii-presidio, prompt-injection, owasp-cheatsheets, 18f-handbook, tldr, opensource-guide, xquad, unicode-confusables. Prints one Markdown
section a subject; our last figures are in gate.md. Times are processor seconds of one process on one core.
"""

from __future__ import annotations

import random
import resource
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import gate_truth
from gate_truth import POLICY, as_row
from shared import command_line, commons_folder, tables, texts
from shared.tables import table
from shared.texts import with_id
from shared.timing import fastest, timed

from commons.gate import child_process
from commons.gate.commons_state import CommonsState
from commons.gate.offer import Offer
from commons.gate.rows import characters, language, prose
from commons.gate.rows.row import parse_row
from commons.layout import Kind
from commons.records import identity
from commons.records.schema import Record, Source

EACH = 2000  # records of each set in the mix whose speed is measured
ROUNDS = 3  # the fastest counts: the machine does other things too


def main() -> None:
    parser = command_line.parser(__doc__, "gate.py DATA --only secrets,licences")
    parser.add_argument("--only", default=",".join(SECTIONS), help=f"sections, of {', '.join(SECTIONS)}")
    options = parser.parse_args()
    print(tables.machine("pyarrow", "ftfy", "phonenumbers", "python-stdnum", "detect-secrets", "py3langid"))
    for name in options.only.split(","):
        print(f"## {SECTIONS[name].__doc__.splitlines()[0].rstrip('.')}\n")  # type: ignore[union-attr]
        for line in SECTIONS[name](options.data):
            print(line)
        print(flush=True)


def speed(data: Path) -> Iterator[str]:
    """Speed of the whole row chain."""
    mix = _mix(data)
    words = [f"{row['title']}\n\n{row['text']}" for row in mix]
    list(prose.check("en", "warm " * 40))
    language._classifier()  # loaded once a process; that is not in the figures
    cost_s: dict[str, float] = {"characters": _cost_s(characters.check, [("text", text) for text in words])}
    for check in prose.CHECKS:
        cost_s[check.__module__.rpartition(".")[2]] = _cost_s(check, [(text,) for text in words])
    cost_s["language"] = _cost_s(language.check, [(text, "en") for text in words])
    chain_s = _cost_s(lambda row: parse_row(Kind.RECORD, row, POLICY).findings, [(row,) for row in mix])
    records = [Record.from_row({**row, "id": "", "contributor": "", "contribution": ""}) for row in mix]
    naming_s = _cost_s(lambda record: [identity.record_id(record.core())], [(record,) for record in records])
    classifier_s = _cost_s(
        lambda text: [language._classifier().classify(text)], [(text,) for text in words[:600]]
    )
    mean = sum(len(text.encode()) for text in words) / len(words)
    yield f"{len(mix):,} records of medquad, factbook and oewn in equal parts, {mean:,.0f} bytes of words each.\n"
    rest_s = max(chain_s - sum(cost_s.values()), 0)
    yield from table(
        ["check", "µs a record"],
        [
            *((name, f"{1e6 * seconds / len(mix):.1f}") for name, seconds in cost_s.items()),
            ("types, bounds, licence, sources, topics", f"{1e6 * rest_s / len(mix):.1f}"),
            ("**the whole chain**", f"**{1e6 * chain_s / len(mix):.1f}**"),
            ("limit: naming the same records (RFC 8785, SHA-256)", f"{1e6 * naming_s / len(mix):.1f}"),
            (
                "for comparison: the language classifier asked about every text",
                f"{1e6 * classifier_s / 600:.1f}",
            ),
        ],
    )
    yield f"\n**{len(mix) / chain_s:,.0f} records a second** on one core; asked for: 2,000."


def _mix(data: Path) -> list[dict[str, Any]]:
    rows = []
    for name in ("medquad", "factbook", "oewn"):
        pairs = [pair for pair in texts.titled_texts(data, name) if all(pair)]
        sample = random.Random(1).sample(pairs, EACH)  # noqa: S311  the same rows in every run
        rows += [as_row(title, text) for title, text in sample]
    return rows


def _cost_s(check: Callable[..., Iterable[Any]], calls: Sequence[tuple[Any, ...]]) -> float:
    def run() -> None:
        for arguments in calls:
            deque(check(*arguments), maxlen=0)

    return fastest(run, ROUNDS).cpu_s


def start(data: Path) -> Iterator[str]:  # noqa: ARG001  needs no set
    """Start of the confined check, on ten records."""
    every = "Write to jane{}.doe@posteo.de or call 415-844-9759 about cafÃ© and eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl. "
    latin = "Gallia est omnis divisa in partes tres quarum unam incolunt Belgae aliam Aquitani tertiam qui ipsorum lingua Celtae"
    lines = []
    for name, text in (
        ("plain English", "Water number {} boils at 100 degrees and the sea is deep."),
        ("every library is asked", every + latin),
    ):
        files = _contribution([text.format(number) for number in range(10)])
        offer = Offer.of(files)
        check = timed(lambda: child_process.examine(offer, commons_folder.POLICY, CommonsState()))  # noqa: B023
        peak_mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        lines.append((name, f"{check.cpu_s:.2f} s", f"{peak_mb:.0f} MB"))
    yield from table(["ten records", "processor time", "peak memory of the child"], lines)


def _contribution(texts: Sequence[str]) -> dict[str, bytes]:
    records = [
        with_id(Record("", None, text, "en", ("science",), "CC0-1.0", (Source(title="A source"),)))
        for text in texts
    ]
    return commons_folder.sealed("bench", records, commons_folder.CONTRIBUTOR).files


SECTIONS: dict[str, Callable[[Path], Iterator[str]]] = {"speed": speed, "start": start, **gate_truth.SECTIONS}

if __name__ == "__main__":
    main()
