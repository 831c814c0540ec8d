"""The refusals that the log holds: which envelopes, by whom, and at which leaf last.

    refusals = logged_refusals.read(leaves, read_envelopes, origin, maintainers)
    refusals[digest].leaf, refusals[digest].persons

Whether each was rightly made is asked by every audit (``log_audit``); here it is only read, if a maintainer signed it: who signs a
checkpoint may be a builder, whose stolen key must not stop anybody's contribution.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from commons.ledger import signed_statements
from commons.ledger.log import Leaf
from commons.ledger.statements import DecisionStatement, StatementKind

ReadEnvelopes = Callable[[Sequence[str]], Mapping[str, bytes]]  # SHA-256 in hex -> bytes; raises CommonsError


@dataclass(frozen=True)
class Refusal:
    """A refusal in the log: at which leaf, and by which persons.

    ``opened`` is when the proposal was that they refused last, ``reviews`` what they signed under it (SHA-256 in hex).
    """

    leaf: int
    persons: frozenset[str]
    opened: str = ""
    reviews: frozenset[str] = frozenset()

    def again(self, leaf: int, persons: frozenset[str], decided: DecisionStatement) -> Refusal:
        """When ``persons`` refuse the same once more: everybody who ever refused it has to be satisfied."""
        return Refusal(leaf, self.persons | persons, decided.predicate.opened, frozenset(decided.reviews))


NO_REFUSAL = Refusal(-1, frozenset())


def read(
    leaves: Iterable[Leaf], envelopes: ReadEnvelopes, origin: str, maintainers: Collection[str]
) -> dict[str, Refusal]:
    """Refused envelope -> its refusals. ``maintainers``: the keys that are a maintainer's, or were.

    Raises:
        LedgerError: a decision that does not verify; CommonsError: an envelope that is missing.
    """
    candidates = dict(_candidates(leaves))
    data = envelopes(list(candidates))
    refused: dict[str, Refusal] = {}
    for digest, index in candidates.items():
        signed = signed_statements.verify(data[digest], DecisionStatement, commons=origin)
        statement = signed.statement
        if statement.predicate.outcome == "refuse" and signed.key.key_id in maintainers:
            before = refused.get(statement.envelope, NO_REFUSAL)
            persons = frozenset(statement.persons.values())
            refused[statement.envelope] = before.again(index, persons, statement)
    return refused


def _candidates(leaves: Iterable[Leaf]) -> Iterator[tuple[str, int]]:
    """Decisions that no contribution or key statement of their commit stands before, and their leaves: only these can refuse."""
    proposed = False
    for index, leaf in enumerate(leaves):
        if leaf.kind in (StatementKind.CONTRIBUTION, StatementKind.KEY):
            proposed = True
        elif leaf.kind is StatementKind.INVENTORY:
            proposed = False
        elif leaf.kind is StatementKind.DECISION and not proposed:
            yield leaf.envelope, index
