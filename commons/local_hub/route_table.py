"""Routes as a tree of segments, matched on the raw path: see ``app`` for why it is split before anything is decoded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote

from .errors import BadRequest, HubFault, NotFound
from .http import Route


@dataclass(slots=True)
class _Node:
    """The routes that share a prefix of segments."""

    literals: dict[str, _Node] = field(default_factory=dict)
    parameter: tuple[str, _Node] | None = None
    rest: dict[str, tuple[str, Route]] = field(default_factory=dict)  # method -> (parameter name, route)
    here: dict[str, Route] = field(default_factory=dict)


class RouteTable:
    """Routes as a tree of segments. A literal segment is preferred to a parameter, a parameter to a whole rest."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._root = _Node()
        for route in routes:
            self._add(route)

    def match(self, method: str, path: str) -> tuple[Route, dict[str, str]]:
        """Raises ``NotFound`` for an unknown path, ``HubFault`` 405 for a known one with another method."""
        segments = [_decoded(each) for each in path.lstrip("/").split("/")]
        allowed: set[str] = set()
        for methods, values in self._walk(self._root, segments, 0, ()):
            route = methods.get(method)
            if route is not None:
                return route, dict(values)
            allowed |= methods.keys()
        if allowed:
            fault = HubFault(f"{method} is not possible here", headers={"Allow": ", ".join(sorted(allowed))})
            fault.status = 405
            raise fault
        raise NotFound("Sorry, we can't find the page you are looking for.")

    def _walk(
        self, node: _Node, segments: list[str], at: int, values: tuple[tuple[str, str], ...]
    ) -> Iterable[tuple[Mapping[str, Route], tuple[tuple[str, str], ...]]]:
        if at == len(segments):
            if node.here:
                yield node.here, values
            return
        segment = segments[at]
        if segment in node.literals:
            yield from self._walk(node.literals[segment], segments, at + 1, values)
        if node.parameter is not None and segment:
            name, child = node.parameter
            yield from self._walk(child, segments, at + 1, (*values, (name, segment)))
        if node.rest:
            rest = "/".join(segments[at:])
            for method, (name, route) in node.rest.items():
                yield {method: route}, (*values, (name, rest))

    def _add(self, route: Route) -> None:
        node = self._root
        for segment in route.pattern.lstrip("/").split("/"):
            if segment.endswith(":path}"):
                node.rest[route.method] = (segment[1:-6], route)
                return
            if segment.startswith("{"):
                if node.parameter is None:
                    node.parameter = (segment[1:-1], _Node())
                assert node.parameter[0] == segment[1:-1], route.pattern  # noqa: S101  one name for one place
                node = node.parameter[1]
            else:
                node = node.literals.setdefault(segment, _Node())
        node.here[route.method] = route


def _decoded(segment: str) -> str:
    try:
        return unquote(segment, errors="strict")
    except UnicodeDecodeError:
        raise BadRequest("The address is not valid UTF-8") from None
