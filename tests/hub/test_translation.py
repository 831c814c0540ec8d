"""What the client raises when it found nothing in its cache either: the cause is named, not its consequence."""

from __future__ import annotations

import httpx2
import pytest
from huggingface_hub import errors as hf

from commons.errors import CommonsError
from commons.hub.translation import translated

ENDPOINT = "https://hub.example"


def answer(status: int) -> hf.HfHubHTTPError:
    return hf.HfHubHTTPError("", response=httpx2.Response(status, request=httpx2.Request("HEAD", ENDPOINT)))


CAUSES: dict[str, tuple[Exception, str]] = {
    "busy": (answer(503), "hub-503"),
    "a limit": (answer(429), "hub-429"),
    "not allowed": (answer(403), "access-denied"),
    "nobody there": (httpx2.ConnectError("refused"), "hub-unreachable"),
    "offline": (hf.OfflineModeIsEnabled("offline"), "hub-offline"),
}


@pytest.mark.parametrize("raised", [hf.LocalEntryNotFoundError, hf.IncompleteSnapshotError])
@pytest.mark.parametrize("name", CAUSES)
def test_a_file_that_could_not_be_asked_for_is_not_called_missing(name: str, raised: type[Exception]) -> None:
    cause, code = CAUSES[name]
    arguments = {"snapshot_path": "/cache"} if raised is hf.IncompleteSnapshotError else {}
    with pytest.raises(CommonsError) as caught, translated("read a file", endpoint=ENDPOINT):
        raise raised("not in the cache", **arguments) from cause
    assert caught.value.code == code
    assert caught.value.hint


def test_a_file_that_the_hub_has_not_got_is_missing() -> None:
    with pytest.raises(CommonsError) as caught, translated("read a file", endpoint=ENDPOINT):
        raise hf.RemoteEntryNotFoundError("", response=answer(404).response)
    assert caught.value.code == "file-missing"
