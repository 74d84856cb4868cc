"""Item parameters that learn while people sit: updates, re-anchoring, monitors, ledgers."""
