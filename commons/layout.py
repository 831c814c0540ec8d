"""The tree of a commons repository: one table that says for each path who writes it, what checks it and what needs it.

    layout.place_of("data/open/medquad/0123….parquet")      the row of the table, or None for what does not belong into a commons
    layout.patterns(Need.LANDING)                           what a landing has to have here, as the Hub's client takes it
    layout.parse_shard(path), layout.envelope_path(digest)  what a path says of its file, and back

Whoever knows a path asks here: the log where its tiles lie, the cards what their configs match, ``verify`` what it may expect.

Why it stands below everything: records, ledger and snapshots all name paths, and the ledger stands below snapshots.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum, StrEnum, auto
from functools import cached_property

POLICY = "governance/policy.toml"
ROLES = "governance/roles.json"
PEOPLE = "governance/people.parquet"
PEOPLE_OF_FORMAT_2 = "governance/people.json"
CARD = "README.md"
ATTRIBUTION = "ATTRIBUTION.md"
CHANGELOG = "CHANGELOG.md"
CITATION = "CITATION.cff"
CHECKPOINT = "log/checkpoint"
LOG = "log/"  # what ``ledger.tiles`` names tile/… lies here
TILES = "log/tile/"
OPENINGS = "log/openings/"
INDEX = "index/"
HOST_FILE = ".gitattributes"

# Config names of ``load_dataset`` that are neither a pool nor a collection.
RESERVED_CONFIGS = ("links", "questions", "replaced", "vectors", "wishes", "default", "all")


class Kind(StrEnum):
    """A kind of row; the value is the top folder that holds its shards."""

    RECORD = "data"
    LINK = "links"
    QUESTION = "questions"


class Writer(Enum):
    """Who may bring a file to ``main``."""

    CONTRIBUTOR = auto()  # in a proposal; a landing takes it over
    LANDING = auto()  # the founding commit too
    BUILD = auto()
    HOST = auto()  # the Hub itself
    LATER = auto()  # nobody yet: a place that the format keeps free


class Need(Enum):
    """What a snapshot is taken for."""

    GOVERNANCE = auto()
    CHECKING = auto()
    COMPARING = auto()
    CORRECTING = (
        auto()
    )  # what a correction is held against: the records that it names, and what was corrected before
    LANDING = auto()
    READING = auto()
    PROVING = auto()
    BUILDING = auto()
    VERIFYING = auto()  # the whole tree, stray files too


class Check(StrEnum):
    """The step of ``verify`` that holds a file to what was signed."""

    FILES = "files"  # that it belongs there, and no more
    LOG = "log"
    INVENTORY = "inventory"
    STATEMENTS = "statements"
    RULES = "rules"
    ROWS = "rows"
    INDEX = "index"
    PAGES = "pages"


_SLUG = r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?"
# How the parts of a path are spelt. What a contributor may bring is ASCII, of fixed depth, with no dot at either end of a part.
_PARTS = {
    "pool": _SLUG,
    "collection": _SLUG,
    "digest": "[0-9a-f]{64}",
    "contribution": "kc1[a-z2-7]{52}",
    "shelf": "[0-9a-f]{2}",
    "shelved": "(?P=shelf)[0-9a-f]{62}",  # a digest on the shelf of its first two digits
    "embedder": r"[a-z0-9](?:[a-z0-9.-]{0,198}[a-z0-9])?",
    "tile": r"(?:entries|\d+)/[0-9x./p]+",
    "segment": r"(?:[0-9a-f]{32}\.[a-z]{1,12}|meta\.json)",
    "person": "kp1[a-z2-7]{52}",
    "part": r"[a-z]+(?:/[a-z0-9][a-z0-9.-]*?){0,2}",
    "run": r"[a-z0-9](?:[a-z0-9._/-]{0,198}[a-z0-9])?",
    "epoch": "[0-9]{4}-Q[1-4]",
}
_NAMED = re.compile(r"<(\w+)>")
_INDEX_FOLDER = re.compile(f"{INDEX}(?P<embedder>{_PARTS['embedder']})/")


@dataclass(frozen=True)
class Place:
    """One row of the table; ``pattern`` and ``part`` are written as people do, with their variable parts in angle brackets.

    ``part`` names the part of the inventory that holds the file; empty for what is in none.
    """

    pattern: str
    writers: frozenset[Writer]
    check: Check
    part: str
    needs: frozenset[Need] = field(default=frozenset())

    @cached_property
    def regex(self) -> re.Pattern[str]:
        """What fits the whole path, each variable part under its name."""
        parts = re.split(_NAMED, self.pattern)
        return re.compile(
            "".join(
                f"(?P<{part}>{_PARTS[part]})" if number % 2 else re.escape(part)
                for number, part in enumerate(parts)
            )
        )

    def glob(self, **parts: str) -> str:
        """The path as a pattern of shells, with these parts filled in and any other left open."""
        return _NAMED.sub(lambda part: parts.get(part[1], "*"), self.pattern)


def _place(
    pattern: str, writers: Writer | tuple[Writer, ...], check: Check, part: str, *needs: Need
) -> Place:
    return Place(
        pattern,
        frozenset(writers if isinstance(writers, tuple) else (writers,)),
        check,
        part,
        frozenset(needs),
    )


_ALL = tuple(Need)
_CHECKING = (Need.CHECKING, Need.COMPARING, Need.LANDING, Need.PROVING)
_WRITING = (Need.LANDING, Need.BUILDING)

_CONTRIBUTED, _LANDED, _BUILT, _LATER = Writer.CONTRIBUTOR, Writer.LANDING, Writer.BUILD, Writer.LATER
_RECORDS = _place(
    "data/<pool>/<collection>/<digest>.parquet", (_CONTRIBUTED, _BUILT), Check.ROWS, "data/<collection>",
    Need.COMPARING, Need.CORRECTING, Need.LANDING, Need.READING, Need.PROVING, Need.BUILDING,
)  # fmt: skip
_REPLACED = _place(
    "replaced/<pool>/<collection>/<digest>.parquet", _BUILT, Check.ROWS, "data/<collection>",
    Need.CORRECTING, Need.LANDING, Need.READING, Need.PROVING, Need.BUILDING,
)  # fmt: skip
_LINKS = _place(
    "links/<pool>/<collection>/<digest>.parquet", _CONTRIBUTED, Check.ROWS, "links",
    Need.COMPARING, Need.CORRECTING, Need.LANDING, Need.READING, Need.BUILDING,
)  # fmt: skip
_QUESTIONS = _place(
    "questions/<collection>/<digest>.parquet", _CONTRIBUTED, Check.ROWS, "questions",
    Need.COMPARING, Need.LANDING, Need.BUILDING,
)  # fmt: skip
_OPENINGS = _place(
    f"{OPENINGS}<contribution>.parquet", _CONTRIBUTED, Check.ROWS, "openings", *_CHECKING, Need.BUILDING
)
_PERSON = _place("log/people/<person>.json", _CONTRIBUTED, Check.FILES, "")  # of a proposal; never on main
_ENVELOPE = _place(
    "log/envelopes/<shelf>/<shelved>.json", (_CONTRIBUTED, _LANDED), Check.STATEMENTS, "", Need.BUILDING
)
_INVENTORY = _place("log/inventory/<part>.json", (_LANDED, _BUILT), Check.INVENTORY, "", *_WRITING)
_POOLS = (Need.COMPARING, Need.READING)
_OF_INDEX = "index/<embedder>"
_MANIFEST = _place(
    "index/<embedder>/manifest.json", _BUILT, Check.INDEX, _OF_INDEX,
    Need.COMPARING, Need.LANDING, Need.READING, Need.BUILDING,
)  # fmt: skip
_VECTORS = _place("index/<embedder>/vectors/<digest>.parquet", _BUILT, Check.INDEX, _OF_INDEX, Need.BUILDING)
_FAISS = _place("index/<embedder>/pools/<pool>.faiss", _BUILT, Check.INDEX, _OF_INDEX, *_POOLS)
_TEMPLATE = _place(
    "index/<embedder>/pools/<pool>.template.faiss", _BUILT, Check.INDEX, _OF_INDEX, *_POOLS, Need.BUILDING
)
_POSITIONS = _place("index/<embedder>/pools/<pool>.parquet", _BUILT, Check.INDEX, _OF_INDEX, *_POOLS)
_KEYWORDS = _place(
    "index/<embedder>/pools/<pool>.keywords/<segment>", _BUILT, Check.INDEX, _OF_INDEX, *_POOLS
)
_CLUSTERS = _place("index/<embedder>/clusters.parquet", _BUILT, Check.INDEX, _OF_INDEX, *_POOLS)
_COLLECTION_CARD = _place("cards/<collection>.md", _LANDED, Check.PAGES, "pages")

PLACES = (
    _place(CARD, (_LANDED, _BUILT), Check.PAGES, "pages", *_ALL),
    _place(ATTRIBUTION, _LANDED, Check.PAGES, "pages"),
    _place(CHANGELOG, _LANDED, Check.FILES, "pages", Need.LANDING),
    _place(CITATION, _LANDED, Check.PAGES, "pages"),
    _COLLECTION_CARD,
    _place(HOST_FILE, Writer.HOST, Check.FILES, ""),
    _RECORDS,
    _REPLACED,
    _LINKS,
    _QUESTIONS,
    _place(POLICY, _LANDED, Check.RULES, "governance", *_ALL),
    _place(ROLES, _LANDED, Check.RULES, "governance", *_ALL),
    _place("governance/witness-policy.txt", _LATER, Check.RULES, "governance"),
    _place(PEOPLE, _LANDED, Check.FILES, "people", *_ALL),
    _place(PEOPLE_OF_FORMAT_2, _LANDED, Check.FILES, "people", *_ALL),
    _place(CHECKPOINT, _LANDED, Check.LOG, "", *_ALL),
    _place("log/tile/<tile>", _LANDED, Check.LOG, "", *_ALL),
    _OPENINGS,
    _PERSON,
    _ENVELOPE,
    _INVENTORY,
    _MANIFEST,
    _VECTORS,
    _FAISS,
    _TEMPLATE,
    _POSITIONS,
    _KEYWORDS,
    _CLUSTERS,
    _place("wishes/<collection>/<digest>.parquet", _LATER, Check.ROWS, "wishes"),
    _place("attribution/<run>.parquet", _LATER, Check.PAGES, "attribution"),
    _place("known/<run>", _LATER, Check.ROWS, "known"),
    _place("summary/<run>", _LATER, Check.PAGES, "summary"),
    _place("usage/<epoch>/<run>.json", _LATER, Check.STATEMENTS, "usage"),
    _place("credit/<epoch>.parquet", _LATER, Check.STATEMENTS, "credit"),
)
_SHARDS = {Kind.RECORD: _RECORDS, Kind.LINK: _LINKS, Kind.QUESTION: _QUESTIONS}
REPLACED = "replaced"  # the top folder of records that others replaced


def place_of(path: str) -> Place | None:
    """The row of the table for a path; None when nothing of the kind belongs into a commons."""
    return next((place for place in PLACES if place.regex.fullmatch(path)), None)


def may_be_proposed(path: str) -> bool:
    """Whether a contributor may bring a file of this path."""
    place = place_of(path)
    return place is not None and Writer.CONTRIBUTOR in place.writers


def patterns(need: Need) -> tuple[str, ...]:
    """What has to be here for ``need``, as patterns for the Hub's client, whose stars cross folders."""
    if need is Need.VERIFYING:
        return ("*",)
    return tuple(place.glob() for place in PLACES if need in place.needs)


