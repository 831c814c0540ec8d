"""Markup in a text: HTML where plain words are expected, and HTML that would act if a page ever forgot to escape it.

Both warn. Texts about the web quote tags, so a refusal would be wrong; every page of ours escapes what it shows, so nothing depends on
this check. What stands in Markdown code (fences, indented blocks, backticks) is quoted, and not looked at. Tags are told by a pattern:
a parser such as ``nh3`` repairs what it reads, and then cannot say what stood there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from commons.gate.findings import Finding

_CODE = re.compile(
    r"^(`{3,}|~{3,})[\s\S]*?(?:^\1|\Z)|^(?: {4}|\t).*$|(`+)(?!`)[\s\S]*?(?<!`)\2(?!`)", re.MULTILINE
)
_TAG = re.compile(
    r"</?(?:a|abbr|article|aside|audio|b|big|blockquote|body|br|button|caption|center|cite|code|col|dd|del|details|div|dl|dt|em|"
    r"figcaption|figure|font|footer|form|h[1-6]|head|header|hr|html|i|img|input|ins|kbd|label|li|main|mark|nav|ol|option|p|pre|q|s|"
    r"section|select|small|source|span|strike|strong|style|sub|summary|sup|svg|table|tbody|td|textarea|tfoot|th|thead|title|tr|tt|u|"
    r"ul|video)(?:\s[^<>]*|/)?>|&(?:nbsp|amp|lt|gt|quot|apos|[mn]dash|hellip|[lr][sd]quo|#\d{2,6}|#x[0-9a-f]{2,5});",
    re.IGNORECASE,
)
_ACTIVE = re.compile(
    r"<(?:script|iframe|object|embed|applet|meta|link|base|frame|frameset)\b[^<>]*>"
    r"|<[a-z][^<>]*\son[a-z]{3,24}\s*=[^<>]*>"
    r"|<[a-z][^<>]*\b(?:href|src|action|formaction|data|srcdoc)\s*=\s*[\"']?\s*(?:javascript|vbscript|data\s*:\s*text/html)\b"
    r"|\]\(\s*<?(?:javascript|vbscript)\s*:",
    re.IGNORECASE,
)


def check(prose: str) -> Iterator[Finding]:
    """At most one finding: what could act is said, or else that there is markup."""
    if not ("<" in prose or "&" in prose or "](" in prose):
        return
    words = _CODE.sub(" ", prose)
    if _ACTIVE.search(words):
        yield Finding(
            "active-markup",
            "it holds HTML that could act in a page: a script, a frame, a handler or a script address",
        )
    elif _TAG.search(words):
        yield Finding("markup", "it holds HTML tags or entities outside of code")
