"""The sections of gate.py that compare what the checks say with what others have written down as true.

Our last figures are in gate.md, where gate.py puts them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from shared import commons_folder, texts
from shared.tables import table

from commons.gate.findings import CODES, Severity
from commons.gate.rows import characters, contact_details, credentials, injection, personal_numbers
from commons.gate.rows.row import parse_row
from commons.governance import license_statements
from commons.governance import policy as policies
from commons.intake import candidates
from commons.layout import Kind
from commons.records.schema import MAX_TEXT_BYTES

POLICY = policies.parse(commons_folder.POLICY)
SOURCE = {
    "title": "A source",
    "url": "https://example.org/",
    "author": None,
    "license": None,
    "retrieved": None,
}
# Kinds of personal data: what the set calls them -> our code.
KINDS = {
    "CREDIT_CARD": "payment-card",
    "IBAN_CODE": "bank-account",
    "US_SSN": "national-id",
    "EMAIL_ADDRESS": "email-address",
    "PHONE_NUMBER": "phone-number",
    "IP_ADDRESS": "ip-address",
}
# Fixtures whose label does not follow from their text, and why.
UNDECIDABLE = {
    "secretlint-rule-filter-comments": "the word SECRET stands for a secret",
    "secretlint-rule-no-dotenv": "a secret is told by the name of the file",
    "ok.allows": "the linter's settings permit the very token that another fixture forbids",
}


def read(data: Path, name: str) -> Iterator[dict[str, Any]]:
    """The rows of every file of a set, or of one of its files (``set/file``)."""
    folder, _, file = name.partition("/")
    for path in sorted((data / folder).glob(f"{file or '*'}.jsonl.gz")):
        yield from texts.rows(path)


def as_row(title: str | None, text: str, lang: str = "en", **changes: Any) -> dict[str, Any]:
    """A row as ``contribute`` would offer it, cut to the bounds."""
    candidate = candidates.shape(
        {"text": text.encode()[:MAX_TEXT_BYTES].decode(errors="ignore"), "title": (title or "")[:300] or None}
    )
    row = {"lang": lang, "topic": ["science"], "license": "CC-BY-4.0", "sources": [SOURCE], **changes}
    return {**row, "text": candidate.values["text"], "title": candidate.values["title"]}


def licences(data: Path) -> Iterator[str]:
    """Licences: what 54 real repositories say, against a reader's verdict."""
    counts: Counter[tuple[str, str]] = Counter()
    differences = []
    accepted = exact = 0
    for row in read(data, "licence-gate"):
        statement = license_statements.read(
            {file["path"]: file["text"] for file in row["licence_files"]},
            [*row["readme_lines"], *(evidence["line"] for evidence in row["other_evidence"])],
        )
        outcome = statement.suitability.value
        counts[row["verdict"], outcome] += 1
        if row["verdict"] != outcome:
            differences.append((row["repo"], row["verdict"], outcome, row["reason"]))
        if row["verdict"] == "accept":
            accepted += 1
            exact += set(statement.licenses) == set(row["spdx"].split(" AND "))
    outcomes = ("accept", "review", "refuse")
    yield from table(
        ["reader \\ gate", *outcomes], [(want, *(counts[want, got] for got in outcomes)) for want in outcomes]
    )
    agreements = sum(counts[outcome, outcome] for outcome in outcomes)
    yield f"\n{agreements} of {counts.total()} verdicts right; {exact} of the {accepted} accepted with exactly the reader's SPDX ids."
    for repo, want, got, why in differences:
        yield f"\n* {repo}: {want}, not {got}. The reader's reason: {why}."


def secrets(data: Path) -> Iterator[str]:
    """Secrets: fixtures of a linter, with look-alikes."""
    counts: Counter[tuple[str, str]] = Counter()
    left_out: Counter[str] = Counter()
    for row in read(data, "secrets-secretlint"):
        if reason := next((why for part, why in UNDECIDABLE.items() if part in row["id"]), None):
            left_out[reason] += 1
            continue
        codes = {finding.code for finding in credentials.check(row["text"])}
        got = "secret" if "secret" in codes else "secret-possible" if codes else "nothing"
        counts[row["label"], got] += 1
    yield from table(
        ["fixture \\ gate", "secret (refused)", "secret-possible (warning)", "nothing"],
        [
            (label, *(counts[label, got] for got in ("secret", "secret-possible", "nothing")))
            for label in ("secret", "clean")
        ],
    )
    yield f"\nLeft out are {sum(left_out.values())} fixtures whose label does not follow from their text:\n"
    yield from (f"* {count}: {reason}" for reason, count in left_out.items())


def pii(data: Path) -> Iterator[str]:
    """Personal data: 1,500 synthetic sentences."""
    hits: Counter[str] = Counter()
    misses: Counter[str] = Counter()
    errors: Counter[str] = Counter()
    others: Counter[str] = Counter()
    for row in read(data, "pii-presidio"):
        text = row["full_text"]
        got = {
            finding.code for module in (personal_numbers, contact_details) for finding in module.check(text)
        }
        want = {KINDS[span["entity_type"]] for span in row["spans"] if span["entity_type"] in KINDS}
        others.update({span["entity_type"] for span in row["spans"]} - set(KINDS))
        hits.update(got & want)
        misses.update(want - got)
        errors.update(got - want)
    lines = []
    for kind, code in KINDS.items():
        sentences = hits[code] + misses[code]
        recall, precision = hits[code] / max(1, sentences), hits[code] / max(1, hits[code] + errors[code])
        severity = CODES[code][0].value
        lines.append((f"{kind}: `{code}`, {severity}", sentences, f"{recall:.3f}", f"{precision:.3f}"))
    yield from table(["kind", "sentences", "recall", "precision"], lines)
    yield "\nA sentence counts once for each kind it holds. Not looked for, because names, places and dates are what"
    kinds = ", ".join(f"{kind} ({count})" for kind, count in others.most_common())
    yield f"knowledge is about, or nothing in the form tells them: {kinds}."


