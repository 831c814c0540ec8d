"""Where a commons is, from what people write: the one place that understands addresses of Hubs, and of datasets and models on them.

    endpoint_of("localhost:8000")                                     "http://localhost:8000"
    dataset_of("https://huggingface.co/datasets/org/name/tree/v1.0")  its id, its Hub and the revision
    dataset_of("hf://datasets/org/name@refs%2Fpr%2F12"), dataset_of("datasets/org/name"), dataset_of("org/name@v1.0")
    model_of("https://huggingface.co/org/model"), model_of("org/model")    its id

Nothing is asked of any Hub here, and what is not understood is left as it is written: the Hub's client says what is wrong with it.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from commons.errors import UsageError

PUBLIC_HUB = "https://huggingface.co"

_SHORT_HOSTS = {"hf.co": "huggingface.co", "www.huggingface.co": "huggingface.co"}
_SCHEME = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://")
_DATASETS = "datasets/"
_OTHER_KINDS = (_DATASETS, "spaces/")  # their pages begin so, and no account is called so
# After a dataset's name in the address of one of its pages; what follows is a revision and a path.
_AT_REVISION = ("tree", "blob", "resolve", "raw", "commits", "commit", "blame")
_REF_PARTS = 3  # refs/pr/12, refs/convert/parquet
MODEL_ID = r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}/[A-Za-z0-9][A-Za-z0-9._-]{0,95}"
_EXAMPLE = "For example --repo org/name, or https://huggingface.co/datasets/org/name"


@dataclass(frozen=True)
class DatasetAddress:
    """``namespace/name``; the Hub and the revision are empty where the address names none."""

    id: str
    endpoint: str = ""
    revision: str = ""


def endpoint_of(written: str) -> str:
    """The address of a Hub with its scheme and without a slash at its end; empty for nothing.

    Without a scheme it is https, and http for this machine and for bare numbers, where nobody has a certificate.
    """
    address = written.strip().rstrip("/")
    if not address:
        return ""
    named = _SCHEME.match(address)
    if not named:
        return f"{'http' if _is_bare_machine(address) else 'https'}://{address}"
    return f"{named['scheme'].lower()}{address[named.end() - 3 :]}"


def dataset_of(written: str) -> DatasetAddress:
    """What ``written`` names: an id, ``datasets/`` and an id, an ``hf://`` path, or the address of one of its pages.

    Raises:
        UsageError: the address of something else than a dataset.
    """
    text = written.strip()
    if text.startswith("hf://"):
        return _of_path(text)
    if _SCHEME.match(text):
        return _of_page(text)
    host = text.split("/")[0]
    if f"/{_DATASETS}" in text and ("." in host.strip(".") or ":" in host):
        return _of_page(f"{endpoint_of(host)}/{text.partition('/')[2]}")
    name, _, revision = text.removeprefix(_DATASETS).rstrip("/").partition("@")
    return DatasetAddress(name, revision=unquote(revision))


def is_model_id(name: str) -> bool:
    """Whether ``name`` can name a model on a Hub: ``namespace/name``, which is what may be published."""
    return re.fullmatch(MODEL_ID, name) is not None


def model_of(written: str) -> str:
    """The id of a model on a Hub, from an id or the address of its page.

    Raises:
        UsageError: it can be neither, as the path of a folder.
    """
    text = written.strip()
    page = urlsplit(text if _SCHEME.match(text) else "")
    host = _SHORT_HOSTS.get(page.netloc.lower(), page.netloc.lower())
    id_ = "/".join(page.path.strip("/").split("/")[:2]) if f"https://{host}" == PUBLIC_HUB else text
    if not is_model_id(id_) or id_.startswith(_OTHER_KINDS):
        raise UsageError(
            f"{written!r} is not the id of a model on the Hub.",
            hint="It is written NAMESPACE/NAME, for example intfloat/multilingual-e5-small.",
        )
    return id_


def _of_path(text: str) -> DatasetAddress:
    """``hf://datasets/org/name@revision/file``."""
    path = text.removeprefix("hf://")
    if not path.startswith(_DATASETS):
        raise _no_dataset(text)
    namespace, _, rest = path.removeprefix(_DATASETS).partition("/")
    name, at, after = rest.partition("@")
    if not at:
        return DatasetAddress(f"{namespace}/{name.split('/')[0]}")
    return DatasetAddress(f"{namespace}/{name}", revision=_revision(after.split("/")))


def _of_page(text: str) -> DatasetAddress:
    """The address of a page: its Hub may itself lie under a path."""
    url = urlsplit(text)
    before, sign, after = f"{url.path}/".partition(f"/{_DATASETS}")
    parts = [part for part in after.split("/") if part]
    if not sign or len(parts) < 2 or not url.netloc:
        raise _no_dataset(text)
    host = _SHORT_HOSTS.get(url.netloc.lower(), url.netloc)
    revision = _revision(parts[3:]) if len(parts) > 3 and parts[2] in _AT_REVISION else ""
    return DatasetAddress(
        f"{unquote(parts[0])}/{unquote(parts[1])}", endpoint_of(f"{url.scheme}://{host}{before}"), revision
    )


def _revision(parts: list[str]) -> str:
    """The revision that begins a path: one part of it, but for refs, whose slashes may be written out."""
    return unquote("/".join(parts[:_REF_PARTS]) if parts[0] == "refs" else parts[0])


def _no_dataset(text: str) -> UsageError:
    return UsageError(f"{text!r} is not the address of a dataset.", hint=_EXAMPLE)


def _is_bare_machine(address: str) -> bool:
    host = urlsplit(f"//{address}").hostname or ""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return "." not in host or host.endswith((".localhost", ".local"))
    return True
