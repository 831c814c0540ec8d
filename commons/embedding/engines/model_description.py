"""What a sentence-transformers folder says of its model, read without the library.

    modules.json                         the modules in their order: Transformer, Pooling, Normalize
    1_Pooling/config.json                how token vectors become one: mean, cls, max
    sentence_bert_config.json            the greatest length, else the tokenizer's, within the positions that config.json has
    config_sentence_transformers.json    prompts

What is needed of it to run a model without torch is plain; a model that needs more is refused with what it is that it needs.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from commons.embedding.engines import prompts
from commons.embedding.engines.prompts import Prompts
from commons.errors import DISTRIBUTION, IndexArtifactError

POOLINGS = frozenset({"mean", "cls", "max"})
_PLAIN_MODULES = ("Transformer", "Pooling", "Normalize")
_OLD_POOLING_NAMES = {  # before sentence-transformers 6 each way was a switch
    "pooling_mode_cls_token": "cls",
    "pooling_mode_max_tokens": "max",
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_mean_sqrt_len_tokens": "mean_sqrt_len_tokens",
    "pooling_mode_weightedmean_tokens": "weightedmean",
    "pooling_mode_lasttoken": "lasttoken",
}


@dataclass(frozen=True)
class Module:
    index: int
    path: str  # its folder below the model's; empty for that itself
    kind: str  # the class's own name


@dataclass(frozen=True)
class ModelDescription:
    """All that an embedder must know beside the weights and the tokenizer."""

    pooling: str
    dimension: int
    max_tokens: int
    pad_id: int
    prompts: Prompts


def modules(folder: Path) -> tuple[Module, ...]:
    """The modules in their order; a bare transformer is read as sentence-transformers reads one, with the mean of its tokens.

    Raises:
        IndexArtifactError: ``modules.json`` cannot be read (``model-missing``).
    """
    if not (folder / "modules.json").is_file():
        return (Module(0, "", "Transformer"), Module(1, "1_Pooling", "Pooling"))
    written = _json(folder / "modules.json")
    try:
        named = tuple(
            Module(number, str(module["path"]).strip("/"), str(module["type"]).rpartition(".")[2])
            for number, module in enumerate(written)
        )
    except (KeyError, TypeError) as error:
        raise _unreadable(folder / "modules.json", error) from error
    if any(".." in Path(module.path).parts for module in named):
        raise _unreadable(folder / "modules.json", None)
    return named


def read(folder: Path, model: str) -> ModelDescription:
    """The description of the model called ``model`` in ``folder``.

    Raises:
        IndexArtifactError: a file of it cannot be read (``model-missing``), or it needs sentence-transformers (``engine-unavailable``).
    """
    made_of = modules(folder)
    kinds = tuple(module.kind for module in made_of)
    if kinds[:2] != _PLAIN_MODULES[:2] or not set(kinds[2:]) <= {"Normalize"}:
        raise _needs_torch(model, f"it is made of {', '.join(kinds)}")
    transformer, pooling = (folder / module.path for module in made_of[:2])
    config = _json(transformer / "config.json")
    pooled = _json(pooling / "config.json") if (pooling / "config.json").is_file() else {}
    if not isinstance(config, dict) or not isinstance(pooled, dict):
        raise _unreadable(transformer / "config.json", None)
    mode = _pooling(pooled)
    if mode not in POOLINGS:
        raise _needs_torch(model, f"it pools by {mode or 'no known way'}")
    if not pooled.get("include_prompt", True):
        raise _needs_torch(model, "it pools without its prompt")
    try:
        return ModelDescription(
            pooling=mode,
            dimension=int(config["hidden_size"]),
            max_tokens=_max_tokens(transformer, config, model),
            pad_id=int(config.get("pad_token_id") or 0),
            prompts=_prompts(folder, model),
        )
    except (KeyError, TypeError, AttributeError, ValueError, OverflowError) as error:
        raise _unreadable(transformer / "config.json", error) from error


def _pooling(config: dict[str, Any]) -> str:
    if mode := config.get("pooling_mode"):
        modes = [mode] if isinstance(mode, str) else list(mode)
    else:
        modes = [name for switch, name in _OLD_POOLING_NAMES.items() if config.get(switch)] or ["mean"]
    return " and ".join(map(str, modes))


def _max_tokens(folder: Path, config: dict[str, Any], model: str) -> int:
    own = _optional(folder / "sentence_bert_config.json")
    if own.get("do_lower_case"):
        raise _needs_torch(model, "it wants its texts in lower case")
    if longest := own.get("max_seq_length"):
        return int(longest)
    bounds = (
        _optional(folder / "tokenizer_config.json").get("model_max_length"),
        config.get("max_position_embeddings"),
    )
    known = [int(bound) for bound in bounds if bound]
    if not known:
        raise _needs_torch(model, "it names no greatest length")
    return min(known)


def _prompts(folder: Path, model: str) -> Prompts:
    own = _optional(folder / "config_sentence_transformers.json")
    carried = {str(name): str(text or "") for name, text in (own.get("prompts") or {}).items()}
    return prompts.of(model, carried, carried.get(own.get("default_prompt_name") or "", ""))


def _optional(path: Path) -> dict[str, Any]:
    written = _json(path) if path.is_file() else {}
    return written if isinstance(written, dict) else {}


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception | None) -> IndexArtifactError:
    return IndexArtifactError(
        f"The model's {path.name} cannot be read.",
        hint=f"{error or 'It is no object.'} Give a folder or id of a sentence-transformers model.",
        code="model-missing",
    )


def _needs_torch(model: str, reason: str) -> IndexArtifactError:
    return IndexArtifactError(
        f"{model} needs sentence-transformers: {reason}.",
        hint=f"pip install '{DISTRIBUTION}[index]'",
        code="engine-unavailable",
    )
