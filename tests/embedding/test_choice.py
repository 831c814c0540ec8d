"""``auto``: what is allowed is tried, the fastest is taken and remembered, and what cannot run is left out aloud."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from support.small_models import make_model

from commons.embedding import choice, engines, loading
from commons.embedding.choice import Memory
from commons.embedding.engines import machine, model_source
from commons.embedding.engines.driver import ModelRequest
from commons.embedding.engines.machine import Machine
from commons.errors import IndexArtifactError, UsageError

CLAIMS_MUCH = Machine("A processor that claims much", frozenset({"amx_bf16", "avx512_vnni"}), 2, 0)
CLAIMS_NOTHING = Machine("A processor that claims nothing", frozenset(), 2, 0)


def a_request(model: Path, home: Path | None, machine: Machine, messages: list[str]) -> ModelRequest:
    made = ModelRequest(model_source.locate(str(model)), home, None, messages.append)
    made.machine = machine
    return made


def test_the_fastest_of_those_tried_is_taken_and_remembered(small: Path, tmp_path: Path) -> None:
    """Whatever the flags claim: the seconds decide."""
    messages: list[str] = []
    made = choice.fastest(a_request(small, tmp_path, CLAIMS_MUCH, messages), tmp_path)
    (path,) = (tmp_path / "choices").iterdir()
    remembered = json.loads(path.read_text())
    assert set(remembered["seconds"]) | set(remembered["refused"]) == {
        "openvino-bf16",
        "torch-bf16",
        "openvino-fp32",
        "reference",
    }
    best = min(remembered["seconds"], key=remembered["seconds"].get)
    assert remembered["engine"] == best
    names = {"openvino-bf16": "openvino", "openvino-fp32": "openvino", "torch-bf16": "torch"}
    assert made.engine.name == names.get(best, "sentence-transformers")
    assert any("once" in line for line in messages)

    messages.clear()
    again = choice.fastest(a_request(small, tmp_path, CLAIMS_MUCH, messages), tmp_path)
    assert again.engine == made.engine
    assert messages == []


def test_a_remembered_choice_is_believed_only_where_it_is_allowed(small: Path, tmp_path: Path) -> None:
    installed = machine.versions()
    memory = Memory.of(tmp_path, CLAIMS_MUCH, installed, "a model")
    memory.keep("openvino-bf16", {"openvino-bf16": 0.1}, {})
    assert memory.recall(("openvino-bf16", "reference")) == "openvino-bf16"
    assert memory.recall(("openvino-int8", "reference")) == ""
    memory.path.write_text("{}")
    assert memory.recall(("openvino-bf16",)) == ""


def test_another_machine_library_model_or_mask_decides_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = {"openvino": "2026.4.1"}
    places = [
        Memory.of(tmp_path, CLAIMS_MUCH, installed, "a model").path,
        Memory.of(tmp_path, replace(CLAIMS_MUCH, flags=frozenset()), installed, "a model").path,
        Memory.of(tmp_path, replace(CLAIMS_MUCH, graphics_cards=1), installed, "a model").path,
        Memory.of(tmp_path, CLAIMS_MUCH, {"openvino": "2027.1.0"}, "a model").path,
        Memory.of(tmp_path, CLAIMS_MUCH, installed, "another model").path,
    ]
    monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", "AVX2")
    places.append(Memory.of(tmp_path, CLAIMS_MUCH, installed, "a model").path)
    assert len(set(places)) == len(places)


def test_a_model_that_only_the_reference_can_run_is_run_by_it_and_that_is_said(tmp_path: Path) -> None:
    model = make_model(tmp_path, pooling="weightedmean")
    messages: list[str] = []
    made = choice.fastest(a_request(model, tmp_path / "home", CLAIMS_NOTHING, messages), tmp_path / "home")
    assert made.engine.name == "sentence-transformers"
    assert any("weightedmean" in line for line in messages)


def test_a_choice_that_cannot_run_any_more_is_replaced_by_the_reference(small: Path, tmp_path: Path) -> None:
    messages: list[str] = []
    model = make_model(tmp_path, pooling="weightedmean")
    request = a_request(model, tmp_path / "home", CLAIMS_NOTHING, messages)
    Memory.of(tmp_path / "home", CLAIMS_NOTHING, machine.versions(), request.key).keep(
        "openvino-fp32", {}, {}
    )
    assert choice.fastest(request, tmp_path / "home").engine.name == "sentence-transformers"
    assert any("cannot run any more" in line for line in messages)


@pytest.mark.parametrize("engine", ["openvino-bf16", "torch-bf16", "cuda"])
def test_an_engine_that_this_machine_cannot_run_is_refused_by_name(
    engine: str, small: Path, tmp_path: Path
) -> None:
    with pytest.raises(IndexArtifactError) as caught:
        engines.named(engine).open(a_request(small, tmp_path, CLAIMS_NOTHING, []))
    assert caught.value.code == "engine-unavailable"
    assert "--engine auto" in caught.value.hint


def test_a_card_that_torch_cannot_use_is_no_card(small: Path, tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    if torch.cuda.is_available():
        pytest.skip("this machine has one")
    claims_a_card = replace(CLAIMS_NOTHING, graphics_cards=1)
    with pytest.raises(IndexArtifactError, match="PyTorch") as caught:
        engines.named("cuda").open(a_request(small, tmp_path, claims_a_card, []))
    assert caught.value.code == "engine-unavailable"


def test_the_same_arithmetic_in_bfloat16_by_torch_is_near(small: Path, tmp_path: Path) -> None:
    request = a_request(small, tmp_path, CLAIMS_MUCH, [])
    made, wanted = (engines.named(name).open(request) for name in ("torch-bf16", "reference"))
    assert (made.engine.name, made.engine.precision) == ("torch", "bfloat16")
    assert made.identity == wanted.identity
    texts = ["the river level was measured", "", "water " * 100]
    assert (made.embed(texts) * wanted.embed(texts)).sum(axis=1).min() > made.engine.tolerance


def test_without_a_folder_nothing_is_converted(small: Path) -> None:
    assert loading.load(str(small)).engine.name == "sentence-transformers"
    with pytest.raises(UsageError, match="folder"):
        loading.load(str(small), engine="openvino-fp32")


def test_the_default_model_here_is_near_the_reference_whatever_was_chosen(tmp_path: Path) -> None:
    """bfloat16 is never what runs on a processor that has none."""
    made = loading.load(home=tmp_path, say=lambda _: None)
    wanted = loading.load(engine="reference")
    assert made.identity == wanted.identity
    assert made.engine.precision != "bfloat16" or machine.this_machine().native_bf16
    texts = [
        "Glaucoma is damage to the optic nerve, often from raised pressure in the eye.",
        "Die Glocken läuten, wenn das Wasser bei hundert Grad siedet.",
        "水は摂氏100度で沸騰する。",
        "",
        "word " * 20_000,
    ]
    cosines = (made.embed(texts) * wanted.embed(texts)).sum(axis=1)
    assert cosines.min() > made.engine.tolerance
    assert loading.load(home=tmp_path).engine == made.engine


def test_who_waits_is_answered_at_once_and_by_what_is_kept_from_then_on(small: Path, tmp_path: Path) -> None:
    """Nothing is tried or converted for the first answer; what a choice has converted opens the next time."""
    first = loading.load_at_once(str(small), home=tmp_path)
    assert first.engine.name == "sentence-transformers"
    assert not list(tmp_path.rglob("model.xml"))
    several = len(engines.candidates(machine.this_machine(), machine.versions())) > 1
    assert loading.is_settled(str(small), home=tmp_path) is not several
    loading.load(str(small), home=tmp_path)
    assert loading.is_settled(str(small), home=tmp_path)
    converted = bool(list(tmp_path.rglob("model.xml")))
    again = loading.load_at_once(str(small), home=tmp_path)
    assert (again.engine.name == "openvino") is converted
