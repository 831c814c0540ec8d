"""What was signed: the log, every statement in it, and the governance files that follow from them."""

from __future__ import annotations

from commons import layout
from commons.governance import log_audit
from commons.governance.people import Person
from commons.ledger import tiles
from commons.records import identity
from commons.sandbox import foreign_tables
from commons.verification.context import VerificationContext, needed
from commons.verification.verdict import CheckResult


def check_log(context: VerificationContext, check: CheckResult) -> None:
    """The checkpoint's signature, and every tile and entry against it."""
    log = context.snapshot.log()
    context.leaves = list(log.leaves())
    context.log = log
    expected = {layout.LOG + tile.path for tile in tiles.tiles_written(0, log.checkpoint.size)}
    for path in context.paths:
        if path.startswith(layout.TILES) and path not in expected:
            check.add(f"{path!r} is no tile of this log")
    check.looked_at = f"{log.checkpoint.size:,} leaves under a checkpoint of {log.checkpoint.origin}"


def check_statements(context: VerificationContext, check: CheckResult) -> None:
    """Every envelope, and every landing against the policy and the reviews recorded with it."""
    leaves = needed(context.leaves, "the log")
    origin = needed(context.log, "the log").checkpoint.origin
    snapshot = context.snapshot
    audited = log_audit.Auditor(origin, lambda digest: snapshot.read(layout.envelope_path(digest))).audit(
        leaves
    )
    context.audited = audited
    for index, problem in audited.problems:
        envelope = f" ({layout.envelope_path(leaves[index].envelope)})" if index < len(leaves) else ""
        check.add(f"leaf {index}{envelope}: {problem}")
    logged = {leaf.envelope for leaf in leaves}
    for path in context.paths:
        if (digest := layout.parse_envelope(path)) and digest not in logged:
            check.add(f"{path} is not in the log")
    refused = f", {len(audited.refused):,} refused" if audited.refused else ""
    check.looked_at = f"{len(leaves):,} statements, {len(audited.accepted):,} landings{refused}"


def check_rules(context: VerificationContext, check: CheckResult) -> None:
    """The governance files are the ones of the last statements, and the people table opens the persons it names."""
    audited, snapshot = needed(context.audited, "the statements"), context.snapshot
    if snapshot.policy_bytes != audited.policy_text.encode():
        check.add(f"{layout.POLICY} is not the policy that was signed last")
    if snapshot.roles != audited.roles:
        check.add(f"{layout.ROLES} is not what the policy and the keys retired since make of it")
    check.looked_at = "policy and roles"
    if context.has_inventory:
        _people(context, check)


def _adopted(person: Person, context: VerificationContext, check: CheckResult) -> None:
    """What a person is named for though another signed it was taken over from a proposal, as its statement says."""
    landed = needed(context.audited, "the statements").contributions
    for name in person.adopted:
        if name not in landed or landed[name].statement.predicate.adopted is None:
            check.add(f"{layout.PEOPLE}: {person.id} proposed {name}, but nobody adopted that")


def _people(context: VerificationContext, check: CheckResult) -> None:
    table = foreign_tables.read_people(context.snapshot.folder / layout.PEOPLE, layout.PEOPLE)
    context.people = table
    seen: set[str] = set()
    for person in table.persons.values():
        if not person.accounts or identity.person_id(person.salt, person.accounts[0]) != person.id:
            check.add(f"{layout.PEOPLE}: {person.id} is not opened by its salt and first account")
        for name in (*person.accounts, *person.keys, *person.adopted):
            if name in seen:
                check.add(f"{layout.PEOPLE}: {name} stands for two persons")
            seen.add(name)
        _adopted(person, context, check)
    erased: set[str] = set()
    for name, signed in needed(context.audited, "the statements").contributions.items():
        if signed.statement.generation == 1:
            continue
        known = table.persons.get(signed.statement.person)
        if known is None:
            erased.add(signed.statement.person)
        elif signed.key.key_id not in known.keys:
            check.add(f"{layout.PEOPLE} does not say that {known.id} signed {name} with {signed.key.key_id}")
    check.looked_at += f", {len(table.persons):,} persons"
    if erased:
        check.looked_at += f" and {len(erased):,} that were erased"
