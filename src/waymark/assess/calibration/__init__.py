"""From answers to item parameters: marginal maximum likelihood and empirical Bayes, one skill or many, and linking."""
