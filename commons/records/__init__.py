"""Records, links and questions: their columns, canonical bytes, ids, shards, and how foreign tables become rows.

The only room that knows ``pyarrow``. It knows nothing of policies, signatures or the Hub.
"""
