"""The OpenVINO or ONNX file that a model's repository publishes beside its weights, run as it is: no torch, nothing converted or kept.

    published_model.open_model(source)              an embedder in float32

The file gives a vector for each token; pooling is added to its graph as ``modules.json`` and the pooling's own description say.

The identity is that of the weights in the same folder, by the same digest as everywhere, so an index that was built by torch is read with
this and the other way round. That the published file was made from these weights is the word of the repository's owner; where torch is
installed too, opening compares it with the reference (``openvino-published`` among the engines).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from commons import digests
from commons.embedding.embedder import EmbedderIdentity, Engine
from commons.embedding.engines import model_description, model_source, openvino_embedder, weights_digest
from commons.embedding.engines.model_description import ModelDescription
from commons.embedding.engines.model_source import ModelSource
from commons.embedding.engines.openvino_embedder import OpenVinoEmbedder
from commons.errors import DISTRIBUTION, IndexArtifactError, first_line

_TOKENIZER = "tokenizer.json"
_TOKEN_VECTORS = ("last_hidden_state", "token_embeddings")
_IDS, _MASK, _TYPES = "input_ids", "attention_mask", "token_type_ids"
_TRIED = ("A text.", "A longer text, so that the first is padded.")
_FAR = 1e9  # below any coordinate of a token
_WIDE = frozenset({"f32", "f16", "bf16"})
_WHOLE_NUMBERS = frozenset({"i64", "i32", "boolean", "u64", "u32"})  # ids, shapes, masks


def open_model(source: ModelSource, truncate_dim: int | None = None) -> OpenVinoEmbedder:
    """The embedder of the published file.

    Raises:
        MissingExtraError: openvino or tokenizers is not installed.
        IndexArtifactError: there is no such file, it cannot be run, or the model needs more than is done here (``engine-unavailable``);
            or the folder is none of a model (``model-missing``, ``model-damaged``).
    """
    ov = openvino_embedder.library()
    described = model_description.read(source.folder, source.model)
    path = model_source.file_to_run(source.folder)
    if path is None or not (source.folder / _TOKENIZER).is_file():
        raise _unfit(source, f"its repository has no {_TOKENIZER if path else 'OpenVINO or ONNX file'}")
    try:
        graph = _pooled(ov, ov.Core().read_model(str(path)), described, source)
    except (RuntimeError, ValueError) as error:
        raise _unfit(source, f"its {path.name} cannot be read", first_line(error)) from error
    embedder = openvino_embedder.compiled(
        graph,
        source.folder / _TOKENIZER,
        identity=_identity(source, described, truncate_dim),
        engine=Engine(
            name="openvino",
            precision="float32",
            version=ov.__version__.split("-")[0],
            digest=_digest_of(path),
        ),
        pad_id=described.pad_id,
    )
    try:
        embedder.embed(_TRIED)
    except (RuntimeError, ValueError) as error:
        raise _unfit(source, f"its {path.name} fails", first_line(error)) from error
    return embedder


def _identity(source: ModelSource, described: ModelDescription, truncate_dim: int | None) -> EmbedderIdentity:
    return EmbedderIdentity(
        model=source.model,
        revision=source.revision,
        weights_sha256=weights_digest.of(source.folder),
        dimension=min(truncate_dim or described.dimension, described.dimension),
        max_tokens=described.max_tokens,
        pooling=described.pooling,
        normalised=True,
        question_prompt=described.prompts.question,
        passage_prompt=described.prompts.passage,
        text="title, newline, text",
    )


def _digest_of(path: Path) -> str:
    """SHA-256 over the form's files, in their order."""
    form = next(form for form in model_source.RUNNABLE_FORMS if path.as_posix().endswith(form[0]))
    folder = path.parents[form[0].count("/")]
    parts = [digests.sha256_of(folder / name) for name in form if (folder / name).is_file()]
    return parts[0] if len(parts) == 1 else digests.sha256_hex("".join(parts).encode())


def _pooled(ov: Any, graph: Any, described: ModelDescription, source: ModelSource) -> Any:
    """The graph from (n, t) ids and mask to (n, d) vectors."""
    from openvino import opset13 as ops

    _refuse_narrow(graph, source)
    inputs = {name: port for port in graph.inputs for name in port.get_names()}
    if not {_IDS, _MASK} <= inputs.keys() or len(graph.inputs) > len({_IDS, _MASK, _TYPES} & inputs.keys()):
        raise _unfit(source, f"its graph wants {', '.join(sorted(inputs))}")
    ids, mask = inputs[_IDS].get_node(), inputs[_MASK].get_node()
    if _TYPES in inputs:  # all of one text are of type 0
        types = inputs[_TYPES].get_node()
        zero = ops.constant(np.zeros((), ids.get_element_type().to_dtype()))
        types.output(0).replace(ops.multiply(ids, zero).output(0))
    tokens = _token_vectors(graph, source)
    pooled = _pooling(ops, described.pooling, tokens, mask)
    whole = ov.Model([ops.result(pooled)], [ids, mask], "embedder")
    whole.reshape({ids.output(0): [-1, -1], mask.output(0): [-1, -1]})
    if (width := whole.output(0).get_partial_shape()[1]) != described.dimension:
        raise _unfit(
            source, f"its graph gives vectors of {width} dimensions and its description {described.dimension}"
        )
    return whole


def _token_vectors(graph: Any, source: ModelSource) -> Any:
    """What goes into the output that gives (n, t, d), one vector a token."""
    by_name = {name: port for port in graph.outputs for name in port.get_names()}
    port = next((by_name[name] for name in _TOKEN_VECTORS if name in by_name), None)
    if port is None:
        raise _unfit(source, f"its graph gives {', '.join(sorted(by_name)) or 'nothing with a name'}")
    return port.get_node().input_value(0)


def _pooling(ops: Any, mode: str, tokens: Any, mask: Any) -> Any:
    if mode == "cls":
        return ops.gather(tokens, np.int64(0), np.int64(1))
    chosen = ops.unsqueeze(ops.convert(mask, "f32"), np.int64(2))  # (n, t, 1)
    along = np.array([1], np.int64)
    if mode == "max":
        hidden = ops.multiply(ops.subtract(chosen, np.float32(1)), np.float32(_FAR))
        return ops.reduce_max(ops.add(ops.multiply(tokens, chosen), hidden), along, keep_dims=False)
    total = ops.reduce_sum(ops.multiply(tokens, chosen), along, keep_dims=False)
    count = ops.reduce_sum(chosen, along, keep_dims=False)
    return ops.divide(total, ops.maximum(count, np.float32(1e-9)))


def _refuse_narrow(graph: Any, source: ModelSource) -> None:
    """Weights of a few bits under the name of the whole model would pass for float32."""
    for node in graph.get_ops():
        kind = node.get_element_type().get_type_name() if node.get_type_name() == "Constant" else "f32"
        if kind not in _WIDE | _WHOLE_NUMBERS and len(node.get_output_shape(0)) > 1:
            raise _unfit(source, f"its published file holds weights in {kind}")


def _unfit(source: ModelSource, reason: str, detail: str = "") -> IndexArtifactError:
    return IndexArtifactError(
        f"{source.model} cannot be run without torch: {reason}.",
        hint=f"{detail} Any model runs with: pip install '{DISTRIBUTION}[index]'".strip(),
        code="engine-unavailable",
    )
