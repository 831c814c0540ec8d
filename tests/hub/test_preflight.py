"""Before the work it is asked whether what is made can be offered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from commons.errors import AccessError, HubError
from commons.hub import preflight
from commons.hub.repository import Repository
from commons.local_hub import RunningHub

if TYPE_CHECKING:
    from support.world import World


def test_who_may_propose_to_what_is_there_is_let_through(shared: World) -> None:
    preflight.refuse_unready(shared.repository("carl"))


def test_nobody_is_told_how_to_log_in(shared: World) -> None:
    with pytest.raises(AccessError) as caught:
        preflight.refuse_unready(Repository(shared.repo_id, endpoint=shared.url))
    assert caught.value.code == "access-denied"
    assert "hf auth login" in caught.value.hint


def test_a_token_that_nobody_knows_is_refused(shared: World) -> None:
    with pytest.raises(AccessError):
        preflight.refuse_unready(Repository(shared.repo_id, endpoint=shared.url, token="hf_nobody"))


def test_a_token_that_may_only_read_is_refused_before_anything_is_made(
    shared: World, hub: RunningHub
) -> None:
    token = hub.hub.create_token("carl", role="read")
    with pytest.raises(AccessError) as caught:
        preflight.refuse_unready(Repository(shared.repo_id, endpoint=shared.url, token=token))
    assert caught.value.code == "token-read-only"
    assert "settings/tokens" in caught.value.hint


def test_a_commons_that_is_not_there_is_named(shared: World) -> None:
    with pytest.raises(HubError) as caught:
        preflight.refuse_unready(Repository("maya/nowhere", endpoint=shared.url, token=shared.tokens["carl"]))
    assert caught.value.code == "repository-missing"
