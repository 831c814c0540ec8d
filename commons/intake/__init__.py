"""Foreign files to candidate rows: readers, columns and their mapping, and what becomes of each row. Nothing is guessed or lost."""
