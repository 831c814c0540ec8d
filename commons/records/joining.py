"""What cannot be seen and is needed all the same: joiners between letters and pictures, selectors after what takes one, number signs.

    JOINER_IN_PLACE.sub("", text)      without the joiners that shape something; those that remain are strays

Sources: Unicode 17 core specification, chapter 23; UAX #31 section 2.3 (joiners); UTS #51 (emoji).
"""

from __future__ import annotations

import re

JOINERS = "\u200c\u200d"
# Format characters by category that show themselves: number signs of Arabic and Syriac.
NUMBER_SIGNS = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2")
# Letters that join or stack (Arabic to N'Ko; Indic to Myanmar, Khmer, Mongolian and others), which the two joiners shape.
_JOINING = (
    "[\u0600-\u085f\u08a0-\u0fff\u1000-\u109f\u1700-\u1aaf\u1b00-\u1bff\u1cd0-\u1cff\ua800-\ua8ff\ua980-\ua9ff"
    "\uaa60-\uaaff\uabc0-\uabff\ufb50-\ufdff\ufe70-\ufefc\U00010a00-\U00010aff\U00011000-\U00011fff]"
)
_PICTURE = "[\u00a9\u00ae\u203c-\u3299\U0001f000-\U0001faff\U0001fc00-\U0001fffd\ufe0f]"
JOINER_IN_PLACE = re.compile(
    f"(?:(?<={_JOINING})[{JOINERS}]|[{JOINERS}](?={_JOINING})|(?<={_PICTURE})\u200d(?={_PICTURE}))"
)
SELECTORS = re.compile("[\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]+")
SELECTED = re.compile(
    "(?:"
    "[#*0-9\u00a9\u00ae\u203c-\u3299\U0001f000-\U0001faff][\ufe0e\ufe0f]"  # text or picture
    "|[\u1800-\u18af][\u180b-\u180d\u180f]"  # Mongolian
    "|[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003fffd][\ufe00-\ufe02\U000e0100-\U000e01ef]"  # ideographs
    "|[\u0030\u1000-\u109f\u2018-\u2bff\u3001\u3002\uaa60-\uaa7f\uff01-\uff1f\ua840-\ua87f\U00010ac0-\U00010aff][\ufe00-\ufe03]"
    ")"
)
