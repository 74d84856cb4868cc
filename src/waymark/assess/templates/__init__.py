"""Templates of questions: reading them, drawing variants, the second route to the key, marking of answers."""
