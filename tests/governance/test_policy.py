"""The policy is closed: what it does not know, it does not take."""

from __future__ import annotations

from pathlib import Path

import pytest

from commons.cards import dataset_card
from commons.errors import PolicyError
from commons.governance import policy as policies
from commons.ledger.statements import StatementKind

ORIGIN = "knowledge-commons/tests/0123456789abcdef"
FOUNDING = dataset_card.founding_policy("Test commons", ORIGIN).decode()


def changed(old: str, new: str) -> bytes:
    assert old in FOUNDING
    return FOUNDING.replace(old, new).encode()


def test_the_founding_policy_says_what_the_design_says() -> None:
    policy = policies.parse(FOUNDING.encode())
    assert policy.commons.name == "Test commons"
    assert policy.commons.origin == ORIGIN
    assert next(iter(policy.pools)) == "open"
    assert set(policy.pools) == {"open", "by-sa", "odbl"}
    assert policy.founding.members == 3
    assert policy.limits.max_text_bytes == 8192
    assert policy.limits.max_title_characters == 300
    assert policy.pool_of("CC-BY-4.0") == "open"
    assert policy.pool_of("ODbL-1.0") == "odbl"
    assert policy.pool_of("CC-BY-NC-4.0") is None
    assert policy.pool_of("cc-by-4.0") is None, "ids are exact here; aliases are resolved at the door"


@pytest.mark.parametrize(
    "name", ['The "good" commons', "back\\slash", "{{ 7 * 7 }}", "ä ✓", "x # y", "'''", "</script>"]
)
def test_any_name_is_kept_as_it_is(name: str) -> None:
    policy = policies.parse(dataset_card.founding_policy(name, ORIGIN))
    assert policy.commons.name == name
    assert policy.commons.origin == ORIGIN