def injections(data: Path) -> Iterator[str]:
    """Prompt injection: weak by nature, a warning only."""
    total: Counter[str] = Counter()
    warnings: Counter[str] = Counter()
    for row in read(data, "prompt-injection"):
        group = (
            "clean e-mails"
            if row["label"] == "clean"
            else "jailbreaks, hijacks"
            if row.get("name")
            else "tasks hidden in data"
        )
        total[group] += 1
        warnings[group] += bool(list(injection.check(row["text"])))
    for name in ("medquad", "tldr", "owasp-cheatsheets"):
        for row in read(data, name):
            total[f"good texts: {name}"] += 1
            warnings[f"good texts: {name}"] += bool(
                list(injection.check(row.get("answer") or row.get("text") or ""))
            )
    yield from table(
        ["texts", "number", "warned of", "share"],
        [(k, n, warnings[k], f"{warnings[k] / n:.1%}") for k, n in total.items()],
    )
    yield "\nThe patterns were written with these injections in view, so others will be found less often. A third of the tasks hidden in"
    yield "data are ordinary requests (“What is the capital of Brazil?”) that no pattern can tell from a title."


def good_texts(data: Path) -> Iterator[str]:
    """Good texts: what the new checks say of texts that must pass."""
    sets = {
        "owasp-cheatsheets": ("title", "text"),
        "18f-handbook": ("title", "text"),
        "tldr": ("title", "text"),
        "opensource-guide": ("title", "text"),
        "xquad/passages": ("title", "text"),
        "medquad": ("question", "answer"),
        "factbook": ("field", "text"),
    }
    lines = []
    for name, (title, text) in sets.items():
        counts: Counter[str] = Counter()
        number = 0
        for row in read(data, name):
            for part in _parts(row.get(text) or ""):
                number += 1
                offered = as_row(row.get(title), part, row.get("lang") or "en")
                counts.update({f.code for f in parse_row(Kind.RECORD, offered, POLICY).findings})
        refused = {code: n for code, n in counts.items() if CODES[code][0] is Severity.REFUSE}
        others = {code: n for code, n in counts.items() if CODES[code][0] is not Severity.REFUSE}
        lines.append((name, f"{number:,}", _listed(refused), _listed(others)))
    yield from table(["set", "records", "refused", "warnings and notes"], lines)
    yield "\nTexts longer than a record are cut at paragraphs. They pass through the repairs that `contribute` makes and reports."


def _parts(text: str) -> Iterator[str]:
    """The text in pieces that fit into records, cut between paragraphs where that is possible."""
    part = ""
    for paragraph in text.split("\n\n"):
        if part and len(f"{part}\n\n{paragraph}".encode()) > MAX_TEXT_BYTES:
            yield part
            part = ""
        part = f"{part}\n\n{paragraph}" if part else paragraph
    if part.strip():
        yield part


def _listed(counts: dict[str, int]) -> str:
    return (
        ", ".join(f"`{code}` {n:,}" for code, n in sorted(counts.items(), key=lambda item: -item[1]))
        or "none"
    )


def confusables(data: Path) -> Iterator[str]:
    """Look-alike letters: every mapping of UTS #39 to one ASCII letter, put into a word."""
    counts: Counter[tuple[str, str]] = Counter()
    for row in read(data, "unicode-confusables"):
        letter, like = row["source_char"], row["target_char"]
        if len(letter) != 1 or len(like) != 1 or not (like.isascii() and like.isalpha()) or letter.isascii():
            continue
        codes = [finding.code for finding in characters.check("text", f"wa{letter}er")]
        counts[_script(row["source_name"], letter), (codes or ["nothing"])[0]] += 1
    groups = sorted(
        {group for group, _ in counts}, key=lambda group: -sum(counts[group, c] for c in _CONFUSED)
    )
    yield from table(
        ["letters of", *_CONFUSED],
        [(group, *(counts[group, code] for code in _CONFUSED)) for group in groups],
    )
    yield "\nNot told: letters that are Latin themselves (a name may be Turkish), Greek letters that science writes beside Latin ones,"
    yield "styled Greek, digits and signs, and letters of scripts whose words nobody would take for Latin."


_CONFUSED = ("look-alike-letters", "forbidden-character", "not-nfc", "nothing")


def _script(name: str, letter: str) -> str:
    words = name.split()
    if words[0] in (
        "CYRILLIC",
        "GREEK",
        "CHEROKEE",
        "COPTIC",
        "ARMENIAN",
        "LISU",
        "LATIN",
        "MATHEMATICAL",
        "FULLWIDTH",
    ):
        return words[0].capitalize()
    return "other alphabets" if letter.isalpha() else "digits and signs"


SECTIONS: dict[str, Callable[[Path], Iterator[str]]] = {
    "licences": licences,
    "secrets": secrets,
    "pii": pii,
    "injections": injections,
    "good": good_texts,
    "confusables": confusables,
}
