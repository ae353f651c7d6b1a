"""Which index a query lacks: from the schema and the shapes of queries, without a database."""
