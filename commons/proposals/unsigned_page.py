"""What a proposal made by hand holds, as Markdown: how many rows would be taken, what is wrong with others, and how to go on.

Everything that comes from the proposal is escaped; what stands in a command is quoted for a shell.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from commons.escaping import code, escape
from commons.gate.findings import Finding, by_message
from commons.gate.wording import conjunction, first_of, sentence
from commons.hub.repository import Proposal
from commons.proposals.markdown import shell
from commons.proposals.unsigned_proposal import OPTION_OF, WORDS_OF, Table, UnsignedProposal

_MAX_FINDINGS = 30
_MAX_ROWS = 12
_MAX_LEFT_OUT = 10


def render(unsigned: UnsignedProposal, proposal: Proposal, repo_id: str) -> str:
    """The body of the comment, without marker and stamp."""
    parts = [
        "### Report of the gate",
        f"**Not signed yet. {unsigned.passing:,} of {unsigned.rows:,} rows could be taken.**",
        "These files were added without `commons contribute`, so nobody has signed for them and they cannot land as they are. "
        "They were read all the same:",
        _tables(unsigned.tables),
    ]
    if unsigned.missing:
        parts += [
            f"No row says {conjunction([WORDS_OF[name] for name in unsigned.missing])}; somebody who knows must."
        ]
    if unsigned.findings:
        parts += ["#### What is wrong with the other rows", _findings(unsigned.findings)]
    parts += ["#### How to go on", _ways(unsigned, proposal, repo_id)]
    if unsigned.left_out:
        paths = first_of([code(path) for path in unsigned.left_out], _MAX_LEFT_OUT)
        parts += [f"Not taken: {paths}. Cards and configs of a commons are generated at every landing."]
    parts += [f"Checked at `{proposal.head}`. A new commit on this proposal gets a new report."]
    return "\n\n".join(parts)


def adopt_command(unsigned: UnsignedProposal, number: int, repo_id: str) -> str:
    """What a reviewer types; words in capitals are to be replaced."""
    return f"commons adopt {number} {_how_to_read(unsigned, repo_id)}"


def _how_to_read(unsigned: UnsignedProposal, repo_id: str) -> str:
    """The options by which the rows say everything."""
    mapping = ",".join(f"{target}={column}" for target, column in unsigned.columns.items())
    options = [f"--map {shlex.quote(mapping)}"] if mapping else []
    return " ".join([f"--repo {repo_id}", *options, *(OPTION_OF[name] for name in unsigned.missing)])


def signing_yourself(unsigned: UnsignedProposal, repo_id: str) -> str:
    """How its author offers it again, for a proposal that is closed."""
    return f"#### How to go on\n\nOffer it again with your signature:\n\n{shell(_contribute_command(unsigned, repo_id))}"


def _contribute_command(unsigned: UnsignedProposal, repo_id: str) -> str:
    files = " ".join(_file_argument(table.path) for table in unsigned.tables if not table.problem)
    return f"commons contribute {files} {_how_to_read(unsigned, repo_id)}"


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
        columns = escape(table.problem) if table.problem else read_as or "columns by their names"
        rows.append(f"| {code(table.path)} | {table.rows:,} | {table.passing:,} | {columns} |")
    return "\n".join(["| file | rows | could be taken | read as |", "| --- | ---: | ---: | --- |", *rows])


def _findings(findings: Sequence[Finding]) -> str:
    groups = by_message(findings)
    lines = []
    for group in groups[:_MAX_FINDINGS]:
        place = escape(group.place(_MAX_ROWS))
        where = f"{place}: " if place else ""
        lines.append(
            f"* `{group.finding.code}` {where}{escape(sentence(group.finding.message))} {escape(group.finding.hint)}"
        )
    if len(groups) > _MAX_FINDINGS:
        lines.append(f"* … and {len(groups) - _MAX_FINDINGS:,} more.")
    return "\n".join(lines)


def _ways(unsigned: UnsignedProposal, proposal: Proposal, repo_id: str) -> str:
    if not unsigned.passing:
        return "* Mend the rows, push them to this proposal, and comment `/commons check`."
    return "\n".join(
        [
            f"* **{escape(proposal.author)}**, sign for it yourself and close this one; your key is made on first use:",
            "",
            shell(_contribute_command(unsigned, repo_id)),
            "",
            "* or **a reviewer** adopts it, signs for it, and names you as its author:",
            "",
            shell(adopt_command(unsigned, proposal.number, repo_id)),
        ]
    )
