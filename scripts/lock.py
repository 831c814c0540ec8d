"""Parts what uv resolved into the lock files, and notes beside each pin how large its largest wheel is.

`requirements.lock` has everything but torch; `torch.lock` has torch and its CUDA libraries as the default index gives them;
`torch-cpu.lock` has the CPU builds of the same version, whose hashes only PyTorch's own index tells. Called by `scripts/lock`.
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

import torch_cpu

SCRIPTS = Path(__file__).parent
ONLY_FOR_TORCH = re.compile(r"(torch|triton|nvidia-[\w-]+|cuda-[\w-]+)==")
MADE_BY = "Made by scripts/lock; do not edit."


def main(folder: Path) -> int:
    sizes = largest_wheels(folder / "pylock.toml")
    pins = [with_size(block, sizes) for block in blocks((folder / "all.txt").read_text())]
    torch = [pin for pin in pins if ONLY_FOR_TORCH.match(pin)]
    others = [pin for pin in pins if not ONLY_FOR_TORCH.match(pin)]
    _write(
        "requirements.lock",
        f"# Every package scripts/setup installs, but torch (torch.lock, torch-cpu.lock). {MADE_BY}",
        others,
    )
    _write("torch.lock", f"# torch as the default index gives it: with CUDA on Linux. {MADE_BY}", torch)
    version = next(re.match(r"torch==(\S+)", pin)[1] for pin in torch if pin.startswith("torch=="))
    return lock_cpu(version)


def lock_cpu(version: str) -> int:
    """Writes the CPU lock where its index answers; without, an old one is kept if it is of this version."""
    index = torch_cpu.index_url() or torch_cpu.INDEX
    try:
        wheels = torch_cpu.for_lock(torch_cpu.wheels(index), version)
    except OSError as problem:
        print(f"{index} does not answer ({problem}); {torch_cpu.LOCK.name} stays as it was.", file=sys.stderr)
        wheels = []
    if wheels:
        hashes = "".join(
            f" \\\n    --hash=sha256:{digest}" for digest in sorted({wheel.sha256 for wheel in wheels})
        )
        names = "".join(
            f"    # {wheel.sha256[:8]} {wheel.name}\n"
            for wheel in sorted(wheels, key=lambda wheel: wheel.name)
        )
        header = f"# torch for Linux without CUDA, hashes from {index}. {MADE_BY}"
        _write(torch_cpu.LOCK.name, header, [f"torch=={version}+cpu{hashes}\n{names}"])
    if torch_cpu.locked_version() == version:
        return 0
    print(
        f"{torch_cpu.LOCK.name} is not of torch {version}: run scripts/lock where {index} answers.",
        file=sys.stderr,
    )
    return 1


def blocks(resolved: str) -> list[str]:
    """One pin a block: its line, its hashes, and who asked for it."""
    return re.findall(r"^\S.*\n(?:[ ].*\n)*", resolved, re.MULTILINE)


def with_size(block: str, sizes: dict[str, int]) -> str:
    size = sizes.get(block.partition("==")[0])
    return block if size is None else f"{block}    # at most {size:,} bytes\n"


def largest_wheels(pylock: Path) -> dict[str, int]:
    """The largest wheel of each package in bytes, of the Pythons and platforms that the lock is for."""
    packages = tomllib.loads(pylock.read_text())["packages"]
    return {
        package["name"]: max(wheel["size"] for wheel in package["wheels"])
        for package in packages
        if package.get("wheels")
    }


def _write(name: str, header: str, pins: list[str]) -> None:
    (SCRIPTS / name).write_text(header + "\n" + "".join(pins))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
