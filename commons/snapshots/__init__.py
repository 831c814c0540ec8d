"""A commons at one revision, read as a folder, wherever it comes from: a Hub or a plain copy."""
