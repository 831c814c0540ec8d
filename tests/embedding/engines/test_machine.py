"""The probe: what a processor's flags allow to be tried, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from commons.embedding import engines
from commons.embedding.engines import machine
from commons.embedding.engines.machine import Machine

ALL = {"openvino": "2026.4.1", "nncf": "3.4.0", "torch": "2.13.0", "sentence-transformers": "6.2.0"}
PLAIN = {"torch": "2.13.0", "sentence-transformers": "6.2.0"}

AMX = "avx2 avx512f avx512_vnni avx512_bf16 amx_bf16 amx_int8"
ICE_LAKE = "avx2 avx512f avx512_vnni"
HASWELL = "avx2 fma"


def a_machine(flags: str, cards: int = 0) -> Machine:
    return Machine("Some processor", frozenset(flags.split()), cores=2, graphics_cards=cards)


@pytest.mark.parametrize(
    ("flags", "cards", "installed", "expected"),
    [
        (AMX, 0, ALL, ("openvino-bf16", "torch-bf16", "openvino-fp32", "reference")),
        (ICE_LAKE, 0, ALL, ("openvino-int8", "openvino-fp32", "reference")),
        ("avx2 avx_vnni", 0, ALL, ("openvino-int8", "openvino-fp32", "reference")),
        (HASWELL, 0, ALL, ("openvino-fp32", "reference")),
        ("", 0, ALL, ("openvino-fp32", "reference")),
        (AMX, 0, PLAIN, ("torch-bf16", "reference")),
        (ICE_LAKE, 0, PLAIN, ("reference",)),
        (ICE_LAKE, 0, {**PLAIN, "openvino": "2026.4.1"}, ("openvino-fp32", "reference")),
        (AMX, 1, PLAIN, ("cuda", "torch-bf16", "reference")),
        (HASWELL, 2, ALL, ("cuda", "openvino-fp32", "reference")),
    ],
)
def test_what_may_be_tried_follows_from_flags_cards_and_libraries(
    flags: str, cards: int, installed: dict[str, str], expected: tuple[str, ...]
) -> None:
    candidates = engines.candidates(a_machine(flags, cards), installed)
    assert tuple(engine.name for engine in candidates) == expected


def test_bfloat16_is_never_tried_where_it_is_emulated() -> None:
    for flags in (ICE_LAKE, HASWELL, "", "amx_int8 avx512_vnni"):
        assert not any("bf16" in engine.name for engine in engines.candidates(a_machine(flags), ALL))


def test_this_machine_is_read_as_the_kernel_tells_it() -> None:
    here = machine.this_machine()
    cpuinfo = Path("/proc/cpuinfo").read_text()
    assert here.processor in cpuinfo
    assert here.cores >= 1
    assert all(flag in cpuinfo for flag in here.flags)
    assert here.native_bf16 == any(f" {flag}" in cpuinfo for flag in ("amx_bf16", "avx512_bf16"))


def test_without_a_kernel_that_tells_no_flag_is_believed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(machine, "_CPUINFO", tmp_path / "missing")
    assert machine.this_machine().flags == frozenset()


def test_the_versions_are_of_what_is_installed() -> None:
    assert {"torch", "sentence-transformers"} <= machine.versions().keys()
