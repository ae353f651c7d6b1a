"""Rules of the family database."""
