"""From answers and item parameters to abilities: likelihoods, posteriors, scores, levels, predictions."""
