"""Placeholders: what programs and people write where a value is missing, so that a cell is not empty.

    placeholders.is_placeholder("N/A")                            True: the whole value stands for nothing
    placeholders.is_placeholder("NaN is not equal to itself.")    False: a text about the word is a text
    placeholders.is_placeholder_title("NaN", "NaN is a value …")  False: the text says what the title means

Only whole values count, in any case and with any blanks, quotes or brackets around them. What follows from it is for the caller to say.

Sources: the missing values that ``pandas.read_csv`` knows (its ``na_values``), R's ``NA``, ``\\N`` of PostgreSQL's ``COPY`` and of MySQL's
``LOAD DATA``, the error values of spreadsheets (Excel's ``ERROR.TYPE``), ``.`` of VCF, and the filler text that typesetters use. The
commonest words of other languages stand beside the English ones.
"""

from __future__ import annotations

import re

# In lower case, with one blank for whatever stands between letters: "N/A", "n.a." and "n a" are the same.
_PHRASES = """
    na|n a|nan|nat|null|nil|none|undefined|unknown|missing|empty|blank|void|object object|untitled
    no data|no value|no text|no title|no description|no content|no answer|not available|not applicable|not specified|not provided|not set
    no description available|no data available|none provided|none given|information not available
    todo|to do|tbd|tba|tbc|t b d|t b a|fixme|to be determined|to be defined|to be announced|to be confirmed|to be added|coming soon
    placeholder|placeholder text|text here|your text here|insert text here|add text here|enter text here|sample text|dummy text
    k a|keine angabe|keine angaben|nicht verfügbar|nicht zutreffend|unbekannt
    s o|sans objet|non disponible|non applicable|non renseigné|inconnu
    n d|s d|sin datos|no disponible|no aplica|desconocido|sem dados|não disponível|não se aplica|non applicabile
    нет данных|н д|неизвестно|無|无|无数据|暂无|不适用|未知|なし|該当なし|不明|データなし|없음|해당 없음|لا يوجد|غير متوفر
"""
_WORDS = frozenset(phrase.strip() for line in _PHRASES.strip().splitlines() for phrase in line.split("|"))
# Of these, what dictionaries and manuals have as headwords, in lower case: whether such a title is meant, only its author knows.
_HEADWORDS = frozenset(
    ("nan", "null", "nil", "none", "void", "empty", "blank", "missing", "unknown", "undefined", "placeholder", "todo", "untitled")
)  # fmt: skip
_LONGEST_PHRASE = 40
_BLANKS = " \t\n\r\u00a0\u3000"
_QUOTES = "\"'`´“”„‘’«»‹›"
_BRACKETS = "()[]{}<>（）「」【】"
_NOTHING_IN_BETWEEN = re.compile(
    rf"[{_BLANKS}]*|[{_BLANKS}{_QUOTES}]{{2,}}|[{_BLANKS}{_QUOTES}]*(?:\(\s*\)|\[\s*\]|\{{\s*\}}|<\s*>)[{_BLANKS}{_QUOTES}]*"
)
_MARK = re.compile(
    r"[-‐‑‒–—―−_?¿？…./／*\s]+|\\+N|x{3,}"  # strokes, dots or question marks; what databases write; xxx
    r"|#(?:n/a(?: n/a)?|na|null!|div/0!|value!|ref!|name\?|num!|spill!|calc!|getting_data)|-?1\.#(?:ind|qnan)",
    re.IGNORECASE,
)
_BETWEEN_LETTERS = re.compile(r"[-_./\s]+")
_FILLER = re.compile(r"(?i)\W*lorem[ \n]+ipsum\b")
# The filler text itself, and the words with which programs make more of it.
_FILLER_WORDS = frozenset(
    word
    for line in """
    lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt ut labore et dolore magna aliqua enim ad minim
    veniam quis nostrud exercitation ullamco laboris nisi aliquip ex ea commodo consequat duis aute irure in reprehenderit voluptate velit
    esse cillum eu fugiat nulla pariatur excepteur sint occaecat cupidatat non proident sunt culpa qui officia deserunt mollit anim id est
    laborum adipisicing a ac ante at augue bibendum blandit congue cras cum curabitur cursus dapibus diam dictum donec dui egestas eget
    eleifend elementum erat eros etiam facilisi facilisis faucibus felis fermentum fringilla gravida habitant hendrerit iaculis imperdiet
    integer interdum justo lacinia lacus laoreet lectus leo libero ligula lobortis luctus maecenas massa mattis mauris metus mi molestie
    morbi nam nec neque nibh nullam nunc odio orci ornare pellentesque pharetra phasellus placerat porta porttitor posuere praesent pretium
    pulvinar purus quam rhoncus risus rutrum sagittis sapien scelerisque sem semper senectus suscipit suspendisse tellus tincidunt tortor
    tristique turpis ultrices ultricies urna varius vehicula vel venenatis vestibulum vitae vivamus viverra volutpat vulputate
    """.splitlines()
    for word in line.split()
)


def is_placeholder(value: str) -> bool:
    """Whether all of ``value`` says that there is no value; an empty one says so too."""
    if _FILLER.match(value):
        words = re.findall(r"[a-z]+", value.lower())
        return 2 * sum(word in _FILLER_WORDS for word in words) > len(words)
    if _NOTHING_IN_BETWEEN.fullmatch(value):
        return True
    bare = value.strip(_BLANKS + _QUOTES + _BRACKETS)
    ended = bare.rstrip(".,;:!")
    if _MARK.fullmatch(bare) or _MARK.fullmatch(ended):
        return True
    if ended.startswith("."):  # .na is Namibia's domain
        return False
    return len(ended) <= _LONGEST_PHRASE and _BETWEEN_LETTERS.sub(" ", ended).strip().lower() in _WORDS


def is_placeholder_title(title: str, text: str) -> bool:
    """Whether ``title`` stands for no title: it is a placeholder, and ``text`` does not speak of the word."""
    return is_placeholder(title) and not _speaks_of(title.strip(), text)


def may_be_headword(title: str) -> bool:
    """Whether a placeholder is also a word that entries are called by, and written as they are."""
    return title.strip() in _HEADWORDS


def _speaks_of(word: str, text: str) -> bool:
    if not word:
        return False
    quoted = re.escape(word)
    if not any(character.isalnum() for character in word):  # as a thing, a mark is quoted or a heading
        return bool(re.search(rf"(?m)[`\"'“„«]{quoted}[`\"'”“»]|^#+ {quoted}$", text))
    return bool(re.search(rf"(?i)(?<!\w){quoted}(?!\w)", text))
