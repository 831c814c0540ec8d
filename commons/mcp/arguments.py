"""Arguments: what each tool may be called with, in types that make its schema and judge a call.

    arguments = arguments.parsed(tool_name, SearchArguments, {"query": "What causes glaucoma?"})

What models send is taken as they mean it where that is plain: ``null`` is left out, "5" is 5, and one text is a list of it. Everything
else is refused by an error that names the argument and what is allowed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from commons import near_misses
from commons.errors import UsageError
from commons.evidence import budget
from commons.evidence.harmless_text import visible

MAX_QUERY_CHARACTERS = 2000  # operations.search has the same
MAX_VALUES = 50
MAX_RESULTS = 50
MAX_CITED = 20
_MAX_ID_CHARACTERS = 2000
_SHOWN_CHARACTERS = 60
_PREDICATES = (
    "as skos:broader, skos:narrower, skos:related, cito:supports, cito:disputes, commons:causes, schema:about"
)


def _as_list(value: Any) -> Any:
    """A model that was asked for a list of one often sends the one, or several with commas."""
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return value


Values = Annotated[
    tuple[Annotated[str, Field(max_length=200)], ...], Field(max_length=MAX_VALUES), BeforeValidator(_as_list)
]
RecordId = Annotated[str, Field(min_length=1, max_length=_MAX_ID_CHARACTERS)]
MaxTokens = Annotated[
    int,
    Field(
        ge=budget.MIN_TOKENS,
        le=budget.MAX_TOKENS,
        description="the answer is never longer; a third of its bytes counts as a token",
    ),
]


class ToolArguments(BaseModel):
    """The base: nothing that is not named."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class FilterArguments(ToolArguments):
    """Among which records to look; values of one list are alternatives, lists add up."""

    licenses: Values = Field((), description="only records under these licences, as SPDX ids: CC0-1.0")
    langs: Values = Field((), description="only records in these languages, as BCP 47 tags: en, pt-BR")
    topics: Values = Field((), description="only records on these topics; list_collections shows them")
    collections: Values = Field(
        (), description="only records of these collections; list_collections shows them"
    )
    contributors: Values = Field((), description="only records by these: key id, Hub user or name")
    since: date | None = Field(None, description="only records that landed on that day or later: 2026-01-31")
    until: date | None = Field(None, description="only records that landed on that day or earlier")


class SearchArguments(FilterArguments):
    query: str = Field(
        min_length=1,
        max_length=MAX_QUERY_CHARACTERS,
        description="the question in plain words, in any language; ids or addresses of records work too",
    )
    limit: int = Field(5, ge=1, le=MAX_RESULTS, description="how many records")
    include_replaced: bool = Field(False, description="after each record, also those that it replaced")
    brief: bool = Field(False, description="only how each text begins, without links and sources")
    max_tokens: MaxTokens = budget.DEFAULT_TOKENS
    cursor: str = Field(
        "",
        max_length=1000,
        description="next_cursor of an earlier answer to the same question: goes on after it",
    )


class FetchArguments(ToolArguments):
    id: RecordId = Field(description="id of a record (kr1…), or an address that holds it")


class RecordArguments(ToolArguments):
    id: RecordId = Field(
        description="id of a record (kr1…), a link (kl1…) or a contribution (kc1…), or an address that holds it"
    )
    max_tokens: MaxTokens = budget.DEFAULT_TOKENS
    offset: int = Field(
        0, ge=0, le=1_000_000, description="where in the text to begin, in characters; text_cut says it"
    )


class RelatedArguments(ToolArguments):
    id: RecordId = Field(description="id of a record (kr1…), or an address that holds it")
    predicates: Values = Field((), description=f"only links of these kinds, {_PREDICATES}; all when left out")
    hops: int = Field(1, ge=1, le=3, description="over how many links")
    limit: int = Field(20, ge=1, le=50, description="how many related records")
    cursor: str = Field("", max_length=1000, description="next_cursor of an earlier answer: goes on after it")


class VerificationArguments(ToolArguments):
    id: RecordId = Field(description="id of the record that is cited (kr1…), or an address that holds it")
    quote: str = Field(
        min_length=1, max_length=20_000, description="the words that are cited, without quotation marks"
    )
    revision: str = Field(
        "", max_length=200, description="revision of the commons that is cited; the present one when left out"
    )


class CitationArguments(ToolArguments):
    ids: Annotated[
        tuple[RecordId, ...], Field(min_length=1, max_length=MAX_CITED), BeforeValidator(_as_list)
    ] = Field(description="ids of records (kr1…), in the order of the list")
    style: Literal["text", "markdown", "bibtex", "csl-json", "ris"] = Field(
        "text", description="form of the list"
    )


