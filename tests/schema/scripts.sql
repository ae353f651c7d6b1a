-- Scripts whose schema PostgreSQL and the reader must agree on. Each begins with a line of its own.

-- script: inline constraints
CREATE TABLE customers (
    id bigserial PRIMARY KEY,
    email varchar(254) NOT NULL UNIQUE,
    nick character varying,
    "Full Name" text,
    balance decimal(12, 2) DEFAULT 0.00 NOT NULL CHECK (balance >= 0),
    rate float8, small float4, f24 float(24), f53 float(53), plain float,
    born date, seen timestamptz DEFAULT now(), local timestamp(3) without time zone,
    zone time with time zone, code char(3), letter char, bits bit(8), varied bit varying(16),
    data jsonb DEFAULT '{}'::jsonb NOT NULL, tags text[] DEFAULT array[]::text[] NOT NULL, grid int4[][], raw bytea,
    ip inet, ok bool DEFAULT true, span interval, day interval day to second, money_ money, uid uuid DEFAULT gen_random_uuid()
);

-- script: table constraints and actions
CREATE TABLE parents (a int, b int, c int UNIQUE, PRIMARY KEY (a, b), CONSTRAINT c_positive CHECK (c > 0 AND a > b));
CREATE TABLE children (
    id int GENERATED ALWAYS AS IDENTITY,
    a integer, b integer, c integer REFERENCES parents (c) ON DELETE SET NULL ON UPDATE CASCADE,
    FOREIGN KEY (a, b) REFERENCES parents ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT again FOREIGN KEY (a, b) REFERENCES parents (a, b) MATCH FULL ON DELETE RESTRICT ON UPDATE SET DEFAULT,
    UNIQUE (a, c), UNIQUE (b) INCLUDE (c), CHECK (a <> b), CHECK (a > 0)
);

-- script: several actions in one statement
CREATE TABLE t (id int, a int, b text, c varchar(10));
ALTER TABLE t
    ADD COLUMN d numeric(10,2) DEFAULT 1.5 NOT NULL,
    ADD e timestamptz,
    DROP COLUMN b,
    ALTER COLUMN c TYPE text USING c::text,
    ALTER a SET DEFAULT 5,
    ALTER COLUMN a SET NOT NULL,
    ADD PRIMARY KEY (id),
    ADD CONSTRAINT t_c UNIQUE (c),
    ADD CONSTRAINT positive CHECK (a > 0) NOT VALID;
ALTER TABLE IF EXISTS ONLY public.t VALIDATE CONSTRAINT positive;

-- script: renames
CREATE TABLE orders (id serial PRIMARY KEY, state text CHECK (state IN ('state', 'paid')), at timestamptz);
CREATE TABLE lines (order_id int REFERENCES orders, price int);
CREATE INDEX orders_state ON orders (state, lower(state)) WHERE state = 'state' AND at IS NOT NULL;
ALTER TABLE orders RENAME COLUMN state TO "Status";
ALTER TABLE orders RENAME at TO placed_at;
ALTER TABLE orders RENAME TO purchases;
ALTER INDEX orders_state RENAME TO purchases_status;
ALTER TABLE purchases RENAME CONSTRAINT orders_pkey TO purchases_key;
ALTER TABLE lines RENAME CONSTRAINT lines_order_id_fkey TO to_purchase;
ALTER TABLE lines RENAME order_id TO purchase_id;

-- script: names that PostgreSQL chooses
CREATE TABLE things (a int, b text, c jsonb, d date);
CREATE INDEX ON things (a);
CREATE INDEX ON things (a);
CREATE INDEX ON things (a, b DESC);
CREATE INDEX ON things (lower(b));
CREATE INDEX ON things ((c ->> 'x'));
CREATE INDEX ON things ((a + 1), (a + 2), lower(b), upper(b));
CREATE INDEX ON things (date_trunc('day', d::timestamp));
CREATE INDEX ON things ((b::varchar(3)));
CREATE INDEX ON things (coalesce(b, 'x'));
CREATE UNIQUE INDEX ON things (d);
CREATE TABLE a_table_with_a_name_that_is_really_very_long_indeed (a_column_with_a_name_that_is_long_as_well int UNIQUE,
    another_column_with_a_name_that_is_long int);
