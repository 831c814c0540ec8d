"""Retrievers for the frameworks that agents are built with, each an extra of its own; ``RECIPES.md`` here has those that need no code."""