# Shards


@dataclass(frozen=True)
class ShardPath:
    """The address of one Parquet file; ``digest`` is the SHA-256 of its bytes, ``pool`` is empty for questions.

    ``replaced``: it holds records that others replaced, which lie apart from the live ones.
    """

    kind: Kind
    pool: str
    collection: str
    digest: str
    replaced: bool = False

    def __str__(self) -> str:
        place = _REPLACED if self.replaced else _SHARDS[self.kind]
        return place.glob(pool=self.pool, collection=self.collection, digest=self.digest)


def parse_shard(path: str) -> ShardPath | None:
    for kind, place in (*_SHARDS.items(), (Kind.RECORD, _REPLACED)):
        if match := place.regex.fullmatch(path):
            parts = match.groupdict()
            return ShardPath(
                kind, parts.get("pool", ""), parts["collection"], parts["digest"], place is _REPLACED
            )
    return None


def shards_glob(kind: Kind, *, pool: str = "*", collection: str = "*") -> str:
    """The pattern that the shards of a kind, a pool or a collection match, folder by folder."""
    return _SHARDS[kind].glob(pool=pool, collection=collection)


def replaced_glob() -> str:
    """The pattern that the shards of replaced records match."""
    return _REPLACED.glob()


def is_slug(text: str) -> bool:
    return re.fullmatch(_SLUG, text) is not None