CREATE INDEX ON a_table_with_a_name_that_is_really_very_long_indeed (a_column_with_a_name_that_is_long_as_well, another_column_with_a_name_that_is_long);

-- script: dropping what PostgreSQL named
CREATE TABLE orders (id int PRIMARY KEY, email text UNIQUE, a int, b int REFERENCES orders, CHECK (a > 0), UNIQUE (a, b));
CREATE INDEX ON orders (a, b);
CREATE INDEX ON orders (b);
ALTER TABLE orders DROP CONSTRAINT orders_email_key;
ALTER TABLE orders DROP CONSTRAINT IF EXISTS orders_b_fkey, DROP CONSTRAINT orders_a_check;
DROP INDEX orders_a_b_idx, orders_b_idx;
ALTER TABLE orders DROP CONSTRAINT orders_pkey CASCADE;

-- script: everything about indexes
CREATE TABLE t (a int, b text, c text COLLATE "C", d jsonb, e int[], f timestamptz, "G h" text);
CREATE INDEX CONCURRENTLY i1 ON t (a DESC NULLS LAST, b ASC NULLS FIRST, f DESC);
CREATE UNIQUE INDEX IF NOT EXISTS i2 ON public.t USING btree (lower(b) text_pattern_ops, a) INCLUDE (c, f) WITH (fillfactor = 70) WHERE a > 0;
CREATE INDEX IF NOT EXISTS i2 ON t (f);
CREATE INDEX i3 ON t USING gin (d jsonb_path_ops);
CREATE INDEX i4 ON t USING gin (e, d);
CREATE INDEX i5 ON t USING hash (b);
CREATE INDEX i6 ON t USING brin (f timestamptz_minmax_multi_ops(values_per_range = 16)) WITH (pages_per_range = 32);
CREATE INDEX i7 ON t (b COLLATE "C" text_pattern_ops DESC, c COLLATE "POSIX");
CREATE UNIQUE INDEX i8 ON t (a, b) NULLS NOT DISTINCT WHERE (f IS NOT NULL);
CREATE INDEX i9 ON t ("G h", (d -> 'a' ->> 'b'), ((e)[1]), pg_catalog.upper("G h")) TABLESPACE pg_default WHERE a IN (1, 2) OR "G h" LIKE 'a%';
CREATE INDEX i10 ON t ((a)) WHERE NOT (a = ANY (ARRAY[1, 2])) AND b ~* '^x' AND d @> '{"a": 1}' AND d ? 'k';
CREATE INDEX i11 ON t USING gin (to_tsvector('english', coalesce(b, '') || ' ' || coalesce(c, '')));
CREATE INDEX i12 ON t (CAST(d ->> 'n' AS int), (CASE WHEN a > 0 THEN 1 ELSE 2 END), extract(year FROM f AT TIME ZONE 'UTC'));

-- script: using index
CREATE TABLE t (id int NOT NULL, b text);
CREATE UNIQUE INDEX CONCURRENTLY t_id ON t (id);
CREATE UNIQUE INDEX t_b ON t (b);
ALTER TABLE t ADD CONSTRAINT t_pk PRIMARY KEY USING INDEX t_id, ADD UNIQUE USING INDEX t_b;

-- script: not valid and validated
CREATE TABLE p (id int PRIMARY KEY);
CREATE TABLE c (p_id int, n int);
ALTER TABLE c ADD CONSTRAINT a FOREIGN KEY (p_id) REFERENCES p (id) ON DELETE SET NULL (p_id) NOT VALID;
ALTER TABLE c ADD CONSTRAINT b FOREIGN KEY (p_id) REFERENCES p NOT VALID, ADD CONSTRAINT n0 CHECK (n > 0) NOT VALID, ADD CONSTRAINT n1 CHECK (n < 9) NO INHERIT;
ALTER TABLE c VALIDATE CONSTRAINT b;
ALTER TABLE c DROP CONSTRAINT a;
ALTER TABLE c DROP CONSTRAINT n1;

