"""Signatures and the append-only log: who said what, and proof that nobody rewrote it.

Formats are other people's (in-toto, DSSE, RFC 8785, RFC 6962, C2SP) so that other people's tools can check ours; cryptography is
always a library's. Pure functions over bytes; storage and the Hub live elsewhere.
"""
