"""Published data sets in the form in which their publishers give them, made again from the rows that DATA holds, and the command for each.

    for source in SOURCES:
        source.write(data, folder / source.file)
        source.told, source.wanted      what ``commons check`` is told beside the file

Where the published form is no table at all (a folder of XML, of Markdown, of YAML), the form is one in which such rows are passed on: a
workbook, a vocabulary, a spreadsheet's export. What became of them is in intake.md.
"""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import json
import sys
import zipfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from shared.texts import rows

sys.path.append(str(Path(__file__).parents[2] / "tests"))  # its workbooks are written part by part

from support import workbooks

Rows = Iterable[dict[str, Any]]


@dataclass(frozen=True)
class Source:
    """A published set: its file, what shape that has, what must be told with it, and how it is written from the rows of ``origin``."""

    file: str
    shape: str
    origin: str  # below DATA, without its suffixes
    told: tuple[str, ...]  # what everybody knows who offers it
    form: Callable[[list[dict[str, Any]]], bytes]
    wanted: tuple[
        str, ...
    ] = ()  # said at once by somebody who knows the columns; without it, the error proposes what is missing

    def write(self, data: Path, path: Path) -> None:
        path.write_bytes(self.form(list(rows(data / f"{self.origin}.jsonl.gz"))))


def _told(license_: str, lang: str, topic: str, url: str) -> tuple[str, ...]:
    """Who offers a set knows its licence, language, topic and where it comes from; an empty one stands in the file."""
    given = {"--license": license_, "--lang": lang, "--topic": topic, "--source-url": url}
    return tuple(word for name, value in given.items() if value for word in (name, value))


def _obo(terms: Rows) -> bytes:
    lines = ["format-version: 1.2", "ontology: po", ""]
    for term in terms:
        lines += ["[Term]", f"id: {term['id']}", f"name: {term['name']}", f"namespace: {term['namespace']}"]
        if text := term.get("definition"):
            lines.append(f"def: {_obo_quoted(text)} {term.get('def_sources') or '[]'}")
        if text := term.get("comment"):
            lines.append("comment: " + text.replace("\n", "\\n"))
        for synonym in term.get("synonyms", ()):
            lines.append(f"synonym: {_obo_quoted(synonym['text'])} {synonym['scope']} []")
        lines += [f"xref: {name}" for name in term.get("xref", ())]
        lines += [f"is_a: {parent}" for parent in term.get("is_a", ())]
        lines += [f"relationship: {r['type']} {r['target']}" for r in term.get("relations", ())]
        lines.append("")
    return "\n".join(lines).encode()


def _obo_quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _turtle(synsets: Rows) -> bytes:
    """The plants among the synsets, as SKOS."""
    lines = [
        "@prefix skos: <http://www.w3.org/2004/02/skos/core#> .",
        "@prefix pwn: <https://en-word.net/id/oewn-> .",
    ]
    for synset in synsets:
        if synset["lexfile"] != "noun.plant":
            continue
        first, *others = synset["members"]
        facts = ["a skos:Concept", f"skos:prefLabel {json.dumps(first, ensure_ascii=False)}@en"]
        facts += [f"skos:altLabel {json.dumps(name, ensure_ascii=False)}@en" for name in others]
        facts += [
            f"skos:definition {json.dumps(text, ensure_ascii=False)}@en" for text in synset["definition"]
        ]
        facts += [f"skos:broader pwn:{name}" for name in synset.get("relations", {}).get("hypernym", ())]
        lines.append(f"pwn:{synset['id']} {' ; '.join(facts)} .")
    return "\n".join(lines).encode()


def _csv(table: Sequence[dict[str, Any]], columns: Sequence[str] = (), **dialect: Any) -> str:
    sink = io.StringIO(newline="")
    names = columns or list(table[0])
    writer = csv.writer(sink, **dialect)
    writer.writerow(names)
    writer.writerows([row[name] for name in names] for row in table)
    return sink.getvalue()