-- script: identity and generated columns
CREATE TABLE t (
    id bigint GENERATED BY DEFAULT AS IDENTITY (START WITH 10 INCREMENT BY 2) PRIMARY KEY,
    price int NOT NULL, amount int NOT NULL,
    total int GENERATED ALWAYS AS (price * amount) STORED,
    other int GENERATED ALWAYS AS (price + 1) STORED NOT NULL,
    n int NOT NULL, m int GENERATED ALWAYS AS IDENTITY
);
ALTER TABLE t ALTER COLUMN n ADD GENERATED ALWAYS AS IDENTITY, ALTER m DROP IDENTITY IF EXISTS, ALTER COLUMN other DROP EXPRESSION;

-- script: enumerated types
CREATE TYPE mood AS ENUM ('sad', 'it''s ok', 'happy');
CREATE TYPE "Role" AS ENUM ('Admin', 'User');
CREATE TYPE empty_ AS ENUM ();
CREATE TABLE people (name text, m mood DEFAULT 'sad'::mood NOT NULL, r "Role" DEFAULT 'User', moods mood[]);
ALTER TYPE mood ADD VALUE IF NOT EXISTS 'angry' BEFORE 'sad';
ALTER TYPE mood ADD VALUE 'mad' AFTER 'angry';
ALTER TYPE mood ADD VALUE IF NOT EXISTS 'happy';
ALTER TYPE mood RENAME VALUE 'happy' TO 'glad';
ALTER TYPE mood RENAME TO feeling;
DROP TYPE IF EXISTS empty_;

-- script: guarded blocks
DO $$ BEGIN
    CREATE TYPE state AS ENUM ('new', 'paid');
EXCEPTION
    WHEN duplicate_object THEN null;
END $$;
DO $do$
DECLARE
    n int;
BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_type WHERE typname = 'kind;THEN') THEN
        CREATE TYPE kind AS ENUM ('a', 'b');
    END IF;
    -- a comment; with a semicolon
    CREATE TABLE IF NOT EXISTS items (id int PRIMARY KEY, s state, k kind);
    ALTER TABLE items ADD CONSTRAINT items_self FOREIGN KEY (id) REFERENCES items (id);
END
$do$;

-- script: like
CREATE TABLE a (id int PRIMARY KEY, b text DEFAULT 'x' NOT NULL UNIQUE, c int CHECK (c > 0), d int GENERATED ALWAYS AS IDENTITY);
CREATE INDEX a_c ON a (c) WHERE b <> 'y';
CREATE TABLE plain (LIKE a);
CREATE TABLE full_ (x int, LIKE a INCLUDING ALL, y int, UNIQUE (x, y));
CREATE TABLE part (LIKE a INCLUDING DEFAULTS INCLUDING CONSTRAINTS);
CREATE TABLE but (LIKE a INCLUDING ALL EXCLUDING INDEXES);

-- script: inheritance
CREATE TABLE base (id int NOT NULL, b text DEFAULT 'x', CHECK (id > 0));
CREATE TABLE derived (c int) INHERITS (base);

