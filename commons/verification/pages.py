"""The generated pages: made again from data, policy and people, and compared.

Their bytes are bound by the inventory; here it is asked whether what they say is so. A page of another version of the templates may use
other words, so where bytes differ only facts are compared: front matter, rows of tables, entries of lists, and every number. What these
are is of a version (``cards.page_versions``), and those of an earlier release are as good.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from functools import cache

from commons import layout
from commons.cards import dataset_card, page_versions, search_quality
from commons.cards.page_versions import PageVersion
from commons.errors import CommonsError
from commons.layout import Check
from commons.verification.context import VerificationContext, needed
from commons.verification.verdict import CheckResult

_REPO_ID = re.compile(r'load_dataset\("([\w.-]{1,100}/[\w.-]{1,100})"')
_FACT = re.compile(r"^(?:[|*-] |\|)|^[\w-]+:|^  ")
_NUMBER = re.compile(r"\d[\d,.]*")


def check_pages(context: VerificationContext, check: CheckResult) -> None:
    """Card, collection cards, attribution and citation."""
    _configs(context, check)
    if not context.has_inventory:
        check.unchecked.append(
            "whether cards, attribution and citation say what the data says: the format is older"
        )
        return
    if not context.summary_complete:
        check.unchecked.append("whether the pages say what the data says: not all rows could be read")
        return
    snapshot = context.snapshot
    card = snapshot.read(layout.CARD).decode("utf-8", "replace")
    named = _REPO_ID.search(card)
    repo_id = snapshot.repository.id if snapshot.repository else named[1] if named else "unknown"
    if named and named[1] != repo_id:
        repo_id = named[1]  # the card of a copy names where it came from, and so does its citation
    root = needed(context.audited, "the statements").root

    @cache
    def made(version: PageVersion) -> dict[str, bytes]:
        return dataset_card.render(
            repo_id,
            snapshot.policy,
            context.summary,
            needed(context.people, "the people table").names(),
            search_quality.manifests_of(snapshot),
            root=root,
            version=version,
        )

    expected = made(page_versions.CURRENT)
    for path in expected:
        if path in context.paths:
            _compare(path, snapshot.read(path), made, check)
        else:
            check.add(f"{path} is missing")
    for path in context.paths:
        place = layout.place_of(path)
        if place and place.check is Check.PAGES and place.part == "pages" and path not in expected:
            check.add(f"{path} is a page of nothing that is here")
    check.looked_at = f"{len(expected):,} pages, {check.looked_at}"


def _compare(
    path: str, data: bytes, made: Callable[[PageVersion], dict[str, bytes]], check: CheckResult
) -> None:
    """With the page as this release makes it; only one that differs is made again as earlier ones did."""
    current = made(page_versions.CURRENT)[path]
    if data == current:
        return
    here = _facts(data.decode("utf-8", "replace"))
    if any(here == _facts(made(version)[path].decode()) for version in sorted(PageVersion, reverse=True)):
        check.assumptions.append(f"the words of {path}, which are of another version; its facts are right")
        return
    due = _facts(current.decode())
    wrong = next(iter((here - due) or (due - here)))
    check.add(f"{path} does not say what the data says, at {wrong[:120]!r}")


def _facts(page: str) -> Counter[str]:
    facts: Counter[str] = Counter()
    for line in page.split("\n"):
        if _FACT.match(line):
            facts[line] += 1
        else:
            facts.update(_NUMBER.findall(line))
    return facts


def _configs(context: VerificationContext, check: CheckResult) -> None:
    """The card's configs are exactly the ones that follow from policy and shards: nothing is loaded from anywhere else."""
    snapshot = context.snapshot
    collections = {shard.collection for shard in snapshot.shards(layout.Kind.RECORD)}
    due = dataset_card.configs(snapshot.policy, collections, replaced=bool(snapshot.replaced_shards()))
    expected = {config["config_name"]: config for config in due}
    try:
        declared = dataset_card.read_configs(snapshot.read(layout.CARD))
    except CommonsError as error:
        check.add(f"{layout.CARD}: {error.message}")
        return
    named = {str(config.get("config_name")) for config in declared}
    for missing in sorted(set(expected) - named):
        check.add(f"{layout.CARD} lacks the config {missing!r}")
    for config in declared:
        if expected.get(str(config.get("config_name"))) != config:
            check.add(
                f"{layout.CARD}: the config {str(config.get('config_name'))[:80]!r} is not what the shards make it"
            )
    if len(declared) != len(named):
        check.add(f"{layout.CARD} has a config twice")
    check.looked_at = f"{len(declared)} configs"
