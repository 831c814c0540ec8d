"""Opening: calls wait for the commons and for nothing else, and hear what keeps it."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from support.commons_on_disk import CommonsOnDisk
from support.embedder import TinyEmbedder
from support.patience import eventually

from commons.embedding.embedder import Embedder
from commons.errors import CommonsError
from commons.index.editions import Keeper
from commons.mcp.opening import CommonsOpening
from commons.snapshots import source


def keeper(notes: CommonsOnDisk, load: Callable[[], Embedder]) -> Keeper:
    return Keeper(source.named(str(notes.folder), endpoint=""), lambda _: load())


def test_who_waits_too_long_hears_for_what_and_gets_it_later(notes: CommonsOnDisk) -> None:
    loaded = threading.Event()
    made = CommonsOpening(lambda _: keeper(notes, load), wait_s=0.2)

    def load() -> Embedder:
        made.stage = "the model"
        loaded.wait()
        return TinyEmbedder()

    with pytest.raises(CommonsError, match="it waits for the model") as caught:
        made.edition()
    assert caught.value.code == "opening"
    assert made.edition_if_open() is None
    loaded.set()
    assert eventually(made.edition_if_open).library
    made.close()


def test_many_who_wait_open_it_once(notes: CommonsOnDisk) -> None:
    opened: list[int] = []
    made = CommonsOpening(lambda _: keeper(notes, lambda: (opened.append(1), TinyEmbedder())[1]))
    waiting = [threading.Thread(target=made.edition) for _ in range(6)]
    for thread in waiting:
        thread.start()
    for thread in waiting:
        thread.join()
    assert opened == [1]
    made.close()


def test_what_cannot_be_opened_for_a_reason_of_no_kind_we_know_is_an_error_all_the_same() -> None:
    def broken(_: CommonsOpening) -> Keeper:
        raise ZeroDivisionError

    with pytest.raises(CommonsError, match="ZeroDivisionError") as caught:
        CommonsOpening(broken).edition()
    assert caught.value.code == "internal"
