"""The second stage of the gate: offered records beside the whole commons and the tests of others. It warns and never refuses."""
