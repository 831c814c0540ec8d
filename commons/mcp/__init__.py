"""The commons for agents: a server of the Model Context Protocol, over stdio and over streamable HTTP.

A door: each tool (``tools``) calls one operation and hands on its evidence packet, made to fit a budget of tokens. Nothing is written, and
nothing of a record ever stands in a name, a description, a schema or an error: only in fields of results, as data.

How to connect a client: INSTALL.md in this folder; what an agent should know of it: skill/SKILL.md.
"""
