"""Tests of the local Hub, all against the real server over HTTP."""
