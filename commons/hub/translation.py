"""The Hub clients' exceptions, turned into ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import httpx2
from huggingface_hub import errors as hf

from commons.errors import AccessError, CommonsError, ConflictError, HubError, UnreachableError, from_system


@contextmanager
def translated(what: str, *, endpoint: str) -> Iterator[None]:
    """Raise a CommonsError for whatever the client raises while doing ``what`` ("read org/commons", say)."""
    try:
        yield
    except hf.RepositoryNotFoundError as error:
        raise HubError(
            f"Could not {what}: there is no such dataset on {endpoint}, or this token may not see it.",
            hint="Check --repo; a private commons needs --token.",
            code="repository-missing",
        ) from error
    except hf.RevisionNotFoundError as error:
        raise HubError(
            f"Could not {what}: there is no such revision.", hint="Check --revision.", code="revision-missing"
        ) from error
    except hf.EntryNotFoundError as error:
        raise HubError(f"Could not {what}: there is no such file.", code="file-missing") from error
    except (hf.IncompleteSnapshotError, hf.OfflineModeIsEnabled) as error:
        raise UnreachableError(
            f"Could not {what}: {_first_line(error)}", hint=_unreachable_hint(endpoint)
        ) from error
    except hf.HfHubHTTPError as error:
        raise _by_status(what, error, endpoint) from error
    except hf.HFValidationError as error:
        raise HubError(
            f"Could not {what}: {error}", hint="A repository is named namespace/name.", code="repository-name"
        ) from error
    except (httpx2.TransportError, ConnectionError, hf.LocalEntryNotFoundError) as error:
        raise UnreachableError(
            f"Could not {what}: no answer from {endpoint}.", hint=_unreachable_hint(endpoint)
        ) from error
    except RuntimeError as error:  # all that hf_xet raises
        raise UnreachableError(
            f"Could not {what}: the transfer broke off: {_first_line(error)}",
            hint="Run the same command again.",
        ) from error
    except OSError as error:
        raise from_system(error) from error


def _by_status(what: str, error: hf.HfHubHTTPError, endpoint: str) -> CommonsError:
    status = error.response.status_code if error.response is not None else 0
    said = error.server_message or _first_line(error)
    if status in (401, 403):
        return AccessError(
            f"Could not {what}: {endpoint} answered {status}: {said}",
            hint="Give a valid token with --token or HF_TOKEN; opening a proposal needs a token that may write discussions.",
        )
    if status in (409, 412):
        return ConflictError(
            f"Could not {what}: the repository changed meanwhile.", hint="Run the same command again."
        )
    if status == 507:
        return HubError(
            f"Could not {what}: the disk of {endpoint} is full.",
            hint="Nothing was changed. Tell its operator.",
            code="hub-full",
        )
    return HubError(f"Could not {what}: {endpoint} answered {status}: {said}", code=f"hub-{status}")


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def _unreachable_hint(endpoint: str) -> str:
    return (
        f"Is {endpoint} right (--endpoint, HF_ENDPOINT) and running? A local Hub is started with: commons hub"
    )
