"""The gate: what a contribution must be, examined from cheap to dear, and the report that says so.

* ``examine`` runs all checks on what is offered, ``child_process`` does so in a sandbox;
* ``rows`` has one file a subject that a row is read for, ``comparison`` reads rows beside the whole commons;
* ``findings`` and ``report`` are what comes out, with their stable codes (CODES.md), ``commons_state`` is what the commons holds already.
"""
