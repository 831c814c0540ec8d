"""Findings: what checks have to say, one by one and grouped for a reader.

Every finding has a stable kebab-case code from ``CODES``; ``CODES.md`` beside this file is made from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

from commons import layout


class Severity(StrEnum):
    REFUSE = "refuse"
    WARN = "warn"
    NOTE = "note"


_MAX_EXCERPT_CHARACTERS = 60
_FEW_ROWS = 3
# code -> (severity, what it means, hint)
CODES: dict[str, tuple[Severity, str, str]] = {
    # rows
    "unreadable-row": (Severity.REFUSE, "the line cannot be read as a row", "Fix the line, or leave it out."),
    "wrong-type": (Severity.REFUSE, "a field has the wrong type", "Write it as text, or as a list of texts where there may be several; --map can name a part of it, and --map FIELD= says that the column is something else."),
    "text-missing": (Severity.REFUSE, "the text is empty", "Write the text, or leave the row out; where another column holds it, name that: --map text=COLUMN"),
    "text-placeholder": (Severity.REFUSE, "a text that stands for a missing value, such as NaN, N/A or TODO", "Leave the row out, or write the text; where the word is the answer, say it in a sentence."),
    "text-too-long": (Severity.REFUSE, "the text is longer than the policy allows", "Split it into several records; commons contribute does it at paragraphs with --split-long."),
    "title-too-long": (Severity.REFUSE, "the title is longer than the policy allows", "Shorten it, or move it into the text."),
    "not-nfc": (Severity.REFUSE, "the text is not in Unicode normal form C", "commons contribute normalises before signing."),
    "forbidden-character": (Severity.REFUSE, "control, bidirectional or unassigned characters", "Remove the character named in the message, or read the file with its own encoding: --encoding"),
    "lone-surrogate": (Severity.REFUSE, "half of a surrogate pair, which is not text", "Re-export the file as UTF-8."),
    "lang-invalid": (Severity.REFUSE, "no language tag (BCP 47), or not in its canonical spelling", "Name the language of the text by its tag, such as en, pt-BR or zh-Hans."),
    "topic-missing": (Severity.REFUSE, "no topic is given", "Add one: --topic SLUG"),
    "topic-unknown": (Severity.REFUSE, "a topic that the policy does not list", "Choose from the topics in governance/policy.toml."),
    "license-refused": (Severity.REFUSE, "a licence that cannot enter this commons", "Only offer what its owner put under an open licence."),
    "license-contradiction": (Severity.REFUSE, "the record claims more than its source allows", "Give the record its source's licence."),
    "source-missing": (Severity.REFUSE, "no source with a title or a url", "Add --source-url or --source-title."),
    "source-invalid": (Severity.REFUSE, "a source field that cannot be used", "Give an absolute http(s) address and an ISO date."),
    "duplicate-in-file": (Severity.REFUSE, "the same record or question stands earlier in the contribution", "Remove the repetition."),
    "duplicate-in-commons": (Severity.REFUSE, "the commons already holds exactly this row", "Remove it; the existing row is named."),
    "link-invalid": (Severity.REFUSE, "a link that is not one", "Take a predicate of those that the message lists; the other end is a record or an address."),
    "link-dangling": (Severity.REFUSE, "a link to a record that does not exist", "Name a row by its local id, a record by its id or exact title, or an http(s) address; rows of another file are found when both files are offered together."),
    "link-ambiguous": (Severity.REFUSE, "a link to a name that several bear", "Name the other end by its record id, or as COLLECTION/TITLE."),
    "link-to-refused": (Severity.REFUSE, "a link to a row that was refused, and nothing wrong with the link itself", "Mend the row that it names; the link comes with it."),
    "row-deprecated": (Severity.REFUSE, "what its own source no longer holds to be right", "Leave it out, or offer what replaced it."),
    "link-duplicate": (Severity.REFUSE, "the same link twice", "Remove the repetition."),
    "question-unanswered": (Severity.REFUSE, "nothing says which records answer the question", "Name them by id, text or title; [] says that the commons should not know."),
    "question-invalid": (Severity.REFUSE, "what answers the question is no list of records", "Make the contribution with commons contribute --kind questions."),
    "question-dangling": (Severity.REFUSE, "a question about a record that does not exist", "Offer the record first, and name it by its id, exact text or exact title."),
    "question-ambiguous": (Severity.REFUSE, "a name that several records bear", "Name the record by its id (commons search shows it) or by its exact text."),
    # what a row says
    "title-placeholder": (Severity.WARN, "a title that programs write where there is none", "Leave the title out, unless the record is about the word."),
    "nfc-changes-letter": (Severity.WARN, "an ideograph that Unicode normal form C replaces by another, which cannot be undone", "Nothing to do where both are the same letter; where its form matters, as in a name, write the new letter with its variation selector, which stays."),
    "invisible-character": (Severity.WARN, "a joiner, direction mark or variation selector where no script needs it", "Remove it unless the text is wrong without it."),
    "look-alike-letters": (Severity.WARN, "a word mixes letters of several alphabets that look alike", "Type the word in one alphabet."),
    "mojibake": (Severity.WARN, "text decoded with the wrong character set, or that lost characters", "Read the file again with its own encoding: --encoding"),
    "markup": (Severity.WARN, "HTML tags or entities where plain words are expected", "Take the words out of the markup, or put code in backticks."),
    "active-markup": (Severity.WARN, "HTML that could act in a page", "Put it in backticks if the text is about it; else remove it."),
    "lang-mismatch": (Severity.WARN, "the text reads like another language than the one declared", "Correct the language: --lang, or a column."),
    "email-address": (Severity.WARN, "an e-mail address that may be one person's", "Remove it unless the person published it for this purpose."),
    "phone-number": (Severity.WARN, "a telephone number that may be one person's", "Remove it unless its owner published it for this purpose."),
    "ip-address": (Severity.NOTE, "the address of a machine on the internet", "Remove it if a person can be found by it."),
    "payment-card": (Severity.REFUSE, "the number of a payment card, its check digit right", "Remove the number."),
    "bank-account": (Severity.REFUSE, "an IBAN, its check digits right", "Remove the number."),
    "national-id": (Severity.REFUSE, "a national identity, tax or insurance number of a person", "Remove the number."),
    "national-id-possible": (Severity.WARN, "a number in the form of a national id, with nothing that says so", "Remove it if it names a person."),
    "secret": (Severity.REFUSE, "a credential: a token, key or password by its published form", "Remove it, and revoke it: it has been seen."),
    "secret-possible": (Severity.WARN, "what may be a credential or only an example of one", "Remove it unless it is a made-up example."),
    "prompt-injection": (Severity.WARN, "a sentence that speaks to a language model", "Remove it unless the text is about such sentences."),
    # files
    "path-forbidden": (Severity.REFUSE, "a file where contributors may not write", "Only shards, openings and the signed statement belong in a proposal."),
    "file-changed": (Severity.REFUSE, "an existing file is changed or deleted", "A contribution only adds files; a correction is a new record that dcterms:replaces the old one."),
    "limit-exceeded": (Severity.REFUSE, "the contribution is larger than the policy allows", "Split it into several contributions."),
    "digest-mismatch": (Severity.REFUSE, "a file name that is not the digest of its bytes", "Make the contribution with commons contribute."),
    "disguised-file": (Severity.REFUSE, "a file that is something else than its name says", "Make the contribution with commons contribute."),
    "unreadable-shard": (Severity.REFUSE, "not a Parquet file", "Make the contribution with commons contribute."),
    "column-missing": (Severity.REFUSE, "a shard lacks a column", "Make the contribution with commons contribute."),
    "column-extra": (Severity.REFUSE, "a shard has a column that does not belong", "Make the contribution with commons contribute."),
    "column-type": (Severity.REFUSE, "a column has another type", "Make the contribution with commons contribute."),
    "column-order": (Severity.REFUSE, "the columns stand in another order", "Make the contribution with commons contribute."),
    "foreign-metadata": (Severity.REFUSE, "a shard carries metadata, a schema or an index that our writer never writes", "Make the contribution with commons contribute."),
    "foreign-encoding": (Severity.REFUSE, "a shard is compressed or encoded as our writer never does", "Make the contribution with commons contribute."),
    "bytes-outside-pages": (Severity.REFUSE, "a shard holds bytes that belong to no row", "Make the contribution with commons contribute."),
    "false-statistics": (Severity.REFUSE, "statistics or an index of a shard say something else than its rows", "Make the contribution with commons contribute."),
    "check-limit": (Severity.REFUSE, "checking the files took more memory or time than any honest contribution needs", "Make the contribution with commons contribute."),
    "pool-mismatch": (Severity.REFUSE, "a record stands in the pool of another licence", "Make the contribution with commons contribute."),
    "empty-contribution": (Severity.REFUSE, "nothing is offered", "Offer at least one row."),
    # signatures
    "unsigned": (Severity.REFUSE, "no signed statement comes with the files", "Make the contribution with commons contribute."),
    "signature-invalid": (Severity.REFUSE, "the statement or its signature does not hold", "Sign again: run commons contribute once more."),
    "key-retired": (Severity.REFUSE, "the key was revoked or rotated away", "Use its successor, or make a new key: commons key new"),
    "key-not-entitled": (Severity.REFUSE, "a key speaks for another", "A key speaks for itself; a maintainer may revoke any."),
    "key-low-order": (Severity.REFUSE, "a public key that anybody could sign for", "Make a key with commons key new."),
    "key-not-canonical": (Severity.REFUSE, "a public key that is not canonically encoded", "Make a key with commons key new."),
    "wrong-commons": (Severity.REFUSE, "the statement was signed for another commons", "Run commons contribute against this one."),
    "statement-outdated": (Severity.REFUSE, "a statement in the form of an earlier format", "Run commons contribute again; it signs anew."),
    "person-malformed": (Severity.REFUSE, "the file that opens the author's person id cannot be read", "Run commons contribute again."),
    "person-mismatch": (Severity.REFUSE, "the statement was signed by another person than the one who proposes it", "Sign with your own account and a key of your own (commons key new makes one); what others signed is theirs."),
    "person-known": (Severity.REFUSE, "the account has a person id already, and the statement names another", "Run commons contribute again; it uses the id that is known."),
    "person-unknown": (Severity.REFUSE, "nothing shows whose the person id is", "Run commons contribute again; it brings the opening along."),
    "refused-before": (Severity.WARN, "the same statement was refused before; it needs one approval more", "Read why it was refused; mend it, and sign anew."),
    "envelope-gone": (Severity.WARN, "a statement that an earlier report saw under this proposal is gone", "Ask why it was taken away."),
    "replayed": (Severity.REFUSE, "this statement has landed before", "Run commons contribute again; it signs anew."),
    "id-mismatch": (Severity.REFUSE, "an id is not the hash of its row", "Make the contribution with commons contribute."),
    "commitment-mismatch": (Severity.REFUSE, "rows, openings and statement do not agree", "Make the contribution with commons contribute."),
    # an index
    "index-offered": (Severity.NOTE, "what the proposed index is of, and what becomes of its folder", ""),
    "index-invalid": (Severity.REFUSE, "an index that its manifest, the data or the log contradicts", "Build it again: commons build --propose"),
    "index-too-large": (Severity.REFUSE, "more, or larger, files than an index of these records can need", "Build it again: commons build --propose"),
    "index-older": (Severity.REFUSE, "an index that knows no more than the one that is there", "Build it again from main as it is now: commons build --propose"),
    "index-stale": (Severity.WARN, "the data has grown since the index was built; what is new is not found by it", "Land it, or ask for one that is built anew."),
    "index-other-model": (Severity.WARN, "another model, or other weights, than the index that is there", "Ask why before you land it."),
    "index-unchecked": (Severity.REFUSE, "an index that cannot be checked here, so nothing shows that it follows from the data", "Install what the message names, or have it built with what is here."),
    "vectors-unchecked": (Severity.WARN, "whether the vectors are those of the texts, and the figures right, was not checked", "Ask who built it; once it has landed, commons verify --embed checks a sample."),
    # a correction
    "replaces-circle": (Severity.REFUSE, "corrections that would lead in a circle, so that nobody could say which is the newest", "Let the newest record replace the others, and nothing replace it."),
    "replaced-before": (Severity.REFUSE, "a correction of a record that was corrected meanwhile", "Read its newest version; if that is still wrong, replace that one."),
    "replaced-twice": (Severity.REFUSE, "two records of one contribution that replace the same record", "Keep one of the two, or let one replace the other as well."),
    # what is compared
    "same-words": (Severity.WARN, "the words of another record, but for case, punctuation or blanks", "Leave it out, or say what is new in it."),
    "same-text": (Severity.WARN, "the text of another record under another title", "Leave it out, or put what differs into the text."),
    "near-duplicate": (Severity.WARN, "nearly the words of another record, or the same in other words", "Leave it out, or link it with dcterms:replaces if it is a correction."),
    "same-form": (Severity.NOTE, "the sentences of another record with other names or numbers", "Nothing to do if the records speak of different things."),
    "contradiction-candidate": (Severity.NOTE, "nearly the same as another record, but for a number, a date, a negation, an opposite or a word", "Read both; a correction is linked with dcterms:replaces, a dispute with cito:disputes."),
    "contamination": (Severity.WARN, "an item of a protected benchmark, perhaps reworded", "Leave it out: who trains on it can no longer be tested with it."),
    "dominance": (Severity.NOTE, "one contributor or source would hold most of a topic", "Ask whether others should be heard first."),
    "query-stuffing": (Severity.WARN, "a record among the first answers to very many unrelated questions", "Read it: a text should say one thing."),
    "hub": (Severity.NOTE, "a record nearest to very many unrelated records", "Read it: very short or very general texts crowd out others."),
    "not-compared": (Severity.NOTE, "a comparison that could not be made here", ""),
    "offered-elsewhere": (Severity.WARN, "rows that another open proposal offers too", "Keep one of the two proposals open, and close the other."),
    # what a reader should know
    "repaired": (Severity.NOTE, "text was normalised before signing", ""),
    "text-parted": (Severity.NOTE, "a text too long for a record became several, linked by dcterms:isPartOf", ""),
    "language-canonical": (Severity.NOTE, "language tags were brought to their canonical spelling", ""),
    "license-canonical": (Severity.NOTE, "licences were brought to their SPDX ids", "If another licence was meant, name it by its SPDX id."),
    "source-unnamed": (Severity.NOTE, "a source with neither title nor author", "Name whom to credit: --source-title, --source-author, or a column of them."),
    "unused-column": (Severity.NOTE, "a column that nothing maps to", "Map it with --map, or leave it."),
    "more-findings": (Severity.NOTE, "the report is cut", "Mend what it lists and look again."),
}  # fmt: skip


@dataclass(frozen=True)
class RowPlace:
    """Where a row stands in what was brought: its file, its number among the data rows, and its line; 0 where there are no lines."""

    file: str
    row: int
    line: int = 0


@dataclass(frozen=True)
class Finding:
    """One thing a check has to say. ``row`` counts from 1 within ``file``; 0 speaks of the whole file.

    ``line`` is where the row begins in a file of its contributor's, ``record`` the id of the record; each is empty where there is none.
    """

    code: str
    message: str
    file: str = ""
    row: int = 0
    line: int = 0
    record: str = ""

    def at(self, place: RowPlace) -> Finding:
        return replace(self, file=place.file, row=place.row, line=place.line)

    @property
    def severity(self) -> Severity:
        return CODES[self.code][0]

    @property
    def hint(self) -> str:
        return CODES[self.code][2]

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "severity": self.severity.value, "hint": self.hint}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Finding:
        """The inverse of ``to_json``; what is derived is derived again."""
        return cls(*(data[name] for name in ("code", "message", "file", "row", "line", "record")))


def table() -> str:
    """``CODES`` as a Markdown table, one code a line."""
    lines = [
        f"| `{code}` | {severity} | {meaning} | {hint} |" for code, (severity, meaning, hint) in CODES.items()
    ]
    return (
        "\n".join(["| code | severity | what it means | what to do |", "| --- | --- | --- | --- |", *lines])
        + "\n"
    )


def excerpt(text: str) -> str:
    """The beginning of what somebody wrote, quoted: a message is short however long the value."""
    short = text if len(text) <= _MAX_EXCERPT_CHARACTERS else text[:_MAX_EXCERPT_CHARACTERS] + "…"
    return repr(short)


def gravest_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Refusals before warnings before notes, each in the order they were found."""
    order = list(Severity)
    return tuple(sorted(findings, key=lambda finding: order.index(finding.severity)))


