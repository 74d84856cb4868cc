"""Differential item functioning: Mantel-Haenszel and logistic regression with effect classes."""
