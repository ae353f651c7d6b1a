"""Where programs load the rows of relationships one by one, and how one query loads them together."""
