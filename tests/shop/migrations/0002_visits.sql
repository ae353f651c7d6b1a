-- Who looked at what.

CREATE TABLE visits (
    product_id bigint NOT NULL REFERENCES products (id),
    seen_at timestamptz NOT NULL DEFAULT now()
);
