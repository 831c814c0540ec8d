"""What can go wrong, as one small tree.

CommonsError                 everything we raise on purpose
├── UsageError               the caller asked for something that makes no sense
├── InputError               a file or table that cannot be read at all (a bad row is a finding, not an error)
├── SchemaError              a Parquet file that is not one of ours
├── PolicyError              governance files that are missing or broken
├── LedgerError              a signature, envelope, key or log that does not hold
├── HubError                 the Hub refused, is down, or the repository is not a commons
│   ├── NotACommonsError     the repository or folder holds no ``governance/policy.toml``
│   ├── AccessError          a missing, wrong or too weak token
│   ├── UnreachableError     no answer from the endpoint
│   └── ConflictError        the repository moved while we worked
├── ProposalError            a proposal that is closed, has moved or is not accepted, with the reasons
├── IndexArtifactError       an index that is missing, damaged, or belongs to other data
└── MissingExtraError        an optional library is not installed

Each class has a stable ``code``; each error says what happened, to what, and (``hint``) what to do next. A bad *record* is
never an error: it is a finding (see ``commons.gate``). The one place that turns errors into exit codes is ``commons.cli``.
"""

from __future__ import annotations

import errno

DISTRIBUTION = "hf-commons"  # what pip calls us


class CommonsError(Exception):
    """Base of every error raised on purpose.

    Args:
        message: what happened, to what.
        hint: what to do next, usually a command to type; empty when the message says it all.
        code: overrides the class's stable code where one class covers several named reasons.
    """

    code = "error"

    def __init__(self, message: str, *, hint: str = "", code: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        if code:
            self.code = code


class UsageError(CommonsError):
    code = "usage"


class InputError(CommonsError):
    code = "input"


class SchemaError(CommonsError):
    code = "schema"


class PolicyError(CommonsError):
    code = "policy"


class LedgerError(CommonsError):
    code = "ledger"


class HubError(CommonsError):
    code = "hub"


class NotACommonsError(HubError):
    code = "not-a-commons"


class AccessError(HubError):
    code = "access-denied"


class UnreachableError(HubError):
    code = "hub-unreachable"


class ConflictError(HubError):
    code = "conflict"


class ProposalError(CommonsError):
    code = "proposal"


class IndexArtifactError(CommonsError):
    code = "index"


class MissingExtraError(CommonsError):
    """An optional library is missing; the hint names the extra that brings it."""

    code = "missing-extra"

    def __init__(self, library: str, extra: str) -> None:
        super().__init__(
            f"This needs the library {library!r}, which is not installed.",
            hint=f"pip install '{DISTRIBUTION}[{extra}]'",
        )


def first_line(error: BaseException | str) -> str:
    """What an error of somebody else's says, in one line; where it says nothing, its kind."""
    name = "no reason given" if isinstance(error, str) else type(error).__name__
    return next(filter(None, map(str.strip, str(error).splitlines())), name)


def last_line(output: str) -> str:
    """What a program that failed said last, which is mostly why."""
    return (output.strip().splitlines() or ["no reason given"])[-1]


def from_system(error: OSError) -> CommonsError:
    """What the operating system refused, as one of ours."""
    where = f" ({error.filename})" if error.filename else ""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return CommonsError(
            f"The disk is full{where}; nothing was left half written.",
            hint="Free some space and run the same command again.",
            code="disk-full",
        )
    return CommonsError(f"{error.strerror or error}{where}.", code="system")