@dataclass(frozen=True)
class GroupedFinding:
    """One sentence of the checks, and every row it is said of (none when it speaks of whole files), as findings that bear the places."""

    finding: Finding
    of_rows: tuple[Finding, ...]

    @property
    def rows(self) -> tuple[int, ...]:
        """The numbers of the rows, each within its file."""
        return tuple(finding.row for finding in self.of_rows)

    def place(self, limit: int) -> str:
        """ "notes.csv, row 3 (line 4)", "rows 1, 2 and 7 more", or nothing; at most ``limit`` rows are named.

        A file is named by whoever has it: a row of a shard by its record, where these are few.
        """
        if not self.of_rows:
            return ""
        by_file: dict[str, list[Finding]] = {}
        for finding in self.of_rows[:limit]:
            by_file.setdefault("" if _is_shard(finding.file) else finding.file, []).append(finding)
        shown = "; ".join(_rows_of(file, findings) for file, findings in by_file.items())
        more = f" and {len(self.of_rows) - limit:,} more" if len(self.of_rows) > limit else ""
        return shown + more


def _rows_of(file: str, findings: Sequence[Finding]) -> str:
    few = len(findings) <= _FEW_ROWS
    rows = ", ".join(_row(finding, few and not file) for finding in findings)
    return f"{f'{file}, ' if file else ''}row{'s' * (len(findings) > 1)} {rows}"


