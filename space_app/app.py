"""The Space: search, browse and read a commons in a browser, and an API for programs.

    COMMONS_REPO=our-org/commons python space_app/app.py
    COMMONS_REPO=./a-local-copy GRADIO_SERVER_PORT=7861 python space_app/app.py

It reads a repository on huggingface.co, on a local Hub (HF_ENDPOINT), or a plain folder, and needs a token only for a private commons.
Search is Gradio; browsing and records are plain pages beside it, so that every record has a title and an address of its own. Settings are
``commons.settings``'; GRADIO_SERVER_NAME and GRADIO_SERVER_PORT say where to listen, GRADIO_ROOT_PATH under which path a proxy serves it.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

# On huggingface.co this file is run as it lies, with the packages beside it and not installed.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")

import gradio as gr
import uvicorn
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from commons import addresses, listening
from commons import settings as settings_room
from commons.embedding.embedder import Embedder
from commons.errors import CommonsError, UnreachableError, UsageError
from commons.hub import login
from commons.index.editions import Keeper
from commons.reader.model_loader import ModelLoader
from commons.sandbox import confinement
from commons.settings import Settings
from commons.snapshots import source
from commons.snapshots.snapshot import Snapshot
from space_app import (
    agents,
    api,
    browse_page,
    guard,
    links,
    llms_text,
    plain_pages,
    record_page,
    rendering,
    search_page,
    theme,
)

DEFAULT_PORT = 7860
MAX_WAITING = 64  # searches in the queue; whoever comes later is told to try again
AT_ONCE = 4
_GRACE_S = 3
_DEFAULT_HOST = "0.0.0.0" if "SPACE_ID" in os.environ else "127.0.0.1"  # noqa: S104 - a Space is reached from outside its container
_STATIC = Path(__file__).parent / "static"
_FILES = {"/page/commons.css": "commons.css", "/page/commons.js": "commons.js", "/favicon.ico": "icon.svg"}


def create(keeper: Keeper, hosts: Sequence[str] = ()) -> FastAPI:
    """The whole Space as one application; ``hosts`` are names of it that only its operator knows."""
    door = agents.of(keeper, hosts)
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, lifespan=door.lifespan)
    app.state.agents_trouble = door.trouble
    app.add_middleware(guard.Guard)
    app.add_middleware(links.WithoutPrefix)  # the outermost, so that the guard sees the paths it knows
    for path, show in {
        "/browse": browse_page.show,
        "/api": api.show,
        "/record": record_page.lead,
        "/record/{record_id}.json": record_page.show_json,
        "/record/{record_id}.jsonld": record_page.show_json_ld,
        "/record/{record_id}": record_page.show,
        "/llms.txt": llms_text.show,
        "/health": plain_pages.health,
    }.items():
        app.add_route(path, plain_pages.route(keeper, show))
    for path, name in _FILES.items():
        app.add_route(path, _file(name))
    app.router.routes.extend(door.routes)
    with gr.Blocks(title=keeper.title, analytics_enabled=False) as blocks:
        search_page.build(keeper, blocks)
        api.build(keeper)
    blocks.queue(max_size=MAX_WAITING, default_concurrency_limit=AT_ONCE)
    mounted: FastAPI = gr.mount_gradio_app(
        app,
        blocks,
        path="/",
        allowed_paths=[],
        max_file_size="1kb",
        run_history=False,
        footer_links=[],
        show_error=False,
        ssr_mode=False,
        mcp_server=False,
        pwa=False,
        enable_monitoring=False,
        theme=theme.THEME,
        head=rendering.render("head.html.j2"),
    )
    return mounted


def serve(settings: Settings, load_embedder: Callable[[Snapshot], Embedder], *, host: str, port: int) -> None:
    """Open the commons and serve it until SIGINT or SIGTERM.

    Raises:
        CommonsError: it cannot be opened, for a reason that will not pass by itself.
    """
    hub = addresses.dataset_of(settings.repo).endpoint or settings.endpoint
    token = login.token_for(hub, asked=settings.endpoint, token=settings.token)
    place = source.named(settings.repo, endpoint=settings.endpoint, token=token)
    keeper = Keeper(place, load_embedder, settings.trials)
    try:
        keeper.refresh()
    except CommonsError as error:
        if not _may_pass(error):
            raise
        _complain(error)
    app = create(keeper, settings.hosts)
    hint = "Set GRADIO_SERVER_PORT to a free port."
    with listening.listen(host, port, hint=hint) as listener:
        print(f"The Space is at {listening.address(listener)}", flush=True)
        keeper.watch()
        # No access log: the addresses hold what people asked.
        config = uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            forwarded_allow_ips="*",  # behind the proxy of a Space; it decides no more than http or https in our addresses
            server_header=False,
            timeout_graceful_shutdown=_GRACE_S,
        )
        try:
            uvicorn.Server(config).run(sockets=[listener])
        finally:
            keeper.close()


def _may_pass(error: CommonsError) -> bool:
    return isinstance(error, UnreachableError) or error.code.startswith("hub-5")


def _file(name: str) -> Callable[[Request], Response]:
    def send(_: Request) -> Response:
        return FileResponse(_STATIC / name, headers={"Cache-Control": "max-age=300"})

    return send


def _port(written: str) -> int:
    if not written.isascii() or not written.isdigit() or int(written) > 65535:
        raise UsageError(f"GRADIO_SERVER_PORT is {written!r}, which is no port.", hint="For example 7860.")
    return int(written)


def _complain(error: CommonsError) -> None:
    print(f"Error ({error.code}): {error.message}", file=sys.stderr)
    if error.hint:
        print(f"→ {error.hint}", file=sys.stderr, flush=True)


def main() -> int:
    # uvicorn shuts down and then hands the signal on; by then there is nothing left to do.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    settings = settings_room.from_environment()
    if settings.unconfined:
        confinement.permit_unconfined()
    try:
        serve(
            settings,
            ModelLoader(settings),
            host=os.environ.get("GRADIO_SERVER_NAME") or _DEFAULT_HOST,
            port=_port(os.environ.get("GRADIO_SERVER_PORT") or str(DEFAULT_PORT)),
        )
    except CommonsError as error:
        _complain(error)
        return 1
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
