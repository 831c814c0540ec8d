"""Text to unit vectors: what an embedder is, and the engines that do the arithmetic."""
