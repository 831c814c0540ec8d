"""The YAML block at the top of a README: reading it safely, checking it, deriving tags from it, and what stands below it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

import yaml

MAX_CARD_YAML_BYTES = 64 * 2**10
_BLOCK = re.compile(r"\A\ufeff?\s*---[ \t]*\r?\n(?:(.*?)\r?\n)??---[ \t]*(?:\r?\n|\Z)", re.DOTALL)

# https://huggingface.co/docs/hub/repositories-licenses
_LICENSE_WORDS = """
apache-2.0 mit openrail bigscience-openrail-m creativeml-openrail-m bigscience-bloom-rail-1.0 bigcode-openrail-m
afl-3.0 artistic-2.0 bsl-1.0 bsd bsd-2-clause bsd-3-clause bsd-3-clause-clear c-uda cc cc0-1.0 cc-by-2.0 cc-by-2.5
cc-by-3.0 cc-by-4.0 cc-by-sa-3.0 cc-by-sa-4.0 cc-by-nc-2.0 cc-by-nc-3.0 cc-by-nc-4.0 cc-by-nd-4.0 cc-by-nc-nd-3.0
cc-by-nc-nd-4.0 cc-by-nc-sa-2.0 cc-by-nc-sa-3.0 cc-by-nc-sa-4.0 cdla-sharing-1.0 cdla-permissive-1.0
cdla-permissive-2.0 wtfpl ecl-2.0 epl-1.0 epl-2.0 etalab-2.0 eupl-1.1 eupl-1.2 agpl-3.0 gfdl gpl gpl-2.0 gpl-3.0
lgpl lgpl-2.1 lgpl-3.0 isc h-research intel-research lppl-1.3c ms-pl apple-ascl apple-amlr mpl-2.0 odc-by odbl
openmdw-1.0 openmdw-1.1 openrail++ osl-3.0 postgresql ofl-1.1 ncsa unlicense zlib pddl lgpl-lr deepfloyd-if-license
fair-noncommercial-research-license llama2 llama3 llama3.1 llama3.2 llama3.3 llama4 grok2-community gemma unknown
other
"""
LICENSES = tuple(_LICENSE_WORDS.split())

_TAGGED = (
    "task_categories",
    "task_ids",
    "language",
    "license",
    "size_categories",
    "annotations_creators",
    "language_creators",
    "multilinguality",
    "source_datasets",
    "datasets",
    "base_model",
)


@dataclass(frozen=True, slots=True)
class CardCheck:
    data: dict[str, Any]
    errors: tuple[str, ...]
    warnings: tuple[str, ...]


def check_card(text: str) -> CardCheck:
    """Read and check the metadata of a README."""
    match = _BLOCK.match(text)
    if match is None:
        return CardCheck({}, (), ("empty or missing yaml metadata in repo card",))
    try:
        data = _load(match[1] or "")
    except CardError as error:
        return CardCheck({}, (str(error),), ())
    return CardCheck(data, tuple(_errors(data)), ())


def metadata(text: str) -> dict[str, Any]:
    """The metadata of a README; empty where there is none or it cannot be read."""
    return check_card(text).data


def body(text: str) -> str:
    """The part of a README below its metadata."""
    return _BLOCK.sub("", text, count=1)


def tags(data: dict[str, Any]) -> list[str]:
    """What a repository can be filtered by: ``license:mit``, ``language:en``, and free tags as they are."""
    labels: list[str] = []
    for key in _TAGGED:
        labels += [f"{key}:{value}" for value in _texts(data.get(key))]
    labels += _texts(data.get("tags"))
    labels += _texts(data.get("library_name")) + _texts(data.get("pipeline_tag"))
    return list(dict.fromkeys(labels))


class CardError(Exception):
    pass


def _load(block: str) -> dict[str, Any]:
    if len(block.encode("utf-8", "replace")) > MAX_CARD_YAML_BYTES:
        raise CardError(f"The YAML metadata is larger than {MAX_CARD_YAML_BYTES} bytes")
    try:
        # A few anchors that refer to each other unfold to gigabytes; no card needs them.
        for token in yaml.scan(block, Loader=yaml.SafeLoader):
            if isinstance(token, yaml.AliasToken | yaml.AnchorToken):
                raise CardError("The YAML metadata uses anchors or aliases, which are not allowed")
        data = yaml.safe_load(block)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise CardError(f"Invalid YAML metadata: {str(error).splitlines()[0]}") from None
    if data is None:
        return {}
    if not isinstance(data, dict):
        raise CardError("The YAML metadata must be a mapping")
    return {str(key): _plain(value) for key, value in data.items()}


def _plain(value: Any) -> Any:
    """YAML has dates, sets and odd keys; JSON does not."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [_plain(item) for item in value]
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):  # noqa: PLR0124
        return str(value)
    if isinstance(value, bytes):
        return value.decode("latin-1")
    return value


def _errors(data: dict[str, Any]) -> list[str]:
    errors = []
    for license_ in _texts(data.get("license")):
        if license_ not in LICENSES:
            errors.append(f'"license" must be one of [{", ".join(LICENSES)}]')
            break
    if data.get("license") is not None and not isinstance(data["license"], str | list):
        errors.append('"license" must be a string')
    if "model-index" in data and not isinstance(data["model-index"], list):
        errors.append('"model-index" must be an array')
    for key in ("tags", "configs", "task_categories", "datasets"):
        if data.get(key) is not None and not isinstance(data[key], list | str):
            errors.append(f'"{key}" must be an array')
    return errors


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, list):
        return [item for item in value if isinstance(item, str)]
    return []
