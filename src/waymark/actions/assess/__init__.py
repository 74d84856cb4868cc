"""Use cases of assess: calibrate, score, look for DIF and misfit, predict, link, simulate."""
