-- A shop with several tenants, as its migrations have left it.

CREATE TYPE order_status AS ENUM ('pending', 'paid', 'shipped', 'delivered', 'cancelled');

CREATE TABLE countries (
    code char(2) PRIMARY KEY,
    name text NOT NULL
);

CREATE TABLE tenants (
    id bigint PRIMARY KEY,
    name text NOT NULL,
    created_at timestamptz NOT NULL
);

CREATE TABLE categories (
    id bigint PRIMARY KEY,
    parent_id bigint REFERENCES categories (id),
    name text NOT NULL,
    slug text NOT NULL UNIQUE,
    created_at timestamptz NOT NULL
);

CREATE TABLE customers (
    id bigint PRIMARY KEY,
    tenant_id bigint NOT NULL REFERENCES tenants (id),
    email text NOT NULL,
    phone text,
    full_name text NOT NULL,
    country_code char(2) NOT NULL REFERENCES countries (code),
    is_active boolean NOT NULL DEFAULT true,
    referrer_id bigint REFERENCES customers (id) ON DELETE SET NULL,
    created_at timestamptz NOT NULL,
    deleted_at timestamptz,
    UNIQUE (tenant_id, email)
);
CREATE INDEX customers_created_at_idx ON customers (created_at);

CREATE TABLE addresses (
    id bigint PRIMARY KEY,
    customer_id bigint NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
    city text NOT NULL,
    postcode text NOT NULL,
    is_default boolean NOT NULL
);

CREATE TABLE products (
    id bigint PRIMARY KEY,
    category_id bigint NOT NULL REFERENCES categories (id),
    sku text NOT NULL UNIQUE,
    name text NOT NULL,
    price numeric(10, 2) NOT NULL,
    stock integer NOT NULL,
    attributes jsonb NOT NULL,
    tags text[] NOT NULL,
    discontinued_at timestamptz,
    created_at timestamptz NOT NULL
);
CREATE INDEX products_category_id_price_idx ON products (category_id, price);

CREATE TABLE orders (
    id bigint PRIMARY KEY,
    tenant_id bigint NOT NULL REFERENCES tenants (id),
    customer_id bigint NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
    number text NOT NULL,
    status order_status NOT NULL,
    total numeric(10, 2) NOT NULL,
    notes text,
    placed_at timestamp NOT NULL,
    created_at timestamptz NOT NULL,
    shipped_at timestamptz
);
CREATE INDEX orders_customer_id_idx ON orders (customer_id);
CREATE INDEX orders_pending_idx ON orders (created_at) WHERE status = 'pending';

CREATE TABLE order_items (
    id bigint PRIMARY KEY,
    order_id bigint NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
    product_id bigint NOT NULL REFERENCES products (id),
    quantity integer NOT NULL,
    price numeric(10, 2) NOT NULL
);
CREATE INDEX order_items_product_id_idx ON order_items (product_id) INCLUDE (quantity);

CREATE TABLE payments (
    id bigint PRIMARY KEY,
    order_id bigint NOT NULL REFERENCES orders (id),
    provider text NOT NULL,
    external_id text NOT NULL,
    amount numeric(10, 2) NOT NULL,
    state text NOT NULL CHECK (state IN ('authorized', 'captured', 'refunded', 'disputed')),
    captured_at timestamptz
);
CREATE INDEX payments_order_id_idx ON payments USING hash (order_id);

CREATE TABLE events (
    id bigint PRIMARY KEY,
    tenant_id bigint NOT NULL,
    kind text NOT NULL,
    session_id uuid NOT NULL,
    payload jsonb NOT NULL,
    occurred_at timestamptz NOT NULL
);
CREATE INDEX events_tenant_id_occurred_at_idx ON events (tenant_id, occurred_at);
CREATE INDEX events_payload_idx ON events USING gin (payload jsonb_path_ops);

CREATE TABLE sessions (
    id uuid PRIMARY KEY,
    customer_id bigint NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
    token_hash text NOT NULL,
    user_agent text,
    last_seen_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX sessions_customer_id_last_seen_at_idx ON sessions (customer_id, last_seen_at DESC);

CREATE TABLE messages (
    id bigint PRIMARY KEY,
    thread_id bigint NOT NULL,
    sender_id bigint NOT NULL REFERENCES customers (id),
    subject text NOT NULL,
    body text NOT NULL,
    is_read boolean NOT NULL,
    sent_at timestamptz NOT NULL
);
CREATE INDEX messages_thread_id_sent_at_idx ON messages (thread_id, sent_at);
CREATE INDEX messages_unread_idx ON messages (sender_id) WHERE is_read = false;

CREATE TABLE jobs (
    id bigint PRIMARY KEY,
    queue text NOT NULL,
    state text NOT NULL,
    priority integer NOT NULL,
    run_at timestamptz NOT NULL,
    locked_by text,
    finished_at timestamptz
);

CREATE TABLE documents (
    id bigint PRIMARY KEY,
    tenant_id bigint NOT NULL REFERENCES tenants (id),
    slug text NOT NULL,
    title text NOT NULL,
    body text NOT NULL,
    labels text[] NOT NULL,
    search tsvector NOT NULL,
    updated_at timestamptz NOT NULL,
    archived_at timestamptz
);
CREATE UNIQUE INDEX documents_slug_key ON documents (lower(slug));
CREATE INDEX documents_labels_idx ON documents USING gin (labels);
CREATE INDEX documents_title_trgm_idx ON documents USING gin (title gin_trgm_ops);

CREATE TABLE audit_log (
    id bigint PRIMARY KEY,
    actor_id bigint NOT NULL,
    entity text NOT NULL,
    entity_id bigint NOT NULL,
    action text NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE INDEX audit_log_entity_idx ON audit_log (entity, entity_id, created_at);

CREATE TABLE reviews (
    id bigint PRIMARY KEY,
    product_id bigint NOT NULL REFERENCES products (id),
    customer_id bigint NOT NULL REFERENCES customers (id),
    rating smallint NOT NULL,
    body text,
    created_at timestamptz NOT NULL,
    UNIQUE (customer_id, product_id)
);

CREATE VIEW live_customers AS SELECT * FROM customers WHERE deleted_at IS NULL;
