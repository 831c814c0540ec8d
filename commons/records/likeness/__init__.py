"""How alike two texts are by their words: what the gate compares offers by, and the index groups near-duplicates by."""
