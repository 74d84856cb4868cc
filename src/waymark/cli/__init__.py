"""The command line: parse, call one action, say the result."""
