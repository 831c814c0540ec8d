"""``governance/policy.toml``: the rules a commons lives by, as a closed model.

Unknown keys are refused, so a misspelt rule cannot pass for a rule. The founding policy is ``dataset_cards/policy.toml``. The model
is that of format 3, whole: a rule for a kind of decision that nobody can propose yet is read and waits.
"""

from __future__ import annotations

import tomllib
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, ValidationError

from commons import addresses
from commons.closed_model import ClosedModel
from commons.errors import PolicyError
from commons.governance import licenses
from commons.ledger.statements import StatementKind
from commons.records.schema import MAX_TEXT_BYTES, MAX_TITLE_CHARACTERS

_MAX_BYTES = 192 * 1024  # what its statement can hold
_MAX_DOTS = 100  # in one line


class _PolicyTable(ClosedModel):
    model_config = ConfigDict(allow_inf_nan=False)


class Commons(_PolicyTable):
    """Which commons this is. ``origin`` never changes and is no host's address, so the commons can move."""

    name: str = Field(min_length=1, max_length=100)
    homepage: str = Field(default="", max_length=300, pattern=r"^(https://[!-~]+)?$")
    # The id of a model on the Hub, never the path of a machine; empty: the default model.
    embedder: str = Field(default="", max_length=200, pattern=rf"^({addresses.MODEL_ID})?$")
    # A log's name has no spaces and no plus signs.
    origin: str = Field(min_length=8, max_length=200, pattern=r"^[!-*,-~]+$")


class Limits(_PolicyTable):
    """Bounds on one contribution."""

    max_records: int = Field(default=5000, gt=0)
    max_links: int = Field(default=50_000, gt=0)
    max_file_bytes: int = Field(default=64 * 1024 * 1024, gt=0)
    max_files: int = Field(default=40, gt=0)
    max_text_bytes: int = Field(default=MAX_TEXT_BYTES, gt=0, le=MAX_TEXT_BYTES)
    max_title_characters: int = Field(default=MAX_TITLE_CHARACTERS, gt=0, le=MAX_TITLE_CHARACTERS)
    max_topics: int = Field(default=8, gt=0)
    max_sources: int = Field(default=16, gt=0)


class ContaminationRule(_PolicyTable):
    """Benchmarks whose items should not stand in this commons, by their names in the published list of protected sets."""

    protected: tuple[str, ...] = ("gsm8k-test", "truthfulqa", "xcopa-test")


class ReviewRule(_PolicyTable):
    """``reviews``: approvals of this many persons, refusals of this many end it, not before ``wait_hours`` after it opened.

    ``object_hours``: silence for that long after the report counts as the last approval (lazy consensus); 0 never does.
    """

    rule: Literal["reviews"] = "reviews"
    approve: int = Field(default=1, gt=0)
    veto: int = Field(default=1, gt=0)
    not_by: tuple[Literal["author", "voucher"], ...] = ("author",)
    wait_hours: float = Field(default=0, ge=0, le=24 * 365)
    object_hours: float = Field(default=0, ge=0, le=24 * 365)

    def and_also(self, other: ReviewRule) -> ReviewRule:
        """What asks for as much as either of the two."""
        return ReviewRule(
            approve=max(self.approve, other.approve),
            veto=min(self.veto, other.veto),
            not_by=tuple(dict.fromkeys((*self.not_by, *other.not_by))),
            wait_hours=max(self.wait_hours, other.wait_hours),
            object_hours=max(self.object_hours, other.object_hours),
        )


class KeyRule(ReviewRule):
    """A key speaks for itself with its signature, so no approval is asked for unless a community wants one."""

    approve: int = Field(default=0, ge=0)


_Fraction = tuple[Annotated[int, Field(gt=0)], Annotated[int, Field(gt=0)]]


class VoteRule(_PolicyTable):
    """``vote`` of the members: at least min(members, quorum x sqrt(members)) votes, and ``majority`` of yes among yes and no."""

    rule: Literal["vote"] = "vote"
    days: int = Field(default=14, gt=0, le=365)
    quorum: _Fraction = (3, 2)  # a fraction: three halves
    majority: _Fraction = (2, 3)


class ThresholdRule(_PolicyTable):
    """``threshold``: signatures of this many of the old document's keys, and of the new one's."""

    rule: Literal["threshold"] = "threshold"
    old: int = Field(default=1, gt=0)
    new: int = Field(default=1, gt=0)


_Rule = Annotated[ReviewRule | VoteRule | ThresholdRule, Field(discriminator="rule")]


