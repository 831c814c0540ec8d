"""Letters of other alphabets that look like Latin ones, inside one word: how a name is spoofed and a filter or a search is passed by.

A word counts when replacing look-alikes would make it a word of one alphabet: ``pаypal`` with a Cyrillic a does, ``NF-κB``, ``µg`` or
``iPhone-ом`` do not. Greek letters that science writes beside Latin ones (α, γ, ι, ν, ρ, σ, υ) are left out.

The table is made from ``confusables.txt`` 17.0.0 of UTS #39 (© Unicode, Inc., Unicode License v3): letters of scripts other than
Latin that map to one ASCII letter, without those that NFKC already folds.
"""

from __future__ import annotations

import re

_LOOK_ALIKES = (
    "ͿΑΒΕΖΗΙΚΜΝΟΡΤΥΧοϜϭϳϸϺЅІЈАВЕКМНОРСТУХЬагеорсухшѕіјѡѴѵҮүһҽӀӏԁԌԛԜԝՍՏՕագզհոռսցւքօყჿᎠᎡᎢᎥᎩᎪᎫᎬᎳᎷᎻ"
    "ᎽᏀᏂᏃᏏᏒᏔᏕᏙᏚᏞᏟᏢᏦᏧᏳᏴᐯᑌᑭᑯᑲᒍᒪᕁᕼᕽᖇᖯᖴᗅᗞᗪᗰᗷᴦⲂⲅⲎⲒⲓⲔⲘⲚⲞⲟⲢⲣⲤⲥⲦⲨⲩⲬⲽⳎⳏⳐⴸⴹⵏⵔⵕⵝꓐꓑꓒꓓꓔꓖꓗꓙꓚꓜꓝꓟꓠꓡꓢꓣꓦꓧꓪꓫꓬꓮꓰꓲꓳꓴ"
    "ꙇꭵꮁꮃꮓꮩꮪꮯ𐊂𐊆𐊇𐊊𐊐𐊒𐊕𐊖𐊗𐊠𐊡𐊢𐊥𐊫𐊰𐊱𐊲𐊴𐋏𐌁𐌂𐌉𐌑𐌕𐌗𐐄𐐕𐐛𐐠𐐬𐐽𐑈𐒴𐓂𐓎𐓪𐓶𐔓𐔖𐔘𐔜𐔝𐔥𐔦𐔧𑢠𑢢𑢣𑢤𑢦𑢩𑢮𑢲𑢵𑢸𑢼𑣀𑣁𑣂𑣃𑣄𑣈𑣗𑣘𑣜𖼈𖼊𖼖𖼨𖼵𖼺𖽀𖽂𖽃"
)
_LATIN_LIKE_CYRILLIC = "ABCEHKMOPTXYaceopxyis"
# Letters styled as mathematics or full width read as a word though no search finds them; one alone is a variable.
_STYLED_WORD = re.compile(
    "[\U0001d400-\U0001d6a5]{4}|[A-Za-z][\U0001d400-\U0001d6a5\uff21-\uff5a]|[\U0001d400-\U0001d6a5\uff21-\uff5a][A-Za-z]"
)
_BESIDE_LATIN = re.compile(f"[A-Za-z][{_LOOK_ALIKES}]|[{_LOOK_ALIKES}][A-Za-z]")
_IN_CYRILLIC = re.compile("[\u0400-\u04ff][A-Za-z]|[A-Za-z][\u0400-\u04ff]")
_WORD = re.compile(r"[^\W\d_]+")


def mixed_word(text: str) -> bool:
    """Whether some word of ``text`` mixes look-alike letters of two alphabets."""
    if _STYLED_WORD.search(text):
        return True
    if not (_BESIDE_LATIN.search(text) or _IN_CYRILLIC.search(text)):
        return False
    return any(_is_mixed(word) for word in _WORD.findall(text))


def _is_mixed(word: str) -> bool:
    foreign = [letter for letter in word if letter in _LOOK_ALIKES or "\u0370" <= letter <= "\u052f"]
    latin = [letter for letter in word if letter.isascii()]
    if not foreign or not latin:
        return False
    if all(letter in _LOOK_ALIKES for letter in foreign):
        return len(latin) > 1 or len(foreign) > 1  # two letters may be a symbol
    cyrillic = [letter for letter in foreign if letter >= "\u0400"]
    return len(cyrillic) > len(latin) and all(letter in _LATIN_LIKE_CYRILLIC for letter in latin)
