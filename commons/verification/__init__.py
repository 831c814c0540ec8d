"""Verification: what a copy of a commons claims, step by step, each against what was signed. ``operations.verify`` takes the steps."""
