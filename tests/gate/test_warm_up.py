"""After its warm-up the gate needs no file any more: whatever a row says, its checks answer as they do outside."""

from __future__ import annotations

import json
from typing import Any

from support.persons import account_of, opening_of, person_of

from commons import layout
from commons.cards import dataset_card
from commons.gate import child_process
from commons.gate.commons_state import CommonsState
from commons.gate.offer import Offer
from commons.gate.rows.row import parse_row
from commons.governance import policy as policies
from commons.governance.policy import Policy
from commons.layout import Kind
from commons.ledger import contributions
from commons.ledger.signed_statements import Signer
from commons.records.schema import Link, Question
from commons.sandbox import confinement
from tests.gate.rows.test_prose import PROSE
from tests.gate.rows.test_row import RECORD, RECORDS

CHILD = "tests.support.sample_child"
WARM = "from commons.gate import warm_up; warm_up.load_and_try()"
# Long enough for the classifier, and in none of the languages that are declared for them.
PARAGRAPHS = (
    "Gallia est omnis divisa in partes tres quarum unam incolunt Belgae aliam Aquitani tertiam qui ipsorum lingua Celtae nostra Galli.",
    "Das Wasser siedet bei hundert Grad, wenn der Druck so groß ist wie auf der Höhe des Meeres, und auf den Bergen siedet es früher.",
    "水は海面で百度で沸騰します。山の上ではもっと低い温度で沸騰します。料理をする人は高い山では長く煮なければなりません。",
    "Вода кипит при ста градусах на уровне моря, а в горах раньше, потому что давление воздуха там меньше, чем внизу.",
    "الماء يغلي عند مئة درجة عند مستوى سطح البحر، وفي الجبال يغلي قبل ذلك لأن ضغط الهواء هناك أقل منه في الأسفل.",
)


def test_checks_of_rows_open_nothing_and_find_what_they_find_outside(policy: Policy) -> None:
    """On every text and row that the gate's tables of cases hold."""
    words = [text for bad, good in PROSE.values() for text in (*bad, *good)]
    rows = [
        {**RECORD, "text": text, "lang": lang}
        for text in (*words, *PARAGRAPHS)
        for lang in ("en", "de", "ja", "sw")
    ]
    rows += [{**RECORD, **row} for bad, good in RECORDS.values() for row in (*bad, *good)]
    rows = [row for row in rows if _is_json(row)]
    assert len(rows) > 500
    code = """
policy = policies.parse(files["policy"].read())
rows = json.loads(files["rows"].read())
codes = [[finding.code for finding in parse_row(Kind.RECORD, row, policy).findings] for row in rows]
confinement.answer([codes, openings])
"""
    before = f"""{WARM}
from commons.gate.rows.row import parse_row
from commons.governance import policy as policies
from commons.layout import Kind
"""
    files = {"policy": founding_policy(policy), "rows": json.dumps(rows).encode()}
    codes, openings = confinement.run(CHILD, files, context={"code": code, "before": before})
    # python-stdnum asks for the account numbers of each country, most of which it does not have, and goes on without.
    assert [opening for opening in openings if "stdnum" not in opening] == []
    assert codes == [
        [finding.code for finding in parse_row(Kind.RECORD, row, policy).findings] for row in rows
    ]


def test_contributions_and_statements_are_examined_without_a_file(
    policy: Policy, key: Any, make_record: Any
) -> None:
    record = make_record("Water boils.")
    groups = {
        (Kind.RECORD, "open", "notes"): [record, make_record("Ice melts.")],
        (Kind.LINK, "open", "notes"): [
            Link(record.id, "skos:related", "http://www.wikidata.org/entity/Q283", "CC0-1.0")
        ],
        (Kind.QUESTION, "", "notes"): [Question("What boils?", "en", (record.id,), "CC0-1.0")],
    }
    carl, origin = person_of("carl"), policy.commons.origin
    sealed = contributions.seal(groups, key("carl"), commons=origin, person=carl).files
    signer = Signer(key("carl"), origin)
    opening = {layout.person_path(carl): opening_of("carl").to_bytes()}
    offers = [
        sealed,
        {path: data[: len(data) // 2] for path, data in sealed.items()},
        {**sealed, **opening},
        {"log/envelopes/00.json": signer.rotation(key("ada"), person=carl)},
        {"data/open/x/nonsense.parquet": b"PAR1"},
    ]
    for files in offers:
        state = CommonsState(frozenset({"kr1" + "a" * 52}))
        code = "confinement.answer([child_process._report(files), openings])"
        before = f"{WARM}\nfrom commons.gate import child_process"
        handed = child_process._files(Offer.of(files, account_of("carl")), founding_policy(policy), state, "")
        answer, openings = confinement.run(CHILD, handed, context={"code": code, "before": before})
        assert openings == []
        assert {"report", "offering"} == answer.keys()


def founding_policy(policy: Policy) -> bytes:
    data = dataset_card.founding_policy(policy.commons.name, policy.commons.origin)
    assert policies.parse(data) == policy
    return data


def _is_json(row: Any) -> bool:
    try:
        return bool(json.loads(json.dumps(row)) == row)
    except (TypeError, ValueError, UnicodeError):
        return False
