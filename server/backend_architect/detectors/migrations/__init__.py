"""Rules of the family migrations."""
