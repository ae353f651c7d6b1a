-- Rows as they come in use: few of the old states, many customers with few orders, and time that goes on.

SELECT setseed(0.5);

INSERT INTO countries SELECT chr(65 + n / 20) || chr(65 + n % 20), 'country ' || n FROM generate_series(0, 199) n;
INSERT INTO tenants SELECT n, 'tenant ' || n, now() - n * interval '1 day' FROM generate_series(1, 200) n;
INSERT INTO categories
SELECT n, CASE WHEN n > 20 THEN n % 20 + 1 END, 'category ' || n, 'category-' || n, now() FROM generate_series(1, 400) n;

INSERT INTO customers
SELECT n, n % 200 + 1, 'user' || n || '@example.com', '+49' || (n * 7919 % 900000000), md5(n::text) || ' ' || n,
    chr(65 + n % 200 / 20) || chr(65 + n % 20), n % 20 <> 0, CASE WHEN n % 3 = 0 THEN (n * 31) % 100000 + 1 END,
    now() - (100000 - n) * interval '15 minutes', CASE WHEN n % 25 = 0 THEN now() END
FROM generate_series(1, 100000) n;

INSERT INTO addresses
SELECT n, (n * 13) % 100000 + 1, 'city ' || (n * 17 % 5000), lpad((n * 37 % 90000)::text, 5, '0'), n % 2 = 0
FROM generate_series(1, 120000) n;

INSERT INTO products
SELECT n, n % 400 + 1, 'SKU-' || n, md5((n * 3)::text) || ' product ' || n, (n * 7 % 100000) / 100.0, n * 11 % 500,
    jsonb_build_object('color', n % 12, 'ean', (4000000000000 + n)::text, 'brand', 'brand ' || n % 3000),
    ARRAY['tag' || n % 2000, 'rare' || n % 9973], CASE WHEN n % 10 = 0 THEN now() END,
    now() - n * interval '10 minutes'
FROM generate_series(1, 100000) n;

INSERT INTO orders
SELECT n, n % 200 + 1, (n * 7) % 100000 + 1, 'ORD-' || n,
    CASE WHEN n > 199000 THEN 'pending' WHEN n % 50 = 0 THEN 'cancelled' WHEN n % 3 = 0 THEN 'shipped' ELSE 'delivered' END::order_status,
    (n * 13 % 50000) / 100.0, 'note ' || n, now() - (200000 - n) * interval '5 minutes',
    now() - (200000 - n) * interval '5 minutes', CASE WHEN n <= 199800 THEN now() - (200000 - n) * interval '4 minutes' END
FROM generate_series(1, 200000) n;

INSERT INTO order_items
SELECT n, (n * 3) % 200000 + 1, (n * 7) % 100000 + 1, n % 5 + 1, (n % 10000) / 100.0 FROM generate_series(1, 400000) n;

INSERT INTO payments
SELECT n, n, (ARRAY['card', 'bank', 'wallet'])[n % 3 + 1], 'pay_' || md5(n::text), (n % 50000) / 100.0,
    CASE WHEN n % 2000 = 0 THEN 'disputed' WHEN n % 30 = 0 THEN 'refunded' ELSE 'captured' END, now() - (200000 - n) * interval '5 minutes'
FROM generate_series(1, 200000) n;

INSERT INTO events
SELECT n, n % 200 + 1, 'kind ' || n % 15, md5((n % 60000)::text)::uuid,
    jsonb_build_object('user', n % 50000, 'order_ref', 'R' || n % 100000, 'ok', n % 9 <> 0),
    now() - (250000 - n) * interval '1 minute'
FROM generate_series(1, 250000) n;

INSERT INTO sessions
SELECT md5('s' || n)::uuid, (n * 11) % 100000 + 1, md5('t' || n), 'agent ' || n % 40, now() - n * interval '1 minute',
    now() + (n - 400) * interval '1 minute'
FROM generate_series(1, 120000) n;

INSERT INTO messages
SELECT n, n % 30000, (n * 3) % 100000 + 1, 'subject ' || md5((n % 40000)::text), md5(n::text) || ' ' || md5((n + 1)::text),
    n % 40 <> 0, now() - (120000 - n) * interval '3 minutes'
FROM generate_series(1, 120000) n;

INSERT INTO jobs
SELECT n, 'queue ' || n % 5, CASE WHEN n > 149500 THEN 'queued' WHEN n % 100 = 0 THEN 'failed' ELSE 'done' END, n % 3,
    now() - (150000 - n) * interval '2 minutes', CASE WHEN n > 149990 THEN 'worker ' || n END,
    CASE WHEN n <= 149500 THEN now() END
FROM generate_series(1, 150000) n;

INSERT INTO documents
SELECT n, n % 200 + 1, 'Doc-' || n, md5((n * 5)::text) || ' title ' || n, md5((n * 9)::text) || ' word' || n % 3000,
    ARRAY['label' || n % 2500], to_tsvector('english', 'word' || n % 3000 || ' other' || n % 70),
    now() - (100000 - n) * interval '10 minutes', CASE WHEN n % 8 = 0 THEN now() END
FROM generate_series(1, 100000) n;

INSERT INTO audit_log
SELECT n, n * 7 % 4000, (ARRAY['order', 'customer', 'product'])[n % 3 + 1], n % 60000, 'action ' || n % 6,
    now() - (200000 - n) * interval '5 minutes'
FROM generate_series(1, 200000) n;

INSERT INTO reviews
SELECT n, n * 3 % 100000 + 1, n, n % 5 + 1, 'text ' || n, now() - (100000 - n) * interval '15 minutes'
FROM generate_series(1, 100000) n;
