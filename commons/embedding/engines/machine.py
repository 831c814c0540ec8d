"""What of this machine bears on the choice of an engine: its processor, its graphics cards, and the libraries that are installed."""

from __future__ import annotations

import ctypes
import os
import platform
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

_CPUINFO = Path("/proc/cpuinfo")
_NATIVE_BF16 = frozenset({"amx_bf16", "avx512_bf16", "bf16"})  # the last is the name on Arm
_VNNI = frozenset({"avx512_vnni", "avx_vnni"})
_LIBRARIES = {  # distribution -> the name it is imported by
    "openvino": "openvino",
    "nncf": "nncf",
    "torch": "torch",
    "sentence-transformers": "sentence_transformers",
    "transformers": "transformers",
}


@dataclass(frozen=True)
class Machine:
    """What of the hardware bears on the choice."""

    processor: str
    flags: frozenset[str]
    cores: int
    graphics_cards: int

    @property
    def native_bf16(self) -> bool:
        return bool(self.flags & _NATIVE_BF16)

    @property
    def vnni(self) -> bool:
        return bool(self.flags & _VNNI)


def this_machine() -> Machine:
    """Without /proc/cpuinfo no flags are known, and nothing that needs one is tried."""
    properties: dict[str, str] = {}
    if _CPUINFO.is_file():
        lines = _CPUINFO.read_text(errors="replace").split("\n\n", 1)[0].splitlines()
        properties = {
            name.strip(): value.strip() for name, _, value in (line.partition(":") for line in lines)
        }
    return Machine(
        processor=properties.get("model name") or platform.processor() or platform.machine(),
        flags=frozenset((properties.get("flags") or properties.get("Features") or "").split()),
        cores=os.cpu_count() or 1,
        graphics_cards=_graphics_cards(),
    )


def versions() -> dict[str, str]:
    """The versions of the libraries that compute, of those that are installed."""
    installed = {}
    for name, module in _LIBRARIES.items():
        if find_spec(module) is None:
            continue
        try:
            installed[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return installed


def _graphics_cards() -> int:
    """Asked of the driver, since asking torch means loading it."""
    try:
        driver = ctypes.CDLL("libcuda.so.1" if os.name == "posix" else "nvcuda.dll")
    except OSError:
        return 0
    count = ctypes.c_int()
    if driver.cuInit(0) or driver.cuDeviceGetCount(ctypes.byref(count)):
        return 0
    return count.value
