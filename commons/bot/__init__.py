"""The bot: keeps the gate's report under every open proposal, as one comment that it edits in place.

A door: it is told that something happened (``receiver``), or looks by itself every so often (``worker``), and calls the operation ``show``.
It keeps nothing of its own. What was checked, and who was answered, stands in the comments (``proposals.report_comment``), so it may be
killed, started twice, or told the same thing again, and the outcome is the same.

How to run one: OPERATING.md in this folder.
"""