class Decisions(_PolicyTable):
    """The rule for each kind of decision; None: the one for ``data``.

    A correction, a contribution that replaces records of the commons, needs what ``data`` asks of all contributions and what ``correction``
    asks for more: which of them are corrections is not in the log but in the rows, and who audits the log alone knows at least that.
    """

    data: ReviewRule = ReviewRule()
    keys: KeyRule = KeyRule()
    correction: ReviewRule | None = None
    takedown: ReviewRule | None = None
    index: ReviewRule | None = None
    compact: ReviewRule | None = None
    release: ReviewRule | None = None
    wish: ReviewRule | None = None
    usage: ReviewRule | None = None
    credit: ReviewRule | None = None
    roles: _Rule | None = None
    policy: _Rule | None = None

    def rule(self, kind: StatementKind, *, corrects: bool = False) -> ReviewRule:
        """The rule for a proposal of a contribution, which may correct others, a key statement or an index."""
        if corrects and self.correction:
            return self.data.and_also(self.correction)
        named = {StatementKind.KEY: self.keys, StatementKind.INDEX: self.index}
        return named.get(kind) or self.data


class FoundingRule(_PolicyTable):
    """The founding phase: while fewer than ``members`` persons hold a role, a maintainer may land her own work. 0: there is none."""

    members: int = Field(default=0, ge=0, le=1000)


class Quotas(_PolicyTable):
    """Bounds on what one person may have open or offer, and how long a first contribution waits. 0: no bound."""

    open_proposals: int = Field(default=0, ge=0)
    records_a_day: int = Field(default=0, ge=0)
    first_wait_hours: float = Field(default=0, ge=0, le=24 * 365)


class Vouching(_PolicyTable):
    """What makes a reviewer: vouchers, landed contributions, and days without objection."""

    vouchers: int = Field(default=2, ge=0)
    landed: int = Field(default=0, ge=0)
    object_days: int = Field(default=7, ge=0, le=365)


class Recovery(_PolicyTable):
    """Keys that may replace a lost maintainer's, and how many of them together."""

    keys: tuple[str, ...] = ()  # raw Ed25519 public keys in hex
    threshold: int = Field(default=1, gt=0)


class CreditRule(_PolicyTable):
    """How a correction and its reviews share, and what the columns weigh for a budget; parts of a thousand."""

    split: dict[Literal["author", "corrector", "reviewer"], int] = Field(default_factory=dict)
    budget: dict[Literal["work", "value", "use"], int] = Field(default_factory=dict)


class Policy(_PolicyTable):
    """All rules. ``pools`` maps a pool to the SPDX ids whose records may stand together in it."""

    version: Literal[1]
    commons: Commons
    pools: dict[str, tuple[str, ...]] = Field(min_length=1)
    topics: dict[str, str]  # slug -> what it covers
    limits: Limits = Limits()
    contamination: ContaminationRule = ContaminationRule()
    decision: Decisions = Decisions()
    founding: FoundingRule = FoundingRule()
    quotas: Quotas = Quotas()
    vouching: Vouching = Vouching()
    recovery: Recovery = Recovery()
    credit: CreditRule = CreditRule()

    def pool_of(self, spdx: str) -> str | None:
        """The pool that takes this licence, or None when the policy refuses it."""
        return next((pool for pool, allowed in self.pools.items() if spdx in allowed), None)


def parse(data: bytes) -> Policy:
    """The policy in ``data``.

    Raises:
        PolicyError: not UTF-8, not TOML, an unknown or missing key, or a licence in a pool it cannot share.
    """
    _refuse_unbounded(data)
    try:
        policy = Policy.model_validate(tomllib.loads(data.decode("utf-8")))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise PolicyError(f"governance/policy.toml, {where}: {first['msg']}") from error
    except (ValueError, RecursionError) as error:  # not UTF-8, not TOML, or a number of thousands of digits
        raise PolicyError(f"governance/policy.toml is not readable TOML: {error}") from error
    _refuse_mixed_pools(policy)
    return policy


def _refuse_unbounded(data: bytes) -> None:
    """Before it is parsed, because the reader of TOML takes time by the square of a key's length."""
    if len(data) > _MAX_BYTES or any(line.count(b".") > _MAX_DOTS for line in data.split(b"\n")):
        raise PolicyError("governance/policy.toml is longer, or has a longer line, than any policy.")


def _refuse_mixed_pools(policy: Policy) -> None:
    for pool, allowed in policy.pools.items():
        for spdx in allowed:
            known = licenses.BY_SPDX.get(spdx)
            if known is None or known.pool != pool:
                raise PolicyError(
                    f"governance/policy.toml puts {spdx} into the pool {pool!r}, where it cannot stand.",
                    hint=f"Pools: {', '.join(sorted({known.pool for known in licenses.BY_SPDX.values()}))}.",
                )