def _row(finding: Finding, named: bool) -> str:
    if finding.line:
        return f"{finding.row} (line {finding.line})"
    return f"{finding.row} ({finding.record})" if named and finding.record else str(finding.row)


def _is_shard(file: str) -> bool:
    return layout.parse_shard(file) is not None


def by_message(findings: Iterable[Finding]) -> list[GroupedFinding]:
    """The findings for a reader: what is said of many rows stands once, in the order of first appearance."""
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.code, finding.message), []).append(finding)
    return [
        GroupedFinding(Finding(code, message), tuple(finding for finding in group if finding.row))
        for (code, message), group in groups.items()
    ]


@dataclass(frozen=True)
class FindingsOfCode:
    """All that is said under one code; ``rows`` counts the rows it is said of."""

    code: str
    groups: tuple[GroupedFinding, ...]

    @property
    def severity(self) -> Severity:
        return CODES[self.code][0]

    @property
    def meaning(self) -> str:
        return CODES[self.code][1]

    @property
    def hint(self) -> str:
        return CODES[self.code][2]

    @property
    def rows(self) -> int:
        return sum(len(group.rows) for group in self.groups)


def by_code(findings: Iterable[Finding]) -> list[FindingsOfCode]:
    """The findings for a reader who wants to know what is the matter before where: gravest first, each code once."""
    by_code: dict[str, list[GroupedFinding]] = {}
    for group in by_message(findings):
        by_code.setdefault(group.finding.code, []).append(group)
    all_of_code = [FindingsOfCode(code, tuple(groups)) for code, groups in by_code.items()]
    return sorted(all_of_code, key=lambda group: list(Severity).index(group.severity))
