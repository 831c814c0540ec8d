"""Grouping: which records say the same, from their texts, their links and their order in the log alone.

    table_of(records, sketches, links, reviewed)      the rows of ``clusters.SCHEMA``

Near-duplicates. Records are taken in the order of the log. One joins the cluster whose earliest record it repeats
(``near_duplicates.repeats``), of several the one that began first, and else begins its own. Only that earliest record is asked, so a chain
of small changes never joins its ends: what has changed too much begins a cluster. Who is asked is found by sketches: the first record with
the same words, and in each band up to ``_COMPANIONS`` earlier ones, so that a flood of one form costs no more than in proportion. Then a
part joins its whole (``dcterms:isPartOf``), and with it everything that says the same, by the word of the part's own contributor or a
reviewer: a stranger's link joins nobody's records.

Translations. ``commons:translationOf`` joins two records where the link is by the contributor of one of them, or came with a contribution
that a reviewer signed: nobody else may say that two people's records are one. Why not ``skos:exactMatch``: it says that two entries mean
one thing, not that two texts say the same of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from commons.arrays import Mask, Positions
from commons.index import clusters
from commons.records.likeness import near_duplicates, sketches
from commons.records.likeness.near_duplicates import ComparedText
from commons.records.likeness.similarity import ESTIMATE_ERROR, NEAR
from commons.records.likeness.sketches import Sketches
from commons.records.schema import Record

COLUMNS = ("id", "title", "text", "lang", "contributor")  # of a record
RECORDS = pa.schema(
    [*((name, pa.string()) for name in COLUMNS), ("log_index", pa.int64()), ("ordinal", pa.int32())]
)
_PART_OF = "dcterms:isPartOf"
_TRANSLATION_OF = "commons:translationOf"
_PREDICATES = pa.array([_PART_OF, _TRANSLATION_OF])
_LINK_COLUMNS = ("subject", "predicate", "object", "contributor", "contribution")
_COMPANIONS = 16  # that a record meets in a band
# A signature's estimate may be so much too low: three standard deviations of it.
_LEAST = NEAR - ESTIMATE_ERROR
_LEAST_OF_OTHER_TITLES = near_duplicates.UNDER_ANOTHER_TITLE - 0.08


def table_of(records: pa.Table, made: Sketches, links: pa.Table, reviewed: Collection[str]) -> pa.Table:
    """The clusters of ``records``, which have the columns of ``RECORDS``, and whose sketches are ``made``.

    ``reviewed``: the contributions that a reviewer signed. Records that the log does not know come last, by their ids.
    """
    order = pc.sort_indices(records, [(name, "ascending") for name in ("log_index", "ordinal", "id")])
    ids = records["id"].combine_chunks().take(order)
    contributors = records["contributor"].combine_chunks().take(order)
    rows = order.to_numpy().astype(np.int64)
    near = _near_duplicates(made.in_order(rows), lambda row: _record(records, int(rows[row])))
    part_of = links.filter(pc.equal(links["predicate"], _PART_OF))
    ends = _ends(part_of, ids)
    near = _joined(near, ends[_may_join(part_of, ends[:, :1], contributors, reviewed)])
    translated = links.filter(pc.equal(links["predicate"], _TRANSLATION_OF))
    ends = _ends(translated, ids)
    translations = _joined(np.arange(len(ids)), ends[_may_join(translated, ends, contributors, reviewed)])
    return _table(ids, near, translations)


def digest_of(links: pa.Table) -> str:
    """Names the links that clusters follow from, in whichever order and whatever else is linked; empty for none."""
    used = links.filter(pc.is_in(links["predicate"], value_set=_PREDICATES)).select(_LINK_COLUMNS)
    rows = sorted(
        "\n".join(row) for row in zip(*(used[name].to_pylist() for name in _LINK_COLUMNS), strict=True)
    )
    return hashlib.sha256("\n\n".join(rows).encode()).hexdigest() if rows else ""


# By their words


def _near_duplicates(made: Sketches, record_at: Callable[[int], Record]) -> Positions:
    """(n,) for each record, all in the order of the log, the first of its cluster."""
    firsts = np.arange(len(made))
    earlier, later, estimates = _candidates(made)
    compared = {row: ComparedText(record_at(row)) for row in np.unique([earlier, later]).tolist()}
    possible = estimates >= np.where(_same_titles(compared, earlier, later), _LEAST, _LEAST_OF_OTHER_TITLES)
    earlier, later = earlier[possible], later[possible]
    starts = np.flatnonzero(np.diff(later, prepend=-1))
    for row, before in zip(later[starts].tolist(), np.split(earlier, starts[1:]), strict=False):
        for begun in np.unique(firsts[before]).tolist():
            if near_duplicates.repeats(compared[begun], compared[row]):
                firsts[row] = begun
                break
    return firsts


def _same_titles(compared: dict[int, ComparedText], earlier: Positions, later: Positions) -> Mask:
    numbers: dict[str, int] = {}
    titles = {row: numbers.setdefault(each.folded[0], len(numbers)) for row, each in compared.items()}
    rows = np.fromiter(titles, np.int64, len(titles))
    codes = np.fromiter(titles.values(), np.int64, len(titles))
    same: Mask = codes[np.searchsorted(rows, earlier)] == codes[np.searchsorted(rows, later)]
    return same


def _candidates(made: Sketches) -> tuple[Positions, Positions, npt.NDArray[np.float64]]:
    """(earlier, later, how alike by their sketches) of the pairs that may be near-duplicates, each once, in order of the later."""
    size = max(len(made), 1)
    _, first, inverse = np.unique(made.whole, return_index=True, return_inverse=True)
    rows = np.arange(len(made))
    codes, estimates = [rows * size + first[inverse]], [np.ones(len(made))]
    for earlier, later in _companions(made.signatures):
        estimate = (made.signatures[earlier] == made.signatures[later]).mean(axis=1)
        alike = estimate >= _LEAST
        codes.append(later[alike] * size + earlier[alike])
        estimates.append(estimate[alike])
    pairs, places = np.unique(np.concatenate(codes), return_index=True)
    different = pairs % size != pairs // size
    pairs, places = pairs[different], places[different]
    return pairs % size, pairs // size, np.concatenate(estimates)[places]


def _companions(signatures: npt.NDArray[np.uint32]) -> Iterator[tuple[Positions, Positions]]:
    """(earlier, later) rows that meet in a band, no more together than there are rows."""
    for band in range(sketches.BANDS):
        keys = sketches.band_keys(signatures, band)
        order = np.argsort(keys, kind="stable")  # of one key the earliest first
        begins = np.flatnonzero(np.diff(keys[order], prepend=keys[order][:1] ^ np.uint64(1)))
        start = np.repeat(begins, np.diff(begins, append=len(keys)))
        rank = np.arange(len(keys)) - start
        for place in range(_COMPANIONS):
            later = rank > place
            if not later.any():
                break
            yield order[start[later] + place], order[later]


def _record(records: pa.Table, row: int) -> Record:
    """The record of a row, without what is not compared."""
    values = {name: records[name][row].as_py() for name in ("id", "title", "text", "lang")}
    return Record(**values, topic=(), license="", sources=())


# By their links


def _ends(links: pa.Table, ids: pa.Array) -> Positions:
    """(n, 2) the rows of the two records of each link; -1 for what is no record here."""
    ends = [pc.index_in(links[name], value_set=ids).combine_chunks() for name in ("subject", "object")]
    return np.stack([pc.fill_null(end, -1).to_numpy(zero_copy_only=False) for end in ends], axis=1).astype(
        np.int64
    )


def _may_join(links: pa.Table, ends: Positions, contributors: pa.Array, reviewed: Collection[str]) -> Mask:
    """(n,) which links are by the contributor of one of these ``ends`` (n, m), or a reviewer's."""
    by_reviewer = pc.is_in(links["contribution"], value_set=pa.array(list(reviewed), pa.string()))
    allowed: Mask = by_reviewer.to_numpy()
    for end in ends.T:
        theirs = contributors.take(pa.array(end, pa.int64(), mask=end < 0))
        allowed = allowed | pc.fill_null(pc.equal(links["contributor"], theirs), False).to_numpy()
    return allowed


def _joined(firsts: Positions, ends: Positions) -> Positions:
    """The clusters with those joined that these links join; each still has the row of its first."""
    parents = firsts.tolist()

    def root(row: int) -> int:
        while parents[row] != row:
            parents[row] = parents[parents[row]]
            row = parents[row]
        return row

    for one_end, other in ends[(ends >= 0).all(axis=1)].tolist():
        first, second = sorted((root(one_end), root(other)))
        parents[second] = first
    return np.fromiter(map(root, range(len(parents))), np.int64, len(parents))


def _table(ids: pa.Array, near: Positions, translations: Positions) -> pa.Table:
    columns, shared = [], []
    for firsts in (near, translations):
        together = (np.bincount(firsts, minlength=len(ids)) > 1)[firsts]
        columns.append(ids.take(pa.array(firsts, mask=~together)))
        shared.append(together)
    table = pa.table([ids, *columns], schema=clusters.SCHEMA)
    return table.filter(pa.array(shared[0] | shared[1]))
