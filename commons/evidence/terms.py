"""Terms: what whoever passes an answer on has to keep to, inherited from the licences of all records in it.

    terms.of(["CC-BY-4.0", "CC-BY-SA-4.0"]).statement
    "Name the sources as the attribution lines do (CC-BY-4.0, CC-BY-SA-4.0). What is made from records under CC-BY-SA-4.0 stays under it."

It says what the licences of ``governance.licenses`` ask for in one sentence each; the texts at their addresses are what binds.
"""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import Field

from commons.evidence.wire_model import WireModel
from commons.governance import licenses


class LicenseTerms(WireModel):
    """One licence of an answer."""

    id: str = Field(description="SPDX id")
    name: str
    url: str | None = Field(default=None, description="where its text is")
    attribution: bool = Field(description="whether it asks that the source is named")
    share_alike: bool = Field(description="whether what is made from it has to stay under it")


class Terms(WireModel):
    """What an answer inherits from the licences of its records."""

    licenses: tuple[LicenseTerms, ...]
    attribution_required: bool
    share_alike: tuple[str, ...] = Field(
        description="licences under which what is made from their records has to stay"
    )
    mergeable: bool = Field(
        description="false: the licences cannot stand together in one work, so that their records are to be kept apart"
    )
    statement: str = Field(description="the same in words")


def of(spdx_ids: Iterable[str]) -> Terms:
    """The terms of an answer whose records are under these licences."""
    known = tuple(_terms_of(spdx) for spdx in sorted(set(spdx_ids)))
    share_alike = tuple(each.id for each in known if each.share_alike)
    pools = {licenses.BY_SPDX[spdx].pool for spdx in share_alike if spdx in licenses.BY_SPDX}
    mergeable = len(pools) <= 1 and all(each.id in licenses.BY_SPDX for each in known)
    return Terms(
        licenses=known,
        attribution_required=any(each.attribution for each in known),
        share_alike=share_alike,
        mergeable=mergeable,
        statement=" ".join(_sentences(known, share_alike, mergeable)),
    )


def _terms_of(spdx: str) -> LicenseTerms:
    """A copy of somebody's commons may hold licences that are not in the table; then the strictest is taken."""
    known = licenses.BY_SPDX.get(spdx)
    if known is None:
        return LicenseTerms(id=spdx, name=spdx, url=None, attribution=True, share_alike=True)
    return LicenseTerms(
        id=known.spdx,
        name=known.name,
        url=known.url,
        attribution=known.attribution,
        share_alike=known.share_alike,
    )


def _sentences(known: tuple[LicenseTerms, ...], share_alike: tuple[str, ...], mergeable: bool) -> list[str]:
    if not known:
        return []
    named = [each.id for each in known if each.attribution]
    free = [each.id for each in known if not each.attribution]
    sentences = []
    if named:
        sentences.append(f"Name the sources as the attribution lines do ({', '.join(named)}).")
    if free:
        sentences.append(f"Nothing is asked for by {', '.join(free)}; naming the source is good practice.")
    if share_alike:
        whose = "it" if len(share_alike) == 1 else "the same licence"
        sentences.append(f"What is made from records under {', '.join(share_alike)} stays under {whose}.")
    if not mergeable:
        sentences.append("These licences cannot stand together in one work: keep their records apart.")
    return sentences
