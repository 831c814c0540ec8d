"""Records, links and questions: their columns, canonical bytes, ids, shards, and how foreign tables become rows.

It knows nothing of policies, signatures or the Hub.
"""
