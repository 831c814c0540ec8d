"""Setting up webhooks; what they are told is decided where it happens."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from ..access import require_identity
from ..accounts import Account
from ..errors import Forbidden
from ..http import Call, Route, answer
from ..webhooks import Webhook


def list_webhooks(call: Call) -> Response:
    return answer([_described(each) for each in call.hub.webhooks.of(_owner(call))])


def create(call: Call) -> Response:
    return _single(call.hub.webhooks.create(_owner(call), call.json()))


def get(call: Call) -> Response:
    return _single(call.hub.webhooks.get(_owner(call), call.params["id"]))


def update(call: Call) -> Response:
    return _single(call.hub.webhooks.update(_owner(call), call.params["id"], call.json()))


def enable(call: Call) -> Response:
    return _single(call.hub.webhooks.switch(_owner(call), call.params["id"], disabled=False))


def disable(call: Call) -> Response:
    return _single(call.hub.webhooks.switch(_owner(call), call.params["id"], disabled=True))


def delete(call: Call) -> Response:
    call.hub.webhooks.delete(_owner(call), call.params["id"])
    return answer({})


def _owner(call: Call) -> Account:
    identity = require_identity(call.identity)
    if identity.role != "write":
        raise Forbidden(f"Forbidden: a token of role {identity.role!r} cannot manage webhooks")
    return identity.account


def _single(webhook: Webhook) -> Response:
    return answer({"webhook": _described(webhook)})


def _described(webhook: Webhook) -> dict[str, Any]:
    return {
        "id": webhook.id,
        "url": webhook.url,
        "watched": list(webhook.watched),
        "domains": list(webhook.domains),
        "secret": webhook.secret,
        "disabled": webhook.disabled,
    }


_ALL = "/api/settings/webhooks"
_ONE = _ALL + "/{id}"

ROUTES = (
    Route("GET", _ALL, list_webhooks),
    Route("POST", _ALL, create),
    Route("GET", _ONE, get),
    Route("POST", _ONE, update),
    Route("DELETE", _ONE, delete),
    Route("POST", _ONE + "/enable", enable),
    Route("POST", _ONE + "/disable", disable),
)