def _vocabulary_csv(terms: list[dict[str, Any]]) -> bytes:
    table = [
        {
            "id": term["id"],
            "label": term["label"],
            "comment": term["comment"],
            "subTypeOf": ", ".join(term["sub_of"]),
            "equivalentClass": ", ".join(term["equivalent"]),
            "isPartOf": term["is_part_of"] or "",
        }
        for term in terms
        if term["kind"] == "type"
    ]
    return _csv(table).encode()


def _spreadsheet_export(facts: list[dict[str, Any]]) -> bytes:
    """As a spreadsheet of a German Windows exports them: two lines above the table, semicolons, cp1252."""
    table = [
        {
            "Code": row["code"],
            "Country": row["country"] or row["code"],
            "Field": row["field"],
            "Text": row["text"],
        }
        for row in facts
        if row["section"] == "Geography" and row["region"] == "europe"
    ]
    preamble = "The World Factbook: geography of Europe\r\nExported from a spreadsheet\r\n\r\n"
    return (preamble + _csv(table, delimiter=";")).encode("cp1252", errors="replace")


def _squad(passages: list[dict[str, Any]]) -> bytes:
    german = [row for row in passages if row["lang"] == "de"]
    articles = [
        {
            "title": title,
            "paragraphs": [
                {
                    "context": row["text"],
                    "qas": [
                        {"id": row["_id"], "question": "?", "answers": [{"text": "", "answer_start": 0}]}
                    ],
                }
                for row in group
            ],
        }
        for title, group in groupby(german, key=lambda row: row["title"])
    ]
    return json.dumps({"data": articles, "version": "1.1"}, ensure_ascii=False).encode()


def _workbook(answers: list[dict[str, Any]]) -> bytes:
    kept = [row for row in answers if row["collection"] == "4_MPlus_Health_Topics_QA"]
    names = ("qtype", "Question", "Answer", "url")
    cells = [[row["qtype"], row["question"], row["answer"], row["url"]] for row in kept]
    return workbooks.xlsx(workbooks.Sheet("medDataset", [list(names), *cells]))


def _open_document(recipes: list[dict[str, Any]]) -> bytes:
    names = ("title", "date", "tags", "author", "text")
    cells = [
        [row["title"], row["date"], ", ".join(row["tags"]), row["author"], row["text"]] for row in recipes
    ]
    return workbooks.ods(workbooks.Sheet("Recipes", [list(names), *cells]))


def _sentences(pairs: list[dict[str, Any]]) -> bytes:
    """As Tatoeba's ``sentences_CC0.csv`` is: number, language, sentence; no line of names."""
    german = [row for row in pairs if row["lang"] in ("deu", "fra", "cmn")]
    lines = [f"{number}\t{row['lang']}\t{row['text']}" for number, row in enumerate(german, start=1)]
    return bz2.compress("\n".join([*lines, ""]).encode())


def _json_lines(table: Rows) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in table).encode()


def _zipped(table: list[dict[str, Any]]) -> bytes:
    """One language, zipped with what an archive of GitHub has beside it."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "xcopa-master/data/qu/val.qu.jsonl", _json_lines(r for r in table if r["lang"] == "qu")
        )
    return sink.getvalue()


def _confusables(table: list[dict[str, Any]]) -> bytes:
    """The table of UTS #39: comments above and behind, cells with blanks around them."""
    lines = ["# confusables.txt", "# Date: 2025-07-22, 05:49:32 GMT", "# Version: 17.0.0", "#", ""]
    lines += [
        f"{row['source']} ;\t{row['target']} ;\t{row['type']}\t# ( {row['source_char']} → {row['target_char']} )"
        f" {row['source_name']} → {row['target_name']}\t# "
        for row in table
    ]
    return "\n".join(lines).encode("utf-8-sig")


def _parquet(table: list[dict[str, Any]]) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pylist(table), sink)
    return sink.getvalue().to_pybytes()


