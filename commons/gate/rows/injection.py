"""Sentences that speak to a language model instead of a reader.

Patterns find the crude and the copied, and nothing else: an instruction can be put in ordinary words, and a text about attacks quotes
them. So this only warns, to make a person look; programs that feed records to a model must treat them as data whatever is said here.
What share is found is measured in ``scripts/bench/gate.md``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from commons.gate.findings import Finding

_RULES = "instructions?|prompts?|rules?|directions?|messages?|guidelines?|commands?"
_EARLIER = "previous|prior|above|earlier|preceding|following|foregoing|system|original|initial"
_VERBS = (
    "add|append|include|insert|integrate|incorporate|augment|enhance|embed|modify|replace|substitute|convert|render|misspell|jumble|"
    "scramble|rearrange|anagram|suggest|tease|introduce|provide|combine|reverse|translate|encode|write|use|remove|swap|shuffle|repeat"
)
_ANSWER = "response|reply|answer|message|output"
# For each way of speaking: literal parts, one of which stands in every match (most texts have none), and what makes it that way.
_WAYS = (
    (
        ("ignore", "disregard", "forget", "override", "bypass"),
        r"\b(?:ignore|disregard|forget|override|bypass)\b[^.\n]{0,30}\b(?:"
        rf"(?:{_EARLIER})\b[^.\n]{{0,30}}\b(?:{_RULES})"
        rf"|(?:{_RULES})\b[^.\n]{{0,20}}\b(?:before|above|earlier|given|got)"
        r"|everything (?:you|above|before))\b",
    ),
    (
        ("anything now", " mode", "-mode", "jailbr", "in character", "free generator"),
        r"\bdo anything now\b|\bfree generator\b|\bstay in character\b"
        r"|\b(?:dan|developer|debug|god|jailbreak|dude|stan)[ -]mode (?:enabled|activated|on\b)"
        r"|\bjailbr(?:eak|oken)\b[^.\n]{0,40}\b(?:prompt|mode|response|yourself)\b",
    ),
    (
        ("from now on", "hereafter", "starting now", "you are now", "you are going to"),
        r"\b(?:from now on,?|hereafter|starting now)\b[^.\n]{0,40}\byou(?:'re| are| will| must)\b"
        r"|\byou are (?:now|going to) (?:act|pretend|behave|respond|play|be)\b[^.\n]{0,80}"
        r"\b(?:ai|model|assistant|chatbot|chatgpt|gpt|unrestricted|unfiltered|without (?:any )?(?:restrictions|filters?))\b",
    ),
    (
        ("system prompt", "instructions", "instruction:", "previous conversation"),
        r"\b(?:reveal|print|repeat|show|output|leak|disclose|reply with|tell me)\b[^.\n]{0,30}\b(?:your|the|all) (?:[a-z]+ )?"
        r"(?:system prompt|hidden instructions|initial instructions|instructions above|previous conversation)\b|\bnew instructions?\s*:",
    ),
    (
        tuple(f"your {word}" for word in _ANSWER.split("|")),
        rf"\b(?:{_VERBS})\b(?:[^.\n]|\.(?=\w)){{0,90}}\b(?:in|to|of|from|into|within|with) your (?:{_ANSWER})\b"
        rf"|\b(?:modify|augment|enhance|provide|render|substitute|convert|encode|rearrange|scramble|translate|reverse|write) "
        rf"your (?:{_ANSWER})\b"
        rf"|\bin your (?:{_ANSWER}),? (?:suggest|tease|include|add|mention|recommend|use)\b",
    ),
    (
        ("stop everything", "just print", "just say", "just output"),
        r"\bstop everything\b|\b(?:nevermind|instead)\b[^\n]{0,30}\bjust (?:print|say|output)\b|\band just (?:print|say|output) [\"“']",
    ),
    (
        ("<|", "[inst", "[/inst", "<<sys", "system:"),
        r"<\|(?:im_start|im_end|system|user|assistant|endoftext|eot_id|start_header_id)\|>|\[/?inst\]|<<sys>>|(?:^|\n)\s*#+ ?system\s*:",
    ),
    (
        ("ignorier", "vergiss"),
        r"\b(?:ignoriere?n?|vergiss)\b[^.\n]{0,40}\b(?:anweisung|anleitung|instruktion)",
    ),
    (("ignore", "oublie"), r"\b(?:ignorez?|oubliez?)\b[^.\n]{0,40}\binstructions? (?:précédentes|ci-dessus)"),
    (("ignora", "olvida"), r"\b(?:ignora|olvida)\b[^.\n]{0,40}\b(?:instrucciones|istruzioni|instruções)\b"),
    (("игнорируй", "забудь"), r"\b(?:игнорируй|забудь)\w*[^.\n]{0,40}инструкц"),
    (
        ("忽略", "无视", "無視"),
        r"(?:忽略|无视|無視)[^。\n]{0,12}(?:指令|指示|说明|提示|命令)|(?:指示|命令)を(?:全て|すべて)?無視",
    ),
)
_COMPILED = tuple((markers, re.compile(pattern)) for markers, pattern in _WAYS)


def check(prose: str) -> Iterator[Finding]:
    """At most one finding."""
    lowered = prose.lower()
    if any(
        any(marker in lowered for marker in markers) and pattern.search(lowered)
        for markers, pattern in _COMPILED
    ):
        yield Finding("prompt-injection", "a sentence reads like an instruction to a language model")
