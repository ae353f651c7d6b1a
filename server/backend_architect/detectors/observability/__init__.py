"""Rules of the family observability."""