class ContextArguments(FilterArguments):
    question: str = Field(
        min_length=1, max_length=MAX_QUERY_CHARACTERS, description="the question in plain words"
    )
    max_tokens: MaxTokens = 1500


class ListingArguments(ToolArguments):
    """None."""


class ProposalArguments(ToolArguments):
    text: str = Field(
        min_length=1,
        max_length=20_000,
        description="the knowledge itself; at most 8,192 bytes pass the checks",
    )
    license: str = Field(
        min_length=1, max_length=200, description="under which its owner put it, as an SPDX id: CC-BY-4.0"
    )
    lang: str = Field(min_length=1, max_length=100, description="language of the text, as a BCP 47 tag: en")
    topic: Values = Field(description="what it is about; list_collections shows the topics there are")
    title: str = Field("", max_length=1000, description="name, headline or question that the text answers")
    source_title: str = Field(
        "", max_length=1000, description="where it comes from; a title or an address is needed"
    )
    source_url: str = Field("", max_length=2000, description="address where it comes from")
    source_author: str = Field("", max_length=1000, description="whom to credit")
    collection: str = Field(
        "notes",
        pattern=r"^[a-z0-9]+(?:[-_][a-z0-9]+)*$",
        max_length=60,
        description="collection it would join",
    )
    replaces: str = Field("", max_length=100, description="id of the record that it corrects (kr1…)")


Arguments = TypeVar("Arguments", bound=ToolArguments)


def schema_of(model: type[ToolArguments]) -> dict[str, Any]:
    """The JSON Schema of the arguments, with nothing in it that some client cannot read: no references, no nulls, no titles."""
    whole = model.model_json_schema()
    own_first = sorted(whole.get("properties", {}), key=lambda name: name not in model.__annotations__)
    properties = {name: _plain(whole["properties"][name]) for name in own_first}
    required = {"required": whole["required"]} if "required" in whole else {}
    return {"type": "object", "properties": properties, **required, "additionalProperties": False}


def _plain(schema: Mapping[str, Any]) -> dict[str, Any]:
    """``null`` stands for what is left out."""
    given = {name: value for name, value in schema.items() if name not in ("title", "anyOf")}
    if given.get("default", "") is None:
        del given["default"]
    for option in schema.get("anyOf", ()):
        if option.get("type") != "null":
            given = {**option, **given}
    return given


def parsed(tool: str, model: type[Arguments], given: Mapping[str, Any] | None) -> Arguments:
    """The arguments of a call.

    Raises:
        UsageError: ``argument-unknown``, ``argument-missing`` or ``argument-invalid``, with what is allowed.
    """
    values = {name: value for name, value in (given or {}).items() if value is not None}
    try:
        return model.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        raise _refusal(tool, model, str(first["loc"][0]), first["type"], values) from None


def _refusal(
    tool: str, model: type[ToolArguments], name: str, kind: str, values: Mapping[str, Any]
) -> UsageError:
    properties = schema_of(model)["properties"]
    if name not in properties:
        meant = near_misses.question(shown(name), list(properties))
        listed = f"It takes {', '.join(properties)}." if properties else "It takes none."
        return UsageError(
            f"{tool} has no argument {shown(name)!r}{f'; {meant}' if meant else '.'}",
            hint=listed,
            code="argument-unknown",
        )
    allowed = f"{name} is {_allowed(properties[name])}: {properties[name].get('description', '')}"
    if kind == "missing":
        return UsageError(f"{tool} needs {name}.", hint=allowed, code="argument-missing")
    return UsageError(
        f"{name} cannot be {shown(values.get(name))}.", hint=f"{allowed}.", code="argument-invalid"
    )


def _allowed(schema: Mapping[str, Any]) -> str:
    if "enum" in schema:
        return "one of " + ", ".join(schema["enum"])
    match schema.get("type"):
        case "integer":
            return f"a whole number from {schema['minimum']:,} to {schema['maximum']:,}"
        case "boolean":
            return "true or false"
        case "array":
            return f"a list of at most {schema.get('maxItems', MAX_VALUES)} texts"
        case "string" if schema.get("format") == "date":
            return "a day, as 2026-01-31"
        case _:
            return f"a text of {schema.get('minLength', 0):,} to {schema.get('maxLength', 0):,} characters"


def shown(value: Any) -> str:
    """What a caller sent, short and with nothing in it that cannot be seen."""
    text = " ".join(visible(str(value)).split())
    return text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + "…"
