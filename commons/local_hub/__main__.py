"""The local Hub from the command line.

::

    python -m commons.local_hub --folder state/hub --port 8000        serve until interrupted
    python -m commons.local_hub user ada --folder state/hub           print a new token, making the account if needed
    python -m commons.local_hub token list --folder state/hub         who has which tokens; also new, revoke
    python -m commons.local_hub backup /mnt/copy --folder state/hub   copy everything

The others also work while the first runs.
"""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

from .backup import back_up
from .errors import FolderInUse, HubFault
from .hub import LocalHub
from .rate_limits import RequestLimit
from .serving import DEFAULT_LIMIT, serve
from .tokens import ROLE_WORDS


def main(arguments: list[str] | None = None) -> int:
    words = sys.argv[1:] if arguments is None else arguments
    try:
        if words[:1] == ["user"]:
            return _user(words[1:])
        if words[:1] == ["token"]:
            return _token(words[1:])
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
    parser.add_argument(
        "--allow-private-webhooks",
        action="store_true",
        help="send webhooks to loopback, link-local and private addresses as well",
    )
    parser.add_argument(
        "--max-requests",
        type=int,
        default=DEFAULT_LIMIT.requests,
        metavar="N",
        help="for each account and address in five minutes; 0 for no limit (default: %(default)s)",
    )
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
        allow_private_webhooks=options.allow_private_webhooks,
        request_limit=RequestLimit(options.max_requests) if options.max_requests > 0 else None,
        on_ready=lambda url: print(f"Local Hub: {url}", flush=True),
    )
    return 0


def _user(words: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m commons.local_hub user",
        description="Print a new token, making the account if needed.",
    )
    parser.add_argument("name")
    _add_token_options(parser)
    options = parser.parse_args(words)
    with LocalHub(options.folder, exclusive=False) as hub:
        if hub.accounts.find(options.name) is None:
            hub.create_user(options.name)
        print(_new_token(hub, options))
    return 0


def _token(words: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m commons.local_hub token", description="Make, list and revoke tokens."
    )
    actions = parser.add_subparsers(dest="action", required=True)
    new = actions.add_parser("new", help="print a new token for a user that exists")
    new.add_argument("name")
    new.add_argument("--label", default="", help="what it is for, shown by list")
    _add_token_options(new)
    listed = actions.add_parser("list", help="every token, or one user's: id, user, role, end, made, label")
    listed.add_argument("name", nargs="?", default="")
    revoked = actions.add_parser("revoke", help="end a token now")
    revoked.add_argument("id", help="as list shows it")
    for action in (listed, revoked):
        action.add_argument("--folder", required=True)
    options = parser.parse_args(words)
    with LocalHub(options.folder, exclusive=False) as hub:
        if options.action == "new":
            print(_new_token(hub, options))
        elif options.action == "revoke":
            hub.tokens.revoke(options.id)
        else:
            for each in hub.tokens.all(options.name):
                print(each.id, each.user, each.role_word, each.end, each.created_at[:10], each.name, sep="\t")
    return 0


def _add_token_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--folder", required=True)
    parser.add_argument(
        "--role",
        choices=[*ROLE_WORDS, "fineGrained"],
        default="write",
        help="propose (which the Hub calls fineGrained) opens pull requests and discusses, not more",
    )
    parser.add_argument(
        "--expires", type=int, metavar="DAYS", help="it ends by itself; else when it is revoked"
    )


def _new_token(hub: LocalHub, options: argparse.Namespace) -> str:
    role = ROLE_WORDS.get(options.role, options.role)
    return hub.create_token(options.name, role, getattr(options, "label", ""), expires_days=options.expires)


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