def slug_of(file_name: str) -> str:
    """A collection's name from a file's; empty when nothing of it can be one."""
    stem = re.sub(r"[^a-z0-9]+", "-", file_name.split(".", maxsplit=1)[0].lower())
    return stem.strip("-")[:64].strip("-")


# The log


def openings_path(contribution: str) -> str:
    return _OPENINGS.glob(contribution=contribution)


def parse_openings(path: str) -> str | None:
    """The contribution id of an openings path."""
    match = _OPENINGS.regex.fullmatch(path)
    return match["contribution"] if match else None


def envelope_path(digest_hex: str) -> str:
    return _ENVELOPE.glob(shelf=digest_hex[:2], shelved=digest_hex)


def parse_envelope(path: str) -> str | None:
    """The SHA-256 (hex) an envelope's path claims."""
    match = _ENVELOPE.regex.fullmatch(path)
    return match["shelved"] if match else None


def person_path(person: str) -> str:
    """Where a proposal opens who its author is."""
    return _PERSON.glob(person=person)


def parse_person(path: str) -> str | None:
    match = _PERSON.regex.fullmatch(path)
    return match["person"] if match else None


# The inventory


def inventory_path(part: str) -> str:
    return _INVENTORY.glob(part=part)


def parse_inventory(path: str) -> str | None:
    """The part that a file of the inventory is."""
    match = _INVENTORY.regex.fullmatch(path)
    return match["part"] if match else None


