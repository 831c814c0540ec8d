"""Behind a proxy that serves the Space under a path, every link of every page begins with that path."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from .conftest import RunningSpace, running_space

if TYPE_CHECKING:
    from support.world import World

_LINK = re.compile(r'(?:href|src|action|data-copy-link)="(/[^"]*)"')


@pytest.fixture(scope="module", params=["/commons", "https://example.org/tools/commons/"])
def prefixed(
    library: World, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[tuple[str, RunningSpace]]:
    log = tmp_path_factory.mktemp("prefixed") / "log"
    where = {
        "COMMONS_REPO": library.repo_id,
        "HF_ENDPOINT": library.url,
        "GRADIO_ROOT_PATH": request.param,
    }
    with running_space("-m", "support.serve_space", log=log, **where) as space:
        yield ("/tools/commons" if "example" in request.param else request.param), space


def pages(space: RunningSpace, before: str) -> dict[str, str]:
    browse = space.get(f"{before}/browse").text
    record = re.search(r"/record/kr1[a-z2-7]{52}", browse)
    assert record
    paths = (
        "/",
        "/browse",
        "/browse?topic=medicine&page=2",
        "/browse?topic=nope",
        "/api",
        record[0],
        "/record/kr1x",
    )
    return {path: space.get(before + path).text for path in paths}


def test_every_link_begins_with_the_path(prefixed: tuple[str, RunningSpace]) -> None:
    prefix, space = prefixed
    for path, html in pages(space, "").items():
        links = _LINK.findall(html)
        assert links, path
        assert [link for link in links if not link.startswith(f"{prefix}/")] == [], path


def test_a_proxy_may_take_the_path_away_or_leave_it(prefixed: tuple[str, RunningSpace]) -> None:
    prefix, space = prefixed
    assert pages(space, "") == pages(space, prefix)
    assert space.get(f"{prefix}/health").json()["status"] == "ok"
    assert space.get(f"{prefix}elsewhere/health").status_code == 404
    assert space.get(f"{prefix}/page/commons.css").status_code == 200


def test_the_way_to_a_record_by_its_id_leads_below_the_path(prefixed: tuple[str, RunningSpace]) -> None:
    prefix, space = prefixed
    name = "kr1" + "a" * 52
    answer = space.get(f"/record?id={name.upper()}")
    assert answer.headers["location"] == f"{prefix}/record/{name}"
