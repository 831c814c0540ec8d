"""The Hub as our operations see it: one dataset repository, its snapshots and its proposals.

The only room that knows ``huggingface_hub`` and ``datasets``; it turns their exceptions into ours and offers no more than the
operations ask for. Any server that speaks the Hub's protocol will do: huggingface.co, or the local Hub.
"""
