"""The audit of builds and inventories: who may sign them, what a builder may change, and that none is left out."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from support.log_book import PARTS, LogBook, digest, id_of, roles_of

OTHER = "9" * 64


@pytest.fixture
def book() -> LogBook:
    """A founding commit, with a machine that may build."""
    book = LogBook.founded(roles_of("maya", reviewers=["rita"], builders=["box"]))
    book.inventory()
    return book


def only_problem(book: LogBook) -> str:
    ((_, problem),) = book.problems()
    return problem


class TestAnHonestLog:
    def test_each_commit_ends_with_the_inventory_that_follows(self, book: LogBook) -> None:
        book.land(reviewer="rita")
        book.inventory(openings=OTHER, data__notes=OTHER)
        book.index("box")
        book.inventory("box", pages=OTHER, index__tiny=OTHER)
        audited = book.audited()
        assert audited.problems == []
        assert audited.inventory is not None
        assert audited.inventory.predicate.parts == {
            **PARTS, "openings": OTHER, "data/notes": OTHER, "pages": OTHER, "index/tiny": OTHER,
        }  # fmt: skip
        assert (audited.inventory_leaf, audited.inventory_envelope) == (7, book.leaves[-1].envelope)
        assert audited.indexes["tiny"].predicate.size == 6

    def test_a_maintainer_builds_too_and_changes_what_there_is(self, book: LogBook) -> None:
        book.index()
        book.inventory(**dict.fromkeys((*PARTS, "index__tiny"), OTHER))
        assert book.problems() == []


def _skipping(book: LogBook) -> None:
    book.inventory(pages=OTHER)
    book.inventory(pages="8" * 64, previous=book.leaves[1].envelope)


FORGERIES: dict[str, tuple[Callable[[LogBook], object], str]] = {
    "an inventory that begins anew": (
        lambda b: b.inventory(previous=None),
        "the inventory does not follow the one before it",
    ),
    "an inventory that follows none that is here": (
        lambda b: b.inventory(previous=OTHER),
        "the inventory does not follow the one before it",
    ),
    "an inventory that passes one over": (_skipping, "the inventory does not follow the one before it"),
    "an inventory by a reviewer": (lambda b: b.inventory("rita"), f"{id_of('rita')}, who was neither maintainer nor builder"),
    "an inventory of another commons": (lambda b: b.inventory(root=OTHER), "a commons with another root"),
    "an index by a stranger": (lambda b: b.index("eve"), f"{id_of('eve')}, who was neither maintainer nor builder"),
    "an index by a reviewer": (lambda b: b.index("rita"), "who was neither maintainer nor builder"),
    "an index of a log that is still to come": (lambda b: b.index("box", size=3), "a log longer than the one it stands in"),
    "an index that names another part": (lambda b: b.index("box", part="people"), "another part of the inventory"),
    "an index of another commons": (lambda b: b.index("box", root=OTHER), "a commons with another root"),
}  # fmt: skip


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forgery_is_named(name: str, book: LogBook) -> None:
    forge, sentence = FORGERIES[name]
    forge(book)
    assert sentence in only_problem(book)


@pytest.mark.parametrize(
    "part", ["governance", "people", "openings", "links", "questions", "wishes", "attribution"]
)
@pytest.mark.parametrize("value", [OTHER, None])
def test_a_builder_changes_nothing_but_index_pages_and_data(
    part: str, value: str | None, book: LogBook
) -> None:
    """Neither by another digest, nor by leaving a part out, nor by splitting it."""
    book.inventory(**{part: "7" * 64})
    book.inventory("box", **{part: value})
    assert only_problem(book) == f"a builder changed {part}, which only a maintainer may"


def test_a_builder_who_splits_another_part_is_named(book: LogBook) -> None:
    book.inventory("box", people__0=OTHER)
    assert only_problem(book) == "a builder changed people/0, which only a maintainer may"


def test_what_a_builder_does_to_rows_is_for_the_rows_to_prove(book: LogBook) -> None:
    book.index("box")
    book.inventory("box", data__notes=OTHER, data__notes__0=OTHER, index__tiny=OTHER, pages=OTHER)
    assert book.problems() == []


def test_a_builder_who_is_one_no_more_signs_nothing(book: LogBook) -> None:
    book.policy(roles_of("maya", reviewers=["rita"]))
    book.inventory()
    book.index("box")
    book.inventory("box")
    assert len(book.problems()) == 2
    assert all("who was neither maintainer nor builder" in problem for _, problem in book.problems())


def test_a_builder_decides_and_refuses_nothing(book: LogBook) -> None:
    about = book.contribution()
    book.decision(about, {book.review(about, "rita"): "rita"}, "box")
    other, _ = book.offer()
    book.refuse(other, "rita", by="box")
    assert len(book.problems()) == 2
    assert all(f"{id_of('box')}, who was no maintainer" in problem for _, problem in book.problems())


def test_the_root_is_the_first_envelope(book: LogBook) -> None:
    assert book.audited().root == digest(book.envelopes[book.leaves[0].envelope])