-- script: partitions
CREATE TABLE events (id bigint NOT NULL, at timestamptz NOT NULL, kind text DEFAULT 'k', PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE events_rest PARTITION OF events DEFAULT;
CREATE INDEX ON events (kind);
ALTER TABLE events ADD COLUMN user_id int NOT NULL DEFAULT 0;
CREATE INDEX events_user ON events (user_id, at DESC);
CREATE INDEX only_here ON ONLY events (lower(kind));
DROP INDEX events_kind_idx;
ALTER TABLE events RENAME COLUMN kind TO sort;
CREATE TABLE events_2025 (LIKE events INCLUDING DEFAULTS);
ALTER TABLE events ATTACH PARTITION events_2025 FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
ALTER TABLE events DROP COLUMN sort;

-- script: nested partitions
CREATE TABLE m (region text, day date, n int) PARTITION BY LIST (region);
CREATE TABLE m_eu PARTITION OF m FOR VALUES IN ('eu', 'uk') PARTITION BY HASH (day);
CREATE TABLE m_eu_0 PARTITION OF m_eu FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE m_eu_1 PARTITION OF m_eu FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE INDEX m_n ON m (n);
ALTER TABLE m ALTER n TYPE bigint;

-- script: views
CREATE TABLE t (id int PRIMARY KEY, name text);
CREATE VIEW v AS SELECT id, name FROM t WHERE id > 0;
CREATE OR REPLACE VIEW v AS SELECT id, name FROM t WHERE id > 1;
CREATE MATERIALIZED VIEW IF NOT EXISTS mv AS SELECT name, count(*) AS n FROM t GROUP BY name WITH NO DATA;
CREATE UNIQUE INDEX mv_name ON mv (name);
CREATE RECURSIVE VIEW numbers (n) AS VALUES (1) UNION ALL SELECT n + 1 FROM numbers WHERE n < 3;
DROP VIEW numbers;
CREATE VIEW gone AS SELECT 1 AS one;
ALTER VIEW gone RENAME TO going;
DROP VIEW IF EXISTS going, never CASCADE;
CREATE MATERIALIZED VIEW old AS SELECT 1 AS one;
CREATE INDEX old_one ON old (one);
DROP MATERIALIZED VIEW old;

-- script: schemas
CREATE SCHEMA billing;
CREATE SCHEMA IF NOT EXISTS "Old";
CREATE TYPE billing.state AS ENUM ('open');
CREATE TABLE billing.invoices (id int PRIMARY KEY, s billing.state DEFAULT 'open'::billing.state);
CREATE TABLE public.invoices (id int PRIMARY KEY, of int REFERENCES billing.invoices (id) ON DELETE CASCADE);
CREATE TABLE "Old".things (id int);
CREATE INDEX things_id ON "Old".things (id);
CREATE INDEX billing_s ON billing.invoices (s);
CREATE INDEX public_of ON invoices (of);
DROP INDEX billing.billing_s;
ALTER TABLE "Old".things SET SCHEMA billing;
ALTER TABLE billing.things RENAME TO stuff;

-- script: the search path
CREATE SCHEMA app;
SET search_path TO app, public;
CREATE TYPE mood AS ENUM ('a', 'b');
CREATE TABLE t (id int PRIMARY KEY, a text, m mood NOT NULL);
CREATE TABLE u (t_id int REFERENCES t ON DELETE CASCADE);
CREATE INDEX t_a ON t (a);
ALTER TABLE t ADD b int;
CREATE TABLE public.here (id int);
SET search_path = public;
CREATE TABLE there (id int);

-- script: a schema that goes
CREATE SCHEMA tmp;
CREATE TABLE tmp.a (id int);
CREATE TABLE kept (id int);
DROP SCHEMA IF EXISTS tmp CASCADE;

-- script: drops that take others along
CREATE TABLE a (id int PRIMARY KEY, x int, y int UNIQUE, z int, CHECK (x > z));
CREATE TABLE b (a_id int REFERENCES a, y int REFERENCES a (y), n int);
CREATE TABLE c (b int);
CREATE INDEX a_x ON a (y, x);
CREATE INDEX a_z ON a (lower(z::text));
CREATE INDEX a_w ON a (y) WHERE x > 0;
CREATE INDEX a_i ON a (y) INCLUDE (x);
ALTER TABLE a DROP COLUMN x, DROP COLUMN IF EXISTS nothing;
ALTER TABLE a DROP y CASCADE;
DROP TABLE IF EXISTS c, d CASCADE;

-- script: a table that goes and comes back
CREATE TABLE t (id int PRIMARY KEY);
CREATE TABLE u (t int REFERENCES t);
DROP TABLE t CASCADE;
CREATE TABLE t (code text PRIMARY KEY);
CREATE TABLE IF NOT EXISTS t (nothing int);

-- script: primary key and unique on the same columns
CREATE TABLE t (id int UNIQUE PRIMARY KEY, a int UNIQUE, UNIQUE (a), b int, CONSTRAINT named UNIQUE (b), UNIQUE (b));

-- script: exclusion
CREATE TABLE bookings (
    room int, during tstzrange, note text,
    EXCLUDE USING gist (during WITH &&) WHERE (note IS NOT NULL),
    CONSTRAINT one_room EXCLUDE USING btree (room WITH =, (lower(note)) WITH =)
);
ALTER TABLE bookings ADD EXCLUDE (note WITH =);

-- script: quotes, comments and dollars
CREATE TABLE "select" ("from" int, "Group" text DEFAULT 'a;b -- c', "with ""quotes""" int, -- ); DROP TABLE "select";
    /* a /* nested */ comment, with comma */ doc text DEFAULT $tag$it's; $$ $tag$, e text DEFAULT E'\'\n', u text DEFAULT 'x' /* ) */);
