"""Written filters: licences and contributors as people write them, in the form in which records have them.

    written_filters.allowed_licenses(["cc0-1.0", "ODBL"])           ("CC0-1.0", "ODbL-1.0")
    written_filters.contributor_keys(["ada"], snapshot.people)      the ids of her keys

Languages need none: ``catalogue.Filters`` take any spelling.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from commons.errors import UsageError
from commons.governance import licenses
from commons.governance.people import Person


def allowed_licenses(written: Iterable[str]) -> tuple[str, ...]:
    """SPDX ids from what people write.

    Raises:
        UsageError: a licence no commons takes.
    """
    spdx = []
    for name in written:
        resolved = licenses.resolve(name)
        if resolved.license is None:
            raise UsageError(
                f"{name!r} cannot be searched for: {resolved.reason}.", hint="For example cc0-1.0,cc-by-4.0"
            )
        spdx.append(resolved.license.spdx)
    return tuple(spdx)


def contributor_keys(written: Iterable[str], people: Mapping[str, Person]) -> tuple[str, ...]:
    """Key ids from what people write: a key id, a Hub user or a name.

    Raises:
        UsageError: nobody of that name has contributed.
    """
    keys: list[str] = []
    for name in written:
        named = [key for key, person in people.items() if name in (person.user, person.id, person.display())]
        if name.startswith("kk1"):  # a key id, also of somebody whose name was erased
            named = [name]
        if not named:
            raise UsageError(
                f"{name!r} has not contributed here.",
                hint="Give a key id, a Hub user or a name as hits show it.",
            )
        keys += named
    return tuple(keys)
