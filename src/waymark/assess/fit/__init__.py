"""Do models, people and times fit: item fit, dimensionality, local dependence, person fit, response times, options."""
