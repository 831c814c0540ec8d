"""The list of engines: each is found by its name, and one that cannot run says why."""

from __future__ import annotations

import pytest

from commons.embedding import engines, loading
from commons.embedding.engines.machine import Machine
from commons.errors import MissingExtraError, UsageError

PLAIN = Machine("A plain processor", frozenset(), cores=2, graphics_cards=0)
ABLE = Machine("An able processor", frozenset({"amx_bf16", "avx512_vnni"}), cores=2, graphics_cards=1)
LIBRARIES = {"openvino": "2026.4.1", "nncf": "3.4.0", "torch": "2.13.0", "sentence-transformers": "6.2.0"}


def test_each_is_found_by_its_name_and_may_be_asked_for() -> None:
    assert [engines.named(name).name for name in engines.NAMES] == list(engines.NAMES)
    assert len(set(engines.NAMES)) == len(engines.ENGINES)
    assert ("auto", *engines.NAMES) == loading.ENGINE_NAMES


def test_one_that_is_not_listed_is_refused_with_those_that_are() -> None:
    with pytest.raises(UsageError) as caught:
        engines.named("quantum")
    assert all(name in caught.value.hint for name in loading.ENGINE_NAMES)


def test_where_everything_is_there_each_can_run() -> None:
    assert {engine.name: engine.refusal(ABLE, LIBRARIES) for engine in engines.ENGINES} == dict.fromkeys(
        engines.NAMES
    )


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("openvino-bf16", "computes in bfloat16"),
        ("torch-bf16", "computes in bfloat16"),
        ("cuda", "graphics card"),
    ],
)
def test_what_the_machine_lacks_is_named(name: str, reason: str) -> None:
    refusal = engines.named(name).refusal(PLAIN, LIBRARIES)
    assert refusal is not None
    assert refusal.code == "engine-unavailable"
    assert name in refusal.message
    assert reason in refusal.message


@pytest.mark.parametrize("name", engines.NAMES)
def test_where_no_library_is_installed_each_names_the_extra_that_brings_its_own(name: str) -> None:
    refusal = engines.named(name).refusal(ABLE, {})
    assert isinstance(refusal, MissingExtraError)
    assert {"openvino-published": "[search]", "openvino-int8": "[fast]"}.get(name, "[index]") in refusal.hint


def test_one_that_stands_in_comes_after_the_one_it_stands_in_for() -> None:
    for engine in engines.ENGINES:
        if engine.stand_in_for:
            assert engines.NAMES.index(engine.stand_in_for) < engines.NAMES.index(engine.name)


def test_without_any_library_the_reference_is_still_tried_so_that_opening_it_says_what_is_missing() -> None:
    assert [engine.name for engine in engines.candidates(PLAIN, {})] == ["reference"]