def part_of(path: str) -> str:
    """The part of the inventory that holds the file, before parts are split; empty for what belongs into none, or nowhere."""
    place = place_of(path)
    match = place.regex.fullmatch(path) if place else None
    if not place or not match:
        return ""
    return _NAMED.sub(lambda named: match[named[1]], place.part)


# Pages


def collection_card_path(collection: str) -> str:
    return _COLLECTION_CARD.glob(collection=collection)


# The index of an embedder; ``slug`` names its folder


def index_folder(slug: str) -> str:
    return f"{INDEX}{slug}/"


def index_of(path: str) -> str | None:
    """The slug of the embedder in whose folder a path lies, whatever it names there."""
    match = _INDEX_FOLDER.match(path)
    return match["embedder"] if match else None


def manifest_path(slug: str) -> str:
    return _MANIFEST.glob(embedder=slug)


def parse_manifest(path: str) -> str | None:
    """The slug of the embedder whose manifest this is."""
    match = _MANIFEST.regex.fullmatch(path)
    return match["embedder"] if match else None


def vectors_path(slug: str, shard_digest: str) -> str:
    return _VECTORS.glob(embedder=slug, digest=shard_digest)


def faiss_path(slug: str, pool: str) -> str:
    return _FAISS.glob(embedder=slug, pool=pool)


def template_path(slug: str, pool: str) -> str:
    """An index that is trained and empty: what was learnt for the pool's."""
    return _TEMPLATE.glob(embedder=slug, pool=pool)


def positions_path(slug: str, pool: str) -> str:
    """The table that says which record each position is."""
    return _POSITIONS.glob(embedder=slug, pool=pool)


def clusters_path(slug: str) -> str:
    """The table of the records that say the same, of all pools."""
    return _CLUSTERS.glob(embedder=slug)


def keywords_folder(slug: str, pool: str) -> str:
    return _KEYWORDS.glob(embedder=slug, pool=pool, segment="")


def is_keywords_file(slug: str, pool: str, path: str) -> bool:
    match = _KEYWORDS.regex.fullmatch(path)
    return match is not None and (match["embedder"], match["pool"]) == (slug, pool)