BROKEN: dict[str, bytes] = {
    "empty": b"",
    "not TOML": b"version = ",
    "not UTF-8": b"version = 1 # \xff",
    "JSON": b'{"version": 1}',
    "a key twice": changed("version = 1", "version = 1\nversion = 1"),
    "another version": changed("version = 1", "version = 2"),
    "version as a string": changed("version = 1", 'version = "1"'),
    "an unknown table": FOUNDING.encode() + b"\n[token]\nsupply = 1\n",
    "an unknown limit": changed("max_records", "max_record"),
    "an unknown rule key": changed("approve = 1 ", "approvals = 1 "),
    "an unknown rule": changed('rule = "reviews"', 'rule = "lottery"'),
    "an unknown decision": FOUNDING.encode() + b"\n[decision.token]\nrule = 'reviews'\n",
    "no pools": changed("[pools]", "[other]"),
    "no topics": changed("[topics]", "[topic]"),
    "an empty name": changed('"Test commons"', '""'),
    "an origin with a space": changed(ORIGIN, "a knowledge commons"),
    "an origin with a newline": changed(ORIGIN, "knowledge\\ncommons"),
    "a short origin": changed(ORIGIN, "short"),
    "no approvals needed": changed("approve = 1 ", "approve = 0 "),
    "a veto of nobody": changed("veto = 1", "veto = 0"),
    "waiting backwards": changed("wait_hours = 0", "wait_hours = -1"),
    "waiting forever": changed("wait_hours = 0", "wait_hours = inf"),
    "waiting for nothing": changed("wait_hours = 0", "wait_hours = nan"),
    "waiting past the calendar": changed("wait_hours = 0", "wait_hours = 1e300"),
    "excluding somebody unknown": changed('["author"]', '["everybody"]'),
    "text longer than the format": changed("max_text_bytes = 8192", "max_text_bytes = 8193"),
    "titles longer than the format": changed("max_title_characters = 300", "max_title_characters = 301"),
    "a founding phase of fewer than nobody": changed("members = 3", "members = -1"),
    "an unknown founding rule": changed("members = 3", "member = 3"),
    "a homepage that runs": changed("[pools]", "[commons.homepage]\nurl = 1\n[pools]"),
    "a vote without a denominator": FOUNDING.encode()
    + b"\n[decision.roles]\nrule = 'vote'\nquorum = [3, 0]\n",
    "a vote on data": changed(
        '[decision.data]           # an ordinary contribution\nrule = "reviews"',
        '[decision.data]\nrule = "vote"',
    ),
    "signatures of nobody": FOUNDING.encode() + b"\n[decision.policy]\nrule = 'threshold'\nold = 0\n",
    "an unknown share of credit": FOUNDING.encode() + b"\n[credit.split]\nowner = 1000\n",
    "no records": changed("max_records = 5000", "max_records = 0"),
    "a non-commercial licence": changed('"MIT"', '"CC-BY-NC-4.0"'),
    "a licence in a pool where it cannot stand": changed('"MIT"', '"CC-BY-SA-4.0"'),
    "open licences among share-alike": changed('"CC-BY-SA-3.0"', '"CC0-1.0"'),
    "a licence by its Hub id": changed('"CC0-1.0"', '"cc0-1.0"'),
    "a pool of another name": changed("odbl = ", "database = "),
    "a number of thousands of digits": FOUNDING.encode() + b"\nx = " + b"9" * 5000,
    "a key that takes the square of its length to read": b"a." * 90_000 + b"a = 1",
    "longer than a statement": FOUNDING.encode() + b"#" * 200_000,
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_policy_that_is_not_one_is_refused(name: str) -> None:
    with pytest.raises(PolicyError, match=r"governance/policy\.toml"):
        policies.parse(BROKEN[name])


def test_a_commons_may_take_fewer_licences_than_it_could() -> None:
    policy = policies.parse(changed('by-sa = ["CC-BY-SA-3.0", "CC-BY-SA-4.0"]\n', ""))
    assert policy.pool_of("CC-BY-SA-4.0") is None


def test_rules_for_what_nobody_can_propose_yet_are_read_and_wait() -> None:
    """The policy's form is fixed once, so that a community can agree on them before there is a command."""
    later = (
        FOUNDING
        + """
[decision.correction]
rule = "reviews"
approve = 1
object_hours = 72

[decision.takedown]
rule = "reviews"
approve = 2

[decision.roles]
rule = "vote"
days = 7
quorum = [3, 2]
majority = [2, 3]

[decision.policy]
rule = "threshold"
old = 2
new = 2

[quotas]
open_proposals = 5
records_a_day = 1000
first_wait_hours = 24

[vouching]
vouchers = 2
landed = 3
object_days = 7

[recovery]
keys = ["%s"]
threshold = 1

[credit.split]
author = 500
corrector = 400
reviewer = 100

[credit.budget]
work = 400
value = 300
use = 300
"""
        % ("ab" * 32)
    )
    policy = policies.parse(later.encode())
    assert policy.decision.correction is not None
    assert policy.decision.correction.object_hours == 72
    assert [rule.rule for rule in (policy.decision.roles, policy.decision.policy) if rule] == [
        "vote",
        "threshold",
    ]
    assert policy.credit.split == {"author": 500, "corrector": 400, "reviewer": 100}
    assert policy.quotas.first_wait_hours == 24


def test_each_kind_of_proposal_has_its_rule_and_else_the_one_for_data() -> None:
    policy = policies.parse(FOUNDING.encode())
    assert policy.decision.rule(StatementKind.KEY).approve == 0
    assert policy.decision.rule(StatementKind.CONTRIBUTION) == policy.decision.data
    assert policy.decision.rule(StatementKind.INDEX) == policy.decision.data
    stricter = FOUNDING + "\n[decision.index]\nrule = 'reviews'\napprove = 2\n"
    assert policies.parse(stricter.encode()).decision.rule(StatementKind.INDEX).approve == 2


def test_a_correction_needs_what_its_rule_and_the_one_for_data_ask() -> None:
    kind = StatementKind.CONTRIBUTION
    assert policies.parse(FOUNDING.encode()).decision.rule(kind, corrects=True).wait_hours == 0
    more = FOUNDING.replace("approve = 1 ", "approve = 2 ")
    rules = policies.parse(f"{more}\n[decision.correction]\nwait_hours = 72\n".encode()).decision
    assert (rules.rule(kind, corrects=True).approve, rules.rule(kind, corrects=True).wait_hours) == (2, 72)
    assert rules.rule(kind).wait_hours == 0
    assert rules.rule(StatementKind.KEY, corrects=False).wait_hours == 0


def test_an_earlier_policy_has_no_founding_phase() -> None:
    """What a commons of format 2 decided is judged by the rules it had."""
    golden = Path(__file__).parents[1] / "golden" / "format-2-whole" / "governance" / "policy.toml"
    assert policies.parse(golden.read_bytes()).founding.members == 0


@pytest.mark.parametrize("data", [b"a = " + b"[" * 100_000, b"# " + b"x" * 200_000], ids=["nested", "long"])
def test_a_file_that_is_made_to_break_its_reader_is_named(data: bytes) -> None:
    with pytest.raises(PolicyError):
        policies.parse(data)
