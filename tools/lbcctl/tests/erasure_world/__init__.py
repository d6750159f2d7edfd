"""People who left traces everywhere, for the tests of erasure."""
