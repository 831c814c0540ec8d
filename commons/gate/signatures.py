"""Checks of what was signed: a contribution whose parts agree, or a key that speaks for itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from commons import digests, layout
from commons.errors import CommonsError, LedgerError, SchemaError
from commons.gate.commons_state import CommonsState
from commons.gate.findings import CODES, Finding
from commons.governance import people
from commons.governance.policy import Policy
from commons.ledger import contributions, key_history, signed_statements
from commons.ledger.contributions import Group
from commons.ledger.statements import (
    GENERATION,
    ContributionStatement,
    KeyStatement,
    Statement,
    StatementKind,
)
from commons.records import containers, shards
from commons.records.bounds import Bounds
from commons.records.schema import OPENINGS, Row


@dataclass(frozen=True)
class Authorship:
    """A statement that holds: of which kind, about which contribution or key, by whom, in which envelope (SHA-256 hex)."""

    kind: StatementKind
    about: str
    key_id: str
    person: str
    envelope: str


def check(
    files: Mapping[str, bytes],
    groups: Mapping[Group, Sequence[Row]] | None,
    policy: Policy,
    state: CommonsState,
    proposer: str = "",
) -> Authorship | Finding:
    """Who offers this, or why nobody can be held to it. ``groups`` is None when rows could not be read, and is not compared then."""
    envelopes = [path for path in files if layout.parse_envelope(path)]
    openings = [path for path in files if layout.parse_openings(path)]
    persons = [path for path in files if layout.parse_person(path)]
    only_envelope = len(envelopes) == 1 == len(files) - len(persons)
    if len(envelopes) != 1 or not (only_envelope or len(openings) == 1):
        message = f"one signed statement and one table of openings are expected, not {len(envelopes)} and {len(openings)}"
        return Finding("unsigned", message)
    path, envelope = envelopes[0], files[envelopes[0]]
    try:
        if digests.sha256_hex(envelope) != layout.parse_envelope(path):
            raise LedgerError(f"{path} is not named by its SHA-256.", code="digest-mismatch")
        if digests.sha256_hex(envelope) in state.envelopes:
            raise LedgerError("This statement is in the log already.", code="replayed")
        if only_envelope:
            authorship = _key_statement(envelope, policy, state)
        else:
            authorship = _contribution(envelope, openings[0], files, groups, policy, state)
        _refuse_other_person(authorship.person, {path: files[path] for path in persons}, state, proposer)
        _refuse_key_of_another(authorship.key_id, authorship.person, state)
        if authorship.key_id in state.retired_keys:
            raise LedgerError(f"The key {authorship.key_id} has been retired.", code="key-retired")
        return authorship
    except SchemaError as error:
        return Finding(error.code if error.code in CODES else "unreadable-shard", error.message, openings[0])
    except CommonsError as error:
        return Finding(error.code if error.code in CODES else "signature-invalid", error.message, path)


def _key_statement(envelope: bytes, policy: Policy, state: CommonsState) -> Authorship:
    signed = signed_statements.verify(envelope, KeyStatement, commons=policy.commons.origin)
    key_history.refuse_unentitled(signed, maintainers=state.maintainers)
    successor = signed.statement.successor
    if successor and successor.key_id in state.retired_keys:
        raise LedgerError(f"The successor {successor.key_id} has been retired itself.", code="key-retired")
    if successor:
        _refuse_key_of_another(successor.key_id, signed.statement.person, state)
    _refuse_older(signed.statement)
    return Authorship(
        StatementKind.KEY,
        signed.statement.key.key_id,
        signed.key.key_id,
        signed.statement.person,
        signed.sha256_hex,
    )


def _contribution(
    envelope: bytes,
    openings: str,
    files: Mapping[str, bytes],
    groups: Mapping[Group, Sequence[Row]] | None,
    policy: Policy,
    state: CommonsState,
) -> Authorship:
    signed = signed_statements.verify(envelope, ContributionStatement, commons=policy.commons.origin)
    _refuse_older(signed.statement)
    name = signed.statement.contribution
    entitled = state.maintainers | state.reviewers
    if signed.statement.predicate.adopted and signed.key.key_id not in entitled:
        raise LedgerError("Only a reviewer may adopt what others proposed.", code="key-not-entitled")
    if name in state.contributions:
        raise LedgerError(f"The contribution {name} has landed before.", code="replayed")
    if layout.parse_openings(openings) != name:
        raise LedgerError("The openings belong to another contribution.", code="commitment-mismatch")
    limit = policy.limits.max_records + 2 * policy.limits.max_links
    table = shards.read_table(files[openings], OPENINGS, name=openings, within=Bounds(rows=limit))
    containers.refuse_foreign(files[openings], table, openings)
    if groups is not None:
        contributions.refuse_disagreement(signed, groups, table.to_pylist())
    return Authorship(
        StatementKind.CONTRIBUTION, name, signed.key.key_id, signed.statement.person, signed.sha256_hex
    )


def _refuse_older(statement: Statement) -> None:
    if statement.generation != GENERATION:
        raise LedgerError("The statement has the form of an earlier format.", code="statement-outdated")


def _refuse_key_of_another(key_id: str, person: str, state: CommonsState) -> None:
    """Raise LedgerError (``person-mismatch``) where the people table knows the key as another person's: she would have his rows too."""
    if state.keys.get(key_id, person) != person:
        raise LedgerError(f"The key {key_id} is another person's here than {person}.", code="person-mismatch")


def _refuse_other_person(
    person: str, openings: Mapping[str, bytes], state: CommonsState, proposer: str
) -> None:
    """The person who signs is the one behind the account that proposes: by the people table, or by the opening that comes along.

    Raises:
        LedgerError: ``person-malformed``, ``person-mismatch``, ``person-known``, ``person-unknown``.
    """
    if any(layout.parse_person(path) != person for path in openings):
        raise LedgerError("A proposal opens one person id, its author's.", code="person-mismatch")
    opened = [people.parse_opening(data) for data in openings.values()]
    known = state.accounts.get(proposer)
    if known and known != person:
        raise LedgerError(f"{proposer} has another person id here: {known}.", code="person-known")
    if not proposer or known:
        return
    if opened and (opened[0].person, opened[0].account) == (person, proposer):
        return
    if opened or person in state.accounts.values():
        raise LedgerError(f"{person} is not the person behind {proposer}.", code="person-mismatch")
    raise LedgerError(f"Nothing shows that {person} is the person behind {proposer}.", code="person-unknown")
