"""Difficulty explained: features, template residuals, and priors before there are answers."""
