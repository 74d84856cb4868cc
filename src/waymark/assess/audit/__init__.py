"""The audit of questions: rules with bars, checked on drawn variants, on plain items and over a bank."""
