"""The adaptive sitting: banks, rules, posterior, choice of the next item, exposure, replay."""
