"""Made-up people sent through a bank and its rules, and what the runs add up to."""
