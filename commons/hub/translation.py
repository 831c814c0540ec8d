"""The Hub clients' exceptions, turned into ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import httpx2
from huggingface_hub import errors as hf

from commons.errors import (
    AccessError,
    CommonsError,
    ConflictError,
    HubError,
    UnreachableError,
    first_line,
    from_system,
)
from commons.hub.retries import interruption


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
    except (hf.OfflineModeIsEnabled, hf.CachedRepoTreeNotFoundError, hf.RevisionResolutionError) as error:
        # The last two are asked for only while offline.
        raise _offline(what) from error
    except hf.LocalEntryNotFoundError as error:
        raise _uncached(what, error, endpoint) from error
    except hf.EntryNotFoundError as error:
        raise HubError(f"Could not {what}: there is no such file.", code="file-missing") from error
    except hf.HfHubHTTPError as error:
        raise _by_status(what, error, endpoint) from error
    except hf.HFValidationError as error:
        raise HubError(
            f"Could not {what}: {error}", hint="A repository is named namespace/name.", code="repository-name"
        ) from error
    except (httpx2.TransportError, ConnectionError) as error:
        raise UnreachableError(
            f"Could not {what}: no answer from {endpoint}.", hint=_unreachable_hint(endpoint)
        ) from error
    except RuntimeError as error:  # all that hf_xet raises
        raise UnreachableError(
            f"Could not {what}: the transfer broke off: {first_line(error)}",
            hint="Run the same command again.",
        ) from error
    except OSError as error:
        raise from_system(error) from error


def _by_status(what: str, error: hf.HfHubHTTPError, endpoint: str) -> CommonsError:
    status = error.response.status_code if error.response is not None else 0
    reason = error.server_message or first_line(error)
    if status in (401, 403):
        return AccessError(
            f"Could not {what}: {endpoint} answered {status}: {reason}",
            hint="Log in with: hf auth login. Or give a valid token with --token or HF_TOKEN; opening a proposal needs one that may write "
            "discussions.",
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
    return HubError(
        f"Could not {what}: {endpoint} answered {status}: {reason}",
        hint=_waiting_hint(error),
        code=f"hub-{status}",
    )


def _waiting_hint(error: hf.HfHubHTTPError) -> str:
    trouble = interruption(error)
    if trouble is None:
        return ""
    if trouble.retry_after_s:
        return f"The Hub asks to wait {trouble.retry_after_s:.0f} seconds; run the same command again then."
    return "It may pass; run the same command again in a while."


def _uncached(what: str, error: hf.LocalEntryNotFoundError, endpoint: str) -> CommonsError:
    """The Hub was asked in vain, and the client's cache has not got it either: why it was in vain."""
    cause = error.__cause__
    if isinstance(cause, hf.OfflineModeIsEnabled):
        return _offline(what)
    if isinstance(cause, hf.HfHubHTTPError):
        return _by_status(what, cause, endpoint)
    return UnreachableError(f"Could not {what}: {first_line(error)}", hint=_unreachable_hint(endpoint))


def _offline(what: str) -> UnreachableError:
    return UnreachableError(
        f"Could not {what}: HF_HUB_OFFLINE is set, so no Hub is asked, and the cache does not hold it all.",
        hint="Unset it; or use a copy in a folder, which needs no Hub: --repo FOLDER. "
        "While online, one is made with: hf download NAMESPACE/NAME --repo-type dataset --local-dir FOLDER",
        code="hub-offline",
    )


def _unreachable_hint(endpoint: str) -> str:
    return f"Is {endpoint} right (--endpoint, HF_ENDPOINT) and running? A local Hub is started with: commons hub --folder ./hub"
