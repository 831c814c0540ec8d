"""README.md, collection cards, ATTRIBUTION.md and CITATION.cff of a commons, from its summary and policy.

Why the YAML is written and read here and not by huggingface_hub's ``DatasetCardData`` and ``metadata_load`` (2.4): the former puts the
keys in the order of its own attributes, so a newer client would write other bytes, and dumps any Python object as a tag where
``safe_dump`` refuses; the latter unfolds aliases of any depth, and reads a file of any size.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import jinja2
import yaml
from rich import filesize

from commons import bundled_files, layout
from commons.cards import page_versions, search_quality
from commons.cards.page_versions import PageVersion
from commons.errors import CommonsError, first_line
from commons.escaping import escape
from commons.governance import licenses
from commons.governance.people import Person
from commons.governance.policy import Policy
from commons.index.manifest import Manifest
from commons.layout import Kind
from commons.records.predicates import PREDICATES
from commons.records.summary import CollectionSummary, Summary

# The Hub's size classes, https://huggingface.co/docs/hub/datasets-cards
_SIZES = (
    (10**3, "n<1K"),
    (10**4, "1K<n<10K"),
    (10**5, "10K<n<100K"),
    (10**6, "100K<n<1M"),
    (10**7, "1M<n<10M"),
)
_LARGEST = "10M<n<100M"
_MAX_CARD_CHARACTERS = 1_000_000


def render(
    repo_id: str,
    policy: Policy,
    summary: Summary,
    people: Mapping[str, Person],
    manifests: Sequence[Manifest] = (),
    *,
    root: str,
    version: PageVersion = page_versions.CURRENT,
) -> dict[str, bytes]:
    """Path -> bytes of every generated page. The same inputs give the same bytes; ``root`` is what readers pin.

    ``version``: as an earlier release made them, for who compares.
    """
    whole, summary = summary.whole(), page_versions.counted(summary, version)
    pages = {
        layout.CARD: _page(
            "dataset.md.j2",
            repo_id,
            policy,
            summary,
            people,
            yaml=_front_matter(policy, summary, version),
            version=version,
            search_quality=search_quality.section(manifests, records=summary.records),
            root=root,
        ),
        layout.ATTRIBUTION: _page("attribution.md.j2", repo_id, policy, whole, people, version=version),
        layout.CITATION: _page("citation.cff.j2", repo_id, policy, summary, people),
    }
    for name, collection in summary.collections.items():
        pages[layout.collection_card_path(name)] = _page(
            "collection.md.j2",
            repo_id,
            policy,
            summary,
            people,
            collection=collection,
            credits=_credits(collection, people),
            version=version,
        )
    return {path: text.encode() for path, text in pages.items()}


def _credits(collection: CollectionSummary, people: Mapping[str, Person]) -> Counter[str]:
    """Records by key, or by the contribution itself where the people table says who proposed what was adopted."""
    credited = Counter(collection.contributors)
    for contribution in people.keys() & collection.signers.keys():
        count = collection.contributions[contribution]
        credited[collection.signers[contribution]] -= count
        credited[contribution] += count
    return +credited


def founding_policy(name: str, origin: str, *, embedder: str = "", homepage: str = "") -> bytes:
    """The policy a new commons starts with; ``embedder`` is the id of a model, empty for the default one."""
    template = _environment().get_template("policy.toml")
    return template.render(name=name, origin=origin, embedder=embedder, homepage=homepage).encode()


def changelog(existing: str, line: str, day: str) -> str:
    """CHANGELOG.md with ``line`` as the newest entry of ``day``."""
    head = "# Changelog\n\nEvery landing, newest first.\n"
    body = existing.removeprefix(head).lstrip("\n")
    heading = f"## {day}\n\n"
    if body.startswith(heading):
        body = body.removeprefix(heading)
        return f"{head}\n{heading}* {line}\n{body}"
    return f"{head}\n{heading}* {line}\n" + (f"\n{body}" if body else "")


def landed_numbers(existing: str) -> frozenset[int]:
    """The proposals that CHANGELOG.md says have landed."""
    return frozenset(int(number) for number in re.findall(r" \(#(\d+)\)\.$", existing, re.MULTILINE))


def _front_matter(policy: Policy, summary: Summary, version: PageVersion) -> str:
    spdx_ids = {*summary.total("licenses"), *summary.total("question_licenses")}
    hub_ids = [licenses.BY_SPDX[spdx].hub_id for spdx in sorted(spdx_ids)]
    front: dict[str, Any] = {
        "pretty_name": policy.commons.name,
        "license": hub_ids if len(hub_ids) != 1 else hub_ids[0],
        "language": page_versions.hub_languages(summary.total("languages"), version),
        "size_categories": [next((name for limit, name in _SIZES if summary.records < limit), _LARGEST)],
        "task_categories": ["text-retrieval", "question-answering"],
        "annotations_creators": ["crowdsourced"],
        "tags": ["knowledge-commons", "retrieval", "faiss", *sorted(summary.total("topics"))],
        "configs": configs(
            policy,
            (name for name, collection in summary.collections.items() if collection.is_loadable),
            replaced=summary.is_apart,
        ),
    }
    return str(
        yaml.safe_dump(
            {name: value for name, value in front.items() if value}, sort_keys=False, allow_unicode=True
        )
    )


def configs(policy: Policy, collections: Iterable[str], *, replaced: bool) -> list[dict[str, Any]]:
    """Every pool (the first is the default), every collection that has records, links and questions; ``replaced`` where it has files.

    The patterns are globs, because shards come and go; ``verify`` compares a card with exactly this.
    """
    listed = [_config(pool, layout.shards_glob(Kind.RECORD, pool=pool)) for pool in policy.pools]
    listed[0]["default"] = True
    listed += [
        _config(name, layout.shards_glob(Kind.RECORD, collection=name)) for name in sorted(collections)
    ]
    listed += [_config(kind.value, layout.shards_glob(kind)) for kind in (Kind.LINK, Kind.QUESTION)]
    return [*listed, _config(layout.REPLACED, layout.replaced_glob())] if replaced else listed


def read_configs(card: bytes) -> list[dict[str, Any]]:
    """The configs in a card's YAML, which must be plain: small, and without anchors, aliases or tags.

    Raises:
        CommonsError: ``card-malformed``.
    """
    front, closed = "", ""
    try:
        text = card.decode("utf-8")
        if text.startswith("---\n"):
            front, closed, _ = text.removeprefix("---\n").partition("\n---\n")
        if not closed or len(front) > _MAX_CARD_CHARACTERS:
            raise ValueError("it has no block of YAML, or an enormous one")
        if any(
            isinstance(token, yaml.AnchorToken | yaml.AliasToken | yaml.TagToken)
            for token in yaml.scan(front)
        ):
            raise ValueError("it uses anchors, aliases or tags")
        listed = yaml.safe_load(front)["configs"]
        if not isinstance(listed, list) or not all(isinstance(config, dict) for config in listed):
            raise ValueError("configs is no list of tables")
    except (yaml.YAMLError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise CommonsError(
            f"The card's YAML cannot be read: {first_line(error)}.", code="card-malformed"
        ) from error
    return listed


def _config(name: str, pattern: str) -> dict[str, Any]:
    return {"config_name": name, "data_files": [{"split": "train", "path": pattern}]}


def _page(
    template: str,
    repo_id: str,
    policy: Policy,
    summary: Summary,
    people: Mapping[str, Person],
    **more: Any,
) -> str:
    return (
        _environment()
        .get_template(template)
        .render(
            repo_id=repo_id,
            policy=policy,
            summary=summary,
            people=people,
            licenses=licenses.BY_SPDX,
            predicates=PREDICATES,
            sources_of=page_versions.sources,
            languages_of=page_versions.languages_of,
            **more,
        )
    )


def _environment() -> jinja2.Environment:
    def load(name: str) -> str:
        return (bundled_files.folder("dataset_cards") / name).read_text("utf-8")

    environment = jinja2.Environment(  # noqa: S701 - Markdown, not HTML: every value from a record goes through |text
        loader=jinja2.FunctionLoader(load),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["text"] = escape
    environment.filters["size"] = filesize.decimal
    environment.filters["thousands"] = lambda number: f"{number:,}"
    return environment
