"""Small true models: one layer of BERT with random weights, as a sentence-transformers folder, made in a second."""

from __future__ import annotations

import string
from pathlib import Path
from typing import Any

_WORDS = (
    *("the", "of", "water", "boils", "at", "degrees", "heart", "pumps", "blood", "river", "level", "was"),
    *("measured", "again", "report", "agrees", "with", "one", "glass"),
)


def make_model(
    folder: Path, *, pooling: str = "mean", width: int = 64, broken: bool = False, **options: Any
) -> Path:
    """A model folder; ``broken`` puts NaN where the word "glass" is looked up."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer
    from transformers import BertConfig, BertModel, BertTokenizerFast

    torch.manual_seed(0)
    letters = list(string.ascii_lowercase + string.digits + string.punctuation)
    vocabulary = [
        "[PAD]",
        "[UNK]",
        "[CLS]",
        "[SEP]",
        "[MASK]",
        *_WORDS,
        *letters,
        *(f"##{c}" for c in letters),
    ]
    bare = folder / "bare"
    bare.mkdir(parents=True)
    (bare / "vocab.txt").write_text("\n".join(dict.fromkeys(vocabulary)))
    BertTokenizerFast(str(bare / "vocab.txt"), model_max_length=64).save_pretrained(bare)
    config = BertConfig(
        vocab_size=len(set(vocabulary)),
        hidden_size=width,
        num_hidden_layers=1,
        num_attention_heads=4,
        intermediate_size=128,
        max_position_embeddings=64,
        initializer_range=0.2,
    )
    bert = BertModel(config)
    if broken:
        with torch.no_grad():
            bert.embeddings.word_embeddings.weight[vocabulary.index("glass")] = float("nan")
    bert.save_pretrained(bare)
    modules = [Transformer(str(bare), max_seq_length=32), Pooling(width, pooling_mode=pooling), Normalize()]
    SentenceTransformer(modules=modules, device="cpu", **options).save(str(folder / "model"))
    return folder / "model"
