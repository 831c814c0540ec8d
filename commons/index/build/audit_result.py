"""What came of an audit: sentences, and how many things each kind of check was made on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from commons.errors import IndexArtifactError, SchemaError


@dataclass
class ArtifactAudit:
    """The audit of an index artifact.

    ``rebuilt`` and ``not_rebuilt`` count indexes that came out byte for byte and that did not, ``embedded_again`` records, and
    ``measured_again`` figures. ``unchecked`` is what was asked and could not be checked, ``assumptions`` what was not asked or nobody can
    check; both name the manifest's fields they are about. ``notes`` say how far the checks that were made reach.
    """

    rebuilt: int = 0
    not_rebuilt: int = 0
    embedded_again: int = 0
    measured_again: int = 0
    newer_records: int = 0
    incomplete: bool = False  # so much is missing that no more could be asked
    problems: list[str] = field(default_factory=list)
    unchecked: list[str] = field(default_factory=list)
    assumptions: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@contextmanager
def problems_of(result: ArtifactAudit) -> Iterator[None]:
    """What cannot be read is a problem of its own; the rest is looked at all the same."""
    try:
        yield
    except (IndexArtifactError, SchemaError) as error:
        result.problems.append(error.message)
