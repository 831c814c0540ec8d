"""The gate: what a contribution must be before a person is asked to read it.

A check looks at bytes or rows and yields findings; it never repairs. ``gate.examine`` runs them all, cheap to dear, and the same
code serves ``commons check``, ``commons contribute``, the maintainer's commands and the landing. What only the whole commons can tell comes
from a second stage, ``comparison.compare``, which reads the rows that passed and warns without ever refusing.

A row is read by ``rows`` (types, bounds), which asks a file for each subject: ``characters`` and ``look_alikes``, ``licensing``,
``sources``, and through ``prose`` ``markup``, ``mojibake``, ``credentials``, ``identifiers``, ``personal_data``, ``injection`` and
``language``. What is certain and does harm refuses; what a person must decide warns.

Why these libraries. All work offline, none is imported before a row asks for it, and each is asked only what it knows better than we:

* ``langcodes`` (MIT): the registry behind BCP 47 tags. ``license-expression`` (Apache-2.0): the closed list of SPDX ids.
* ``ftfy`` (Apache-2.0): which sequences only arise from a wrong decoding. As a detector; it repairs nothing here.
* ``detect-secrets`` (Apache-2.0): detectors for credentials with a grammar of their own, called without their look-ups.
* ``email-validator`` (Unlicense; brings ``dnspython``, ISC, unused): the grammar of addresses, without asking whether they are delivered.
* ``phonenumbers`` (Apache-2.0): the numbering plan of every country, and which numbers are toll-free.
* ``python-stdnum`` (LGPL-2.1-or-later): structure and check digits of bank accounts and national ids.
* ``rensa`` (MIT) and ``numpy`` (BSD-3-Clause): signatures of texts, for ``sketches``.
* ``py3langid`` (BSD-3-Clause; needs ``numpy``): languages from a small model that comes with it.

``nh3`` would clean HTML but not say what stood there, so markup is told by patterns.
"""