SOURCES = (
    Source(
        "po.obo",
        "ontology in OBO",
        "plant-ontology/terms",
        _told("CC-BY-4.0", "en", "science", "https://github.com/Planteome/plant-ontology"),
        _obo,
    ),
    Source(
        "oewn-plants.ttl",
        "SKOS in Turtle",
        "oewn/synsets",
        _told("CC-BY-4.0", "", "language", "https://en-word.net"),
        _turtle,
    ),
    Source(
        "schemaorg-current-https-types.csv",
        "CSV, links by address",
        "schema-org/vocabulary",
        _told("Apache-2.0", "en", "computing", "https://schema.org"),
        _vocabulary_csv,
        ("--map", "title=label,text=comment,skos:broader=subTypeOf"),
    ),
    Source(
        "countries.json",
        "JSON array, nested",
        "countries/countries",
        _told("ODbL-1.0", "en", "geography", "https://github.com/mledoze/countries"),
        lambda table: json.dumps(table, ensure_ascii=False, indent="\t").encode(),
        (
            "--map",
            "id=cca3,title=name.common,skos:related=borders",
            "--map",
            "text={name.official} lies in {subregion} ({region}). Its capital is {capital}.",
        ),
    ),
    Source(
        "TruthfulQA.csv",
        "CSV, names with blanks",
        "truthfulqa/truthfulqa",
        _told("Apache-2.0", "en", "society", "https://github.com/sylinrl/TruthfulQA"),
        lambda table: _csv(table).encode(),
    ),
    Source(
        "train.jsonl",
        "JSON Lines",
        "gsm8k/train",
        _told("MIT", "en", "mathematics", "https://github.com/openai/grade-school-math"),
        lambda table: _json_lines({name: row[name] for name in ("question", "answer")} for row in table),
    ),
    Source(
        "xquad.de.json",
        "SQuAD: lists within lists",
        "xquad/passages",
        _told("CC-BY-SA-4.0", "de", "encyclopaedia", "https://github.com/google-deepmind/xquad"),
        _squad,
        ("--explode", "paragraphs", "--map", "title=title,text=paragraphs.context"),
    ),
    Source(
        "medDataset.xlsx",
        "Excel workbook",
        "medquad/qa",
        _told("CC-BY-4.0", "en", "medicine", ""),
        _workbook,
    ),
    Source(
        "recipes.ods",
        "OpenDocument sheet",
        "recipes/recipes",
        _told("Unlicense", "en", "society", "https://based.cooking"),
        _open_document,
    ),
    Source(
        "sentences.tsv.bz2",
        "TSV without names, bzip2",
        "tatoeba/pairs",
        _told("CC0-1.0", "", "language", "https://tatoeba.org"),
        _sentences,
        ("--map", "id=column1,lang=column2,text=column3"),
    ),
    Source(
        "corpus.jsonl.gz",
        "JSON Lines, gzip",
        "scifact/corpus",
        _told("ODC-By-1.0", "en", "science", "https://github.com/allenai/scifact"),
        lambda table: gzip.compress(_json_lines(table)),
    ),
    Source(
        "PeriodicTableJSON.json",
        "JSON object with one list",
        "elements/elements",
        _told("CC-BY-SA-3.0", "en", "science", "https://github.com/Bowserinator/Periodic-Table-JSON"),
        lambda table: json.dumps({"elements": table}, ensure_ascii=False, indent=4).encode(),
    ),
    Source(
        "train.parquet",
        "Parquet",
        "creak/train",
        _told("MIT", "en", "commonsense", "https://github.com/yasumasaonoe/creak"),
        lambda table: _parquet(table[:5000]),
    ),
    Source(
        "factbook-europe.csv",
        "semicolons, cp1252, lines above",
        "factbook/fields",
        _told("CC0-1.0", "en", "geography", "https://github.com/factbook/factbook.json"),
        _spreadsheet_export,
        ("--map", "title={Country}: {Field}"),
    ),
    Source(
        "xcopa-qu.zip",
        "zip with one table",
        "xcopa/xcopa",
        _told("CC-BY-4.0", "qu", "commonsense", "https://github.com/cambridgeltl/xcopa"),
        _zipped,
    ),
    Source(
        "confusables.txt",
        "text table with comments",
        "unicode-confusables/confusables",
        _told("Unicode-3.0", "en", "computing", "https://www.unicode.org/reports/tr39/"),
        _confusables,
        ("--map", "text=column3"),
    ),
)
