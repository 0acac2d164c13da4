"""Who is served when not all can be: API Priority and Fairness, and plain limits where it is switched off."""