CREATE INDEX "Index Name" ON "select" ("Group", "with ""quotes""", lower("Group"));
CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN CREATE TABLE not_made (id int); RETURN 1; END $$;

-- script: column names that are keywords
CREATE TABLE t (key text, value text, index int, type text, name text, date date, time time, timestamp timestamp, text text,
    comment text, exclude bool, storage int, generated text, year int, action text, partition text, unlogged int, level int,
    "default" text, "check" int, "like" text);
ALTER TABLE t ADD COLUMN include text, ADD COLUMN first int, ADD after int, DROP comment, ALTER type SET NOT NULL;

-- script: column names that are keywords, renamed
CREATE TABLE t (comment text, type text);
ALTER TABLE t RENAME type TO kind;
ALTER TABLE t ALTER COLUMN kind SET DATA TYPE varchar(20), ALTER comment DROP NOT NULL, ALTER kind SET DEFAULT 'x', ALTER kind DROP DEFAULT;
ALTER TABLE t ALTER comment SET STATISTICS 100, ALTER comment SET STORAGE EXTERNAL, ENABLE ROW LEVEL SECURITY, OWNER TO postgres, REPLICA IDENTITY FULL;
ALTER TABLE t SET (fillfactor = 70), SET WITHOUT CLUSTER;

-- script: defaults
CREATE TABLE t (a text DEFAULT 'x'::character varying NOT NULL, b int DEFAULT (1 + 2) * 3, c timestamptz DEFAULT CURRENT_TIMESTAMP - interval '1 day' NULL,
    d text DEFAULT NULL, e text DEFAULT (('a' || 'b')) CONSTRAINT e_long CHECK (length(e) > 1) NOT NULL, f numeric DEFAULT -1.5, g bool DEFAULT (NOT true),
    h date DEFAULT '2020-01-01' UNIQUE, i text COLLATE "C" DEFAULT 'c' NOT NULL, j timestamptz DEFAULT timezone('utc'::text, now()),
    k int[] DEFAULT '{1,2}'::int[], l uuid DEFAULT pg_catalog.gen_random_uuid(), m int DEFAULT 5 PRIMARY KEY);

