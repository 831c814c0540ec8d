"""What a proposal made by hand holds, as Markdown: how many rows would be taken, what is wrong with others, and how to go on.

Everything that comes from the proposal is escaped; what stands in a command is quoted for a shell.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from commons.escaping import code, escape
from commons.gate.findings import Finding, grouped
from commons.hub.repository import Proposal
from commons.proposals.unsigned import Table, UnsignedProposal

_MAX_FINDINGS = 30
_MAX_ROWS = 12
_MAX_LEFT_OUT = 10
_OPTIONS = {
    "license": "--license SPDX-ID",
    "lang": "--lang TAG",
    "topic": "--topic SLUG",
    "source": "--source-url URL",
}
_WORDS = {"license": "the licence", "lang": "the language", "topic": "a topic", "source": "a source"}


def render(found: UnsignedProposal, proposal: Proposal, repo_id: str) -> str:
    """The body of the comment, without marker and stamp."""
    parts = [
        "### Report of the gate",
        f"**Not signed yet. {found.passing:,} of {found.rows:,} rows could be taken.**",
        "These files were added without `commons contribute`, so nobody has signed for them and they cannot land as they are. "
        "They were read all the same:",
        _tables(found.tables),
    ]
    if found.missing:
        parts += [
            f"No row says {_listed([_WORDS[name] for name in found.missing])}; somebody who knows must."
        ]
    if found.findings:
        parts += ["#### What is wrong with the other rows", _findings(found.findings)]
    parts += ["#### How to go on", _ways(found, proposal, repo_id)]
    if found.left_out:
        more = (
            f" and {len(found.left_out) - _MAX_LEFT_OUT:,} more"
            if len(found.left_out) > _MAX_LEFT_OUT
            else ""
        )
        listed = ", ".join(code(path) for path in found.left_out[:_MAX_LEFT_OUT])
        parts += [
            f"Not taken: {listed}{more}. Cards and configs of a commons are generated at every landing."
        ]
    parts += [f"Checked at `{proposal.head}`. A new commit on this proposal gets a new report."]
    return "\n\n".join(parts)


def adopt_command(found: UnsignedProposal, number: int, repo_id: str) -> str:
    """What a reviewer types; words in capitals are to be replaced."""
    mapping = ",".join(f"{target}={column}" for target, column in found.columns.items())
    options = [f"--map {shlex.quote(mapping)}"] if mapping else []
    return " ".join(
        [f"commons adopt {number} --repo {repo_id}", *options, *(_OPTIONS[name] for name in found.missing)]
    )


def signing_yourself(found: UnsignedProposal, repo_id: str) -> str:
    """How its author offers it again, for a proposal that is closed."""
    return f"#### How to go on\n\nOffer it again with your signature:\n\n{_shell(_contribute_command(found, repo_id))}"


def _contribute_command(found: UnsignedProposal, repo_id: str) -> str:
    command = adopt_command(found, 0, repo_id).removeprefix("commons adopt 0")
    files = " ".join(_file_argument(table.path) for table in found.tables if not table.problem)
    return f"commons contribute {files}{command}"


def _file_argument(path: str) -> str:
    """The file's name as a word for a shell: neither an option nor something that commands a terminal."""
    name = path.rsplit("/", 1)[-1]
    if not name.isprintable():
        return "FILE"
    return shlex.quote(f"./{name}" if name.startswith("-") else name)


def _tables(tables: Sequence[Table]) -> str:
    rows = []
    for table in tables:
        read_as = ", ".join(f"{target} = {code(column)}" for target, column in table.mapping.items())
        told = escape(table.problem) if table.problem else read_as or "columns by their names"
        rows.append(f"| {code(table.path)} | {table.rows:,} | {table.passing:,} | {told} |")
    return "\n".join(["| file | rows | could be taken | read as |", "| --- | ---: | ---: | --- |", *rows])


def _findings(findings: Sequence[Finding]) -> str:
    said = grouped(findings)
    lines = []
    for one in said[:_MAX_FINDINGS]:
        place = one.place(_MAX_ROWS)
        where = f"{place}: " if place else ""
        lines.append(
            f"* `{one.finding.code}` {where}{escape(one.finding.message)}. {escape(one.finding.hint)}"
        )
    if len(said) > _MAX_FINDINGS:
        lines.append(f"* … and {len(said) - _MAX_FINDINGS:,} more.")
    return "\n".join(lines)


def _ways(found: UnsignedProposal, proposal: Proposal, repo_id: str) -> str:
    if not found.passing:
        return "* Mend the rows, push them to this proposal, and comment `/commons check`."
    return "\n".join(
        [
            f"* **{escape(proposal.author)}**, sign for it yourself and close this one; your key is made on first use:",
            "",
            _shell(_contribute_command(found, repo_id)),
            "",
            "* or **a reviewer** adopts it, signs for it, and names you as its author:",
            "",
            _shell(adopt_command(found, proposal.number, repo_id)),
        ]
    )


def _shell(command: str) -> str:
    fence = "```"
    while fence in command:
        fence += "`"
    return f"{fence}sh\n{command}\n{fence}"


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
