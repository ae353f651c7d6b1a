"""What the rules know: their cards, and what libraries do."""
