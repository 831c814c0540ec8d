"""Models in the layout of a repository that publishes its model for OpenVINO too, as ``optimum`` writes it: the transformer alone."""

from __future__ import annotations

import shutil
import warnings
from pathlib import Path
from typing import Any

_INPUTS = ("input_ids", "attention_mask", "token_type_ids")


def export(model: Path, folder: Path) -> Path:
    """``model`` copied to ``folder``, with ``openvino/openvino_model.xml`` and its weights made from it."""
    import openvino as ov
    import torch
    from transformers import AutoModel

    shutil.copytree(model, folder)
    transformer = AutoModel.from_pretrained(folder)  # in float32, as the weights are

    class TokenVectors(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.transformer = transformer

        def forward(self, input_ids: Any, attention_mask: Any, token_type_ids: Any) -> Any:
            given = {"attention_mask": attention_mask, "token_type_ids": token_type_ids}
            return self.transformer(input_ids=input_ids, **given).last_hidden_state

    ids = torch.tensor([[2, 5, 3, 0], [2, 5, 6, 3]])
    example = {"input_ids": ids, "attention_mask": (ids > 0).long(), "token_type_ids": torch.zeros_like(ids)}
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the tracer warns of every shape
        graph = ov.convert_model(TokenVectors().eval(), example_input=example)
    graph.reshape({name: [-1, -1] for name in _INPUTS})
    graph.output(0).set_names({"last_hidden_state"})
    (folder / "openvino").mkdir()
    ov.save_model(graph, folder / "openvino" / "openvino_model.xml", compress_to_fp16=False)
    return folder