-- script: pg_dump
SET statement_timeout = 0;
SELECT pg_catalog.set_config('search_path', '', false);
SET default_tablespace = '';
SET default_table_access_method = heap;
CREATE TABLE public.users (
    id integer NOT NULL,
    email character varying(255) DEFAULT 'x'::character varying NOT NULL,
    created_at timestamp(6) without time zone NOT NULL
);
ALTER TABLE public.users OWNER TO postgres;
CREATE SEQUENCE public.users_id_seq AS integer START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1;
ALTER TABLE public.users_id_seq OWNER TO postgres;
ALTER SEQUENCE public.users_id_seq OWNED BY public.users.id;
CREATE TABLE public.posts (id bigint NOT NULL, user_id integer);
ALTER TABLE public.posts ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME public.posts_id_seq START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1);
ALTER TABLE ONLY public.users ADD CONSTRAINT users_pkey PRIMARY KEY (id);
CREATE UNIQUE INDEX index_users_on_email ON public.users USING btree (lower((email)::text));
CREATE INDEX index_posts ON public.posts USING btree (user_id, id DESC NULLS LAST) WHERE (user_id IS NOT NULL);
ALTER TABLE ONLY public.posts ADD CONSTRAINT fk_rails_5b5ddfd518 FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;
COMMENT ON TABLE public.users IS 'people; and others';
COMMENT ON COLUMN public.users.email IS 'an address';

-- script: rows and data between
CREATE TABLE t (id int PRIMARY KEY, a text);
INSERT INTO t VALUES (1, 'CREATE TABLE x (id int);'), (2, E'it\'s');
UPDATE t SET a = 'ALTER TABLE t DROP COLUMN a;' WHERE id = 1;
ALTER TABLE t ADD COLUMN IF NOT EXISTS b int, ADD COLUMN IF NOT EXISTS a int;
DELETE FROM t;

-- script: add column with everything
CREATE TABLE p (id int PRIMARY KEY, other int UNIQUE);
CREATE TABLE t (id int);
ALTER TABLE t ADD COLUMN p_id int NOT NULL DEFAULT 0 REFERENCES p ON DELETE CASCADE, ADD q int CONSTRAINT q_unique UNIQUE CONSTRAINT q_small CHECK (q < 100),
    ADD COLUMN r int REFERENCES p (other) ON UPDATE SET NULL NOT DEFERRABLE, ADD COLUMN s serial, ADD u bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY;

-- script: checks with values
CREATE TABLE t (a text CONSTRAINT a_known CHECK (a IN ('x', 'y''z')), b varchar(9) CHECK (b::text = ANY (ARRAY['p'::text, 'q'::text])),
    c int, CHECK (c IN (1, 2)), CHECK (a <> 'x' OR (b = 'p' AND c BETWEEN 1 AND 5)), CHECK (num_nonnulls(a, b) = 1), CHECK ((c > 1)));
ALTER TABLE t ADD CHECK (c >= -1), ADD CHECK (a ~ '^[a-z]+$');

-- script: actions that PostgreSQL puts in order
CREATE TABLE t (id int CONSTRAINT c CHECK (id > 0), a int);
ALTER TABLE t ADD CONSTRAINT c CHECK (id > 1), DROP CONSTRAINT c, ADD COLUMN a text DEFAULT 'x', DROP COLUMN a, ADD UNIQUE (a);

-- script: drop and add again
CREATE TABLE t (id int PRIMARY KEY, a int, b int);
CREATE INDEX t_a ON t (a);
DROP INDEX CONCURRENTLY IF EXISTS t_a;
CREATE INDEX t_a ON t (a, b);
ALTER TABLE t DROP CONSTRAINT t_pkey, ADD PRIMARY KEY (id, a);
ALTER TABLE t ALTER COLUMN b DROP NOT NULL, ALTER COLUMN b SET NOT NULL;
DROP INDEX IF EXISTS nothing, t_nothing;

-- script: serial types
CREATE TABLE t (a smallserial, b serial4, c serial8 PRIMARY KEY, d int2, e int8, f numeric, g dec(5), h varchar, i bpchar, k timestamp with time zone, l timestamptz(0),
    m tsvector, n int4range, o xml, p point, q oid, r name, s timestamp(2) with time zone, t character(7), u char varying(5), v double precision, w time(3), x macaddr, y cidr, z regclass,
    aa national character varying(4), ab nchar(2), ac integer array, ad integer array[4], ae integer[3], af pg_catalog.int4, ag pg_catalog.varchar(3));
