"""Link predicates: how a record may be linked to another, or to an address outside, in terms of published vocabularies.

SKOS (https://www.w3.org/TR/skos-reference/), DCMI terms (https://www.dublincore.org/specifications/dublin-core/dcmi-terms/), CiTO
(http://purl.org/spar/cito), schema.org, and two of our own where these have none.
"""

PREDICATES = (
    "skos:broader",
    "skos:narrower",
    "skos:related",
    "skos:exactMatch",
    "dcterms:isPartOf",
    "dcterms:replaces",
    "cito:supports",
    "cito:disputes",
    "commons:causes",
    "commons:translationOf",
    "schema:about",
)
