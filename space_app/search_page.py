"""The search page, in Gradio: a question, filters with counts, hits as cards.

A search has an address (see ``addresses``): the page reads it when it opens, shows it when it has answered, and offers it for copying,
because the address bar of an embedded Space is not the Space's own.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import gradio as gr

from commons.errors import CommonsError, UsageError
from commons.index.editions import Keeper
from commons.operations import search
from commons.records.catalogue import Catalogue, Filters
from space_app import addresses, rendering
from space_app.addresses import Ask
from space_app.rendering import Html

COUNTS = (5, 10, 20, 50)
MAX_EXAMPLES = 4
FILTERS = (("license", "Licence"), ("lang", "Language"), ("topic", "Topic"), ("collection", "Collection"))

_SHOW_ADDRESS = "() => window.commonsShowAddress()"


def build(keeper: Keeper, page: gr.Blocks) -> None:
    """Draw the page into ``page``, which is open."""
    masthead = gr.HTML(
        rendering.render("masthead.html.j2", title=keeper.title, active="search"), apply_default_css=False
    )
    with gr.Row(elem_classes="ask"):
        question = gr.Textbox(
            label="Your question",
            placeholder="Ask in your own words",
            lines=1,
            max_lines=4,
            autofocus=True,
            scale=1,
            elem_id="question",
        )
        ask = gr.Button("Search", variant="primary", scale=0, min_width=112, elem_id="ask")
    examples = gr.Dataset(
        components=["textbox"], samples=[], label="For example", layout="gallery", elem_id="examples"
    )
    with gr.Accordion("Filters", open=False, elem_id="filters") as drawer, gr.Row():
        facets = [
            gr.Dropdown(label=label, choices=[], multiselect=True, min_width=200, elem_id=f"filter-{name}")
            for name, label in FILTERS
        ]
        count = gr.Dropdown(
            label="Hits", choices=list(COUNTS), value=search.DEFAULT_HITS, min_width=90, elem_id="count"
        )
    results = gr.HTML(apply_default_css=False, elem_id="results")
    colophon = gr.HTML(apply_default_css=False)

    def answered(question: str, *chosen: Any) -> Html:
        *values, count = chosen
        names = [name for name, _ in FILTERS]
        return answer(keeper, question, dict(zip(names, values, strict=True)), count)

    def arrived(request: gr.Request) -> list[Any]:
        return arrive(keeper, str(request.query_params))

    def taken(sample: list[str], *chosen: Any) -> tuple[str, Html]:
        return sample[0], answered(sample[0], *chosen)

    asked = [question, *facets, count]
    hidden: dict[str, Any] = {"api_visibility": "private"}
    page.load(arrived, None, [masthead, examples, drawer, *asked, results, colophon], **hidden)
    for trigger in (ask.click, question.submit, count.input, *(facet.input for facet in facets)):
        trigger(answered, asked, results, show_progress="minimal", **hidden).then(
            None, None, None, js=_SHOW_ADDRESS, **hidden
        )
    examples.click(
        taken, [examples, *facets, count], [question, results], show_progress="minimal", **hidden
    ).then(None, None, None, js=_SHOW_ADDRESS, **hidden)


def answer(keeper: Keeper, question: str, chosen: dict[str, Any], count: Any) -> Html:
    """The results for what the form holds."""
    try:
        filters = addresses.filters_of(**chosen)
        return _answer(keeper, Ask((question or "").strip(), filters, int(count)))
    except CommonsError as error:
        return rendering.problem(error)


def _answer(keeper: Keeper, ask: Ask) -> Html:
    edition = keeper.edition
    if not ask.question:
        return rendering.render("welcome.html.j2", edition=edition, facets=edition.catalogue.facets())
    unfiltered = replace(ask, filters=Filters()).address()
    try:
        answer = search.find(edition.searchable(), ask.question, k=ask.count, filters=ask.filters)
    except UsageError as error:
        return rendering.problem(error, unfiltered=unfiltered if ask.filters else "")
    return rendering.render("answer.html.j2", answer=answer, ask=ask, unfiltered=unfiltered)


def arrive(keeper: Keeper, query: str) -> list[Any]:
    """The whole page for an address: masthead, examples, drawer, question, filters, count, results, colophon."""
    try:
        edition = keeper.edition
        facets = edition.catalogue.facets()
        examples = [[title] for title in example_questions(edition.catalogue)]
    except CommonsError as error:
        blank = [gr.skip() for _ in range(4 + len(FILTERS))]
        return [gr.skip(), *blank, rendering.problem(error), Html("")]
    ask = Ask()
    try:
        ask = addresses.ask_from(query)
        results = _answer(keeper, ask)
    except CommonsError as error:
        results = rendering.problem(error)
    return [
        rendering.render("masthead.html.j2", title=edition.title, active="search"),
        gr.Dataset(samples=examples, visible=bool(examples)),
        gr.Accordion(open=bool(ask.filters)),
        ask.question,
        *(_choices(facets[name], getattr(ask.filters, name)) for name, _ in FILTERS),
        ask.count if ask.count in COUNTS else gr.Dropdown(choices=[*COUNTS, ask.count], value=ask.count),
        results,
        rendering.render("colophon.html.j2", edition=edition),
    ]


def _choices(counts: dict[str, int], chosen: tuple[str, ...]) -> gr.Dropdown:
    """The values with how many records each has; what the address asks for is offered even when no record has it."""
    offered = {**counts, **{value: 0 for value in chosen if value not in counts}}
    return gr.Dropdown(
        choices=[(f"{value} ({number:,})", value) for value, number in offered.items()], value=list(chosen)
    )


def example_questions(catalogue: Catalogue) -> list[str]:
    """Titles that the commons can answer for certain, one from each collection: questions first, short before long."""
    titles = []
    for collection in catalogue.facets()["collection"]:
        entries = catalogue.page(Filters(collection=(collection,))).entries
        titles += sorted((e.record.title for e in entries if e.record.title), key=_dullness)[:1]
    return sorted(titles, key=_dullness)[:MAX_EXAMPLES]


def _dullness(title: str) -> tuple[int, int]:
    kind = 0 if title.endswith(("?", "？", "؟")) else 1 if " " in title else 2
    return kind, len(title)
