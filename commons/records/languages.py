"""Languages by their tags: the primary subtag, and which are written without spaces between words."""

from __future__ import annotations

# By primary subtag: Chinese and its kin, Japanese, Thai, Lao, Burmese, Khmer, Tibetan.
UNSPACED_LANGUAGES = frozenset(("zh", "ja", "th", "lo", "my", "km", "yue", "wuu", "bo"))


def primary_subtag(tag: str) -> str:
    """The language a tag names, without script and region, in lower case: ``pt`` of ``pt-BR``."""
    return tag.partition("-")[0].lower()
