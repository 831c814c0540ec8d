"""Who am I, may I, and the small calls that clients make on the side."""

from __future__ import annotations

from starlette.responses import PlainTextResponse, Response

from ..access import require_content, require_identity, require_write
from ..accounts import Identity
from ..cards import check_card
from ..errors import BadRequest, NotFound
from ..http import Call, Route, answer


def whoami(call: Call) -> Response:
    return answer(_person(call, require_identity(call.identity)))


def _person(call: Call, identity: Identity) -> dict[str, object]:
    account = identity.account
    return {
        "type": "user",
        "id": account.id,
        "name": account.name,
        "fullname": account.fullname,
        "email": f"{account.name}@users.noreply.localhost",
        "emailVerified": True,
        "isPro": False,
        "canPay": False,
        "periodEnd": None,
        "avatarUrl": call.url("avatars", account.name),
        "orgs": [
            {
                "type": "org",
                "id": each.organization.id,
                "name": each.organization.name,
                "fullname": each.organization.fullname,
                "email": None,
                "isEnterprise": False,
                "canPay": False,
                "avatarUrl": call.url("avatars", each.organization.name),
                "roleInOrg": each.role,
            }
            for each in identity.memberships
        ],
        "auth": {
            "type": "access_token",
            "accessToken": {
                "displayName": identity.token_name,
                "role": identity.role,
                "createdAt": identity.token_created_at,
            },
        },
    }


def auth_check(call: Call) -> Response:
    require_content(call.identity, call.repository)
    return answer({})


def auth_check_write(call: Call) -> Response:
    require_write(call.identity, call.repository)
    return answer({})


def validate_yaml(call: Call) -> Response:
    content = call.json().get("content")
    if not isinstance(content, str):
        raise BadRequest("content must be text")
    check = check_card(content)
    status = 400 if check.errors else 200
    if call.headers.get("accept", "").startswith("text/plain"):
        lines = [f"- Error: {each}" for each in check.errors] + [
            f"- Warning: {each}" for each in check.warnings
        ]
        return PlainTextResponse("\n".join(lines), status)
    return answer(
        {
            "errors": [{"message": each} for each in check.errors],
            "warnings": [{"message": each} for each in check.warnings],
        },
        status,
    )


def hub_name(call: Call) -> Response:
    """A name that stays when port, address and folder change; the public Hub has no such route, and is known by its host."""
    return answer({"name": call.hub.name})


def health(_: Call) -> Response:
    return answer({"status": "ok"})


def nothing(_: Call) -> Response:
    return Response(status_code=204)


def no_registry(_: Call) -> Response:
    raise NotFound("This Hub keeps no registry of agents")


ROUTES = (
    Route("GET", "/api/whoami-v2", whoami),
    Route("GET", "/api/{types}/{namespace}/{name}/auth-check", auth_check),
    Route("GET", "/api/{types}/{namespace}/{name}/auth-check/write", auth_check_write),
    Route("POST", "/api/validate-yaml", validate_yaml),
    Route("GET", "/api/agent-harnesses", no_registry),
    Route("HEAD", "/api/telemetry/{rest:path}", nothing),
    Route("POST", "/v1/telemetry", nothing),
    Route("GET", "/api/hub-name", hub_name),
    Route("GET", "/health", health),
)
