"""A safetensors file read without torch: names, types, shapes, and where each tensor's bytes are.

    tensors = safetensors_file.tensors(path)
    tensors["embeddings.LayerNorm.bias"].data()         the bytes, row by row, little-endian

Eight bytes say how long the header is, the header is JSON, and the rest is the tensors: https://huggingface.co/docs/safetensors
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from commons.errors import IndexArtifactError

_LENGTH_BYTES = 8
_MAX_HEADER_BYTES = 100_000_000  # what the library itself allows


@dataclass(frozen=True)
class StoredTensor:
    path: Path
    dtype: str  # "F32", "BF16", "I64" and so on
    shape: tuple[int, ...]
    start: int  # in the file
    end: int

    def data(self) -> bytes:
        with self.path.open("rb") as file:
            file.seek(self.start)
            return file.read(self.end - self.start)


def tensors(path: Path) -> dict[str, StoredTensor]:
    """Every tensor of the file, by name.

    Raises:
        IndexArtifactError: it is no safetensors file, or not a whole one (``model-damaged``).
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            length = int.from_bytes(file.read(_LENGTH_BYTES), "little")
            if length > min(_MAX_HEADER_BYTES, size - _LENGTH_BYTES):
                raise ValueError("its header is longer than it is")
            header = json.loads(file.read(length))
        begin = _LENGTH_BYTES + length
        made = {
            name: StoredTensor(
                path,
                str(about["dtype"]),
                tuple(map(int, about["shape"])),
                *(begin + int(offset) for offset in about["data_offsets"]),
            )
            for name, about in header.items()
            if name != "__metadata__"
        }
        if any(not begin <= tensor.start <= tensor.end <= size for tensor in made.values()):
            raise ValueError("it ends before its tensors do")
    except (
        *(OSError, ValueError, OverflowError, RecursionError),
        *(KeyError, TypeError, AttributeError),
    ) as error:
        raise IndexArtifactError(
            f"The weights {path.name} are damaged: {error}.",
            hint="Fetch the model anew.",
            code="model-damaged",
        ) from error
    return made
