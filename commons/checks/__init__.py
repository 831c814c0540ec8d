"""The gate: what a contribution must be before a person is asked to read it.

A check looks at bytes or rows and yields findings; it never repairs. ``gate.examine`` runs them all, cheap to dear, and the same
code serves ``commons check``, ``commons contribute``, the maintainer's commands and the landing.
"""
