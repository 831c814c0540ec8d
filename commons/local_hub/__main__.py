"""The local Hub from the command line.

::

    python -m commons.local_hub --folder state/hub --port 8000        serve until interrupted
    python -m commons.local_hub user ada --folder state/hub           print a new token, making the account if needed
    python -m commons.local_hub backup /mnt/copy --folder state/hub   copy everything

The other two also work while the first runs.
"""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

from .backup import back_up
from .errors import FolderInUse, HubFault
from .hub import LocalHub
from .serving import serve
from .tokens import ROLES


def main(arguments: list[str] | None = None) -> int:
    words = sys.argv[1:] if arguments is None else arguments
    try:
        if words[:1] == ["user"]:
            return _user(words[1:])
        if words[:1] == ["backup"]:
            return _backup(words[1:])
        return _serve(words)
    except (FolderInUse, HubFault, OSError) as error:
        print(f"local hub: {error}", file=sys.stderr)
        return 1


def _serve(words: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m commons.local_hub", description="Serve a Hub from a folder."
    )
    parser.add_argument("--folder", required=True, help="where everything is kept; created if missing")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--public-url", default="", help="the address others know, for links in webhooks")
    parser.add_argument("--log-requests", action="store_true", help="a line on stderr for each request")
    options = parser.parse_args(words)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    if options.log_requests:
        logging.getLogger("commons.local_hub.requests").setLevel(logging.INFO)
    serve(
        options.folder,
        host=options.host,
        port=options.port,
        public_url=options.public_url,
        on_ready=lambda url: print(f"Local Hub: {url}", flush=True),
    )
    return 0


def _user(words: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m commons.local_hub user",
        description="Print a new token, making the account if needed.",
    )
    parser.add_argument("name")
    parser.add_argument("--folder", required=True)
    parser.add_argument("--role", choices=ROLES, default="write")
    options = parser.parse_args(words)
    with LocalHub(options.folder, exclusive=False) as hub:
        if hub.accounts.find(options.name) is None:
            hub.create_user(options.name)
        print(hub.create_token(options.name, options.role))
    return 0


def _backup(words: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m commons.local_hub backup",
        description="Copy a Hub, also while it runs; again, to add what is new.",
    )
    parser.add_argument("target", type=Path)
    parser.add_argument("--folder", type=Path, required=True)
    options = parser.parse_args(words)
    copied = back_up(options.folder, options.target)
    print(f"{copied.files} files copied, {copied.size_bytes} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
