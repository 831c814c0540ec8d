"""What a commons already holds, read from a snapshot: the log says which statements took effect and which keys are still good."""

from __future__ import annotations

from collections.abc import Iterator

from commons.checks.signatures import Standing
from commons.hub.snapshot import Snapshot
from commons.ledger import key_history, statements
from commons.ledger.key_history import KeyHistory
from commons.ledger.log import Leaf, Log
from commons.ledger.statements import KeyStatement, Signed
from commons.records import layout


def of(snapshot: Snapshot) -> Standing:
    """The standing at the snapshot's revision.

    Raises:
        LedgerError: the log does not hold.
    """
    log = snapshot.log()
    leaves = list(log.leaves())
    maintainers = frozenset(key.key_id for key in snapshot.roles.maintainers)
    history = keys_of(snapshot, log, leaves, maintainers)
    return Standing(
        ids=snapshot.row_ids(),
        contributions=snapshot.contributions(),
        envelopes=frozenset(leaf.envelope for leaf in leaves),
        retired_keys=history.retired,
        maintainers=maintainers,
    )


def keys_of(snapshot: Snapshot, log: Log, leaves: list[Leaf], maintainers: frozenset[str]) -> KeyHistory:
    """Which keys are good, from the key statements in the log."""

    def found() -> Iterator[tuple[int, Signed[KeyStatement]]]:
        for index, leaf in enumerate(leaves):
            if leaf.kind == "key":
                envelope = snapshot.fetch(layout.envelope_path(leaf.envelope))
                yield index, statements.verify(envelope, KeyStatement, commons=log.checkpoint.origin)

    return key_history.read(found(), maintainers=maintainers)
