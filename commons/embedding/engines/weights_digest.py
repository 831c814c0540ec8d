"""One digest of a model's weights, from the files alone: the same with torch installed and without, of a package, a folder or the Hub.

Parameters are named as sentence-transformers 6 names them, ``0.model.`` for the transformer and the number of the module for what follows,
and hashed in the order of their names. So the digest is that of ``state_dict()`` for a model whose file holds what the model has.

Why not of ``state_dict()`` itself: its names change with the library's version, and what the file lacks is drawn at random.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from commons.embedding.engines import model_description, safetensors_file
from commons.embedding.engines.safetensors_file import StoredTensor

_COUNTED = "position_ids"  # 0, 1, 2, …, which older versions stored beside the weights


def of(folder: Path) -> str:
    """SHA-256 in hex over names and bytes of every parameter of the model in ``folder``.

    Raises:
        IndexArtifactError: a file is damaged (``model-damaged``), or the description of the modules is (``model-missing``).
    """
    digest = hashlib.sha256()
    for name, tensor in sorted(_parameters(folder).items()):
        digest.update(name.encode())
        digest.update(tensor.data())
    return digest.hexdigest()


def _parameters(folder: Path) -> dict[str, StoredTensor]:
    prefixes = {
        module.path: f"{module.index}.model." if module.kind == "Transformer" else f"{module.index}."
        for module in model_description.modules(folder)
    }
    parameters = {}
    for path in sorted(folder.rglob("*.safetensors")):
        place = path.relative_to(folder).parent.as_posix()
        place = "" if place == "." else place
        prefix = prefixes.get(place, f"{place}.")
        for name, tensor in safetensors_file.tensors(path).items():
            if name.rpartition(".")[2] != _COUNTED:
                parameters[prefix + name] = tensor
    return parameters
