"""Statements and operations, and which rules speak of them."""

from __future__ import annotations

from tests.migrations.runners import alembic, django

STATEMENTS = {
    "CREATE INDEX orders_email ON orders (email);": "index-without-concurrently",
    "CREATE UNIQUE INDEX orders_email ON orders (lower(email)) WHERE email IS NOT NULL;": "index-without-concurrently",
    "ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customers (id);": "foreign-key-validated-at-once",
    "ALTER TABLE orders ADD COLUMN customer_id bigint REFERENCES customers (id);": "foreign-key-validated-at-once",
    "ALTER TABLE orders ADD CONSTRAINT positive CHECK (total > 0);": "check-validated-at-once",
    "ALTER TABLE orders ALTER COLUMN email SET NOT NULL;": "not-null-on-existing-column",
    "ALTER TABLE orders ADD COLUMN state text NOT NULL;": "required-column-without-default",
    "ALTER TABLE orders ADD UNIQUE (email);": "unique-constraint-builds-index",
    "ALTER TABLE orders ADD CONSTRAINT orders_pkey PRIMARY KEY (id);": "unique-constraint-builds-index",
    "ALTER TABLE orders ADD EXCLUDE USING gist (period WITH &&);": "unique-constraint-builds-index",
    "ALTER TABLE orders ALTER COLUMN total TYPE bigint;": "type-change-rewrites-table",
    "ALTER TABLE orders ADD COLUMN token uuid DEFAULT gen_random_uuid();": "column-default-rewrites-table",
    "ALTER TABLE orders ADD COLUMN number bigserial;": "column-default-rewrites-table",
    "ALTER TABLE orders ADD COLUMN gross int GENERATED ALWAYS AS (net + tax) STORED;": "column-default-rewrites-table",
    "ALTER TABLE orders RENAME COLUMN email TO contact;": "rename-in-place",
    "ALTER TABLE orders RENAME TO purchases;": "rename-in-place",
    "ALTER TABLE orders DROP COLUMN email;": "drop-in-use",
    "DROP TABLE IF EXISTS orders CASCADE;": "drop-in-use",
    "DROP INDEX IF EXISTS orders_email;": "drop-index-blocking",
    "REINDEX TABLE orders;": "reindex-blocking",
    "REFRESH MATERIALIZED VIEW totals;": "refresh-blocking",
    "ALTER TABLE events DETACH PARTITION events_2024;": "detach-blocking",
    "CLUSTER orders USING orders_email;": "table-rewritten-in-place",
    "TRUNCATE orders CASCADE;": "truncate-cascade",
}
"""Each is one problem, however it is run."""

ANY_DIALECT = {"required-column-without-default", "rename-in-place", "drop-in-use", "truncate-cascade"}
"""Rules that are not about the locks of PostgreSQL."""

ALONE = [
    "CREATE INDEX CONCURRENTLY orders_email ON orders (email);",
    "DROP INDEX CONCURRENTLY orders_email;",
    "REINDEX INDEX CONCURRENTLY orders_email;",
    "REINDEX (CONCURRENTLY) TABLE orders;",
    "ALTER TABLE events DETACH PARTITION events_2024 CONCURRENTLY;",
]
"""What PostgreSQL refuses in a transaction."""

SEVERAL = {
    "ALTER TABLE orders ADD CONSTRAINT positive CHECK (total > 0) NOT VALID;\n"
    "ALTER TABLE orders VALIDATE CONSTRAINT positive;": "validate-in-same-transaction",
    "ALTER TABLE orders ADD CONSTRAINT fk FOREIGN KEY (customer_id) REFERENCES customers (id) NOT VALID;\n"
    "ALTER TABLE orders VALIDATE CONSTRAINT fk;": "validate-in-same-transaction",
    "ALTER TABLE orders ADD COLUMN state text;\nUPDATE orders SET state = 'new';": "backfill-with-schema-change",
    "UPDATE orders SET state = 'new';\nALTER TABLE orders ADD COLUMN note text;": "backfill-with-schema-change",
    "ALTER TABLE orders ADD COLUMN state text;\nINSERT INTO states SELECT DISTINCT state FROM old_states;": "backfill-with-schema-change",
}
"""Statements that are a problem in one transaction only."""

SILENT = [
    "CREATE TABLE notes (id bigint PRIMARY KEY, order_id bigint REFERENCES orders (id));",
    "ALTER TABLE orders ADD COLUMN note text;",
    "ALTER TABLE orders ADD COLUMN state text NOT NULL DEFAULT 'new';",
    "ALTER TABLE orders ADD COLUMN seen_at timestamptz NOT NULL DEFAULT now();",
    "ALTER TABLE orders ADD CONSTRAINT positive CHECK (total > 0) NOT VALID;",
    "ALTER TABLE orders ADD CONSTRAINT fk FOREIGN KEY (customer_id) REFERENCES customers (id) NOT VALID;",
    "ALTER TABLE orders VALIDATE CONSTRAINT positive;",
    "ALTER TABLE orders ADD CONSTRAINT orders_number UNIQUE USING INDEX orders_number;",
    "ALTER TABLE orders ALTER COLUMN email DROP NOT NULL;",
    "ALTER TABLE orders ALTER COLUMN number TYPE text;",
    "ALTER TABLE orders DROP CONSTRAINT positive;",
    "ALTER INDEX orders_email RENAME TO orders_contact;",
    "REFRESH MATERIALIZED VIEW CONCURRENTLY totals;",
    "VACUUM ANALYZE orders;",
    "TRUNCATE orders;",
    "CREATE TYPE state AS ENUM ('new', 'paid');",
    "ALTER TYPE state ADD VALUE 'lost';",
    "CREATE VIEW paid AS SELECT id FROM orders WHERE paid_at IS NOT NULL;",
    "CREATE TABLE copies AS SELECT id, email FROM orders;",
    "DROP VIEW paid;",
    "UPDATE settings SET value = '2' WHERE name = 'schema';",
]
"""Statements of which no rule speaks, however they are run."""

ON_NEW_TABLE = [
    "CREATE INDEX notes_text ON notes (text);",
    'CREATE INDEX notes_text ON public."notes" (text);',
    "ALTER TABLE notes ADD FOREIGN KEY (order_id) REFERENCES orders (id);",
    "ALTER TABLE notes ADD CHECK (order_id > 0);",
    "ALTER TABLE notes ALTER COLUMN text SET NOT NULL;",
    "ALTER TABLE notes ADD COLUMN state text NOT NULL;",
    "ALTER TABLE notes ADD UNIQUE (text);",
    "ALTER TABLE notes ALTER COLUMN order_id TYPE integer;",
    "ALTER TABLE notes ADD COLUMN token uuid DEFAULT gen_random_uuid();",
    "ALTER TABLE notes RENAME COLUMN text TO words;",
    "ALTER TABLE notes RENAME TO remarks;",
    "ALTER TABLE notes DROP COLUMN text;",
    "DROP TABLE notes;",
    "REINDEX TABLE notes;",
    "CLUSTER notes USING notes_pkey;",
    "TRUNCATE notes CASCADE;",
    "UPDATE notes SET text = '';",
    "ALTER TABLE notes ADD CONSTRAINT c CHECK (id > 0) NOT VALID; ALTER TABLE notes VALIDATE CONSTRAINT c;",
]
NEW_TABLE = "CREATE TABLE IF NOT EXISTS notes (id bigint PRIMARY KEY, order_id bigint, text text);"

FILES: dict[str, tuple[list[str], list[str]]] = {
    "not null, checked": (
        [
            "ALTER TABLE t ADD CONSTRAINT c CHECK (a IS NOT NULL) NOT VALID;",
            "ALTER TABLE t VALIDATE CONSTRAINT c;",
            "ALTER TABLE t ALTER a SET NOT NULL;",
        ],
        [],
    ),
    "not null, checked in brackets": (
        [
            "ALTER TABLE t ADD CONSTRAINT c CHECK (((a) IS NOT NULL)) NOT VALID;",
            "ALTER TABLE t VALIDATE CONSTRAINT c;",
            "ALTER TABLE t ALTER a SET NOT NULL;",
        ],
        [],
    ),
    "not null, checked with more": (
        [
            "ALTER TABLE t ADD CONSTRAINT c CHECK (a IS NOT NULL AND b > 0) NOT VALID;",
            "ALTER TABLE t VALIDATE CONSTRAINT c;",
            "ALTER TABLE t ALTER a SET NOT NULL;",
        ],
        [],
    ),
    "not null, quoted": (
        [
            'ALTER TABLE "t" ADD CONSTRAINT c CHECK ("a" IS NOT NULL) NOT VALID;',
            "ALTER TABLE public.t VALIDATE CONSTRAINT c;",
            "ALTER TABLE public.t ALTER a SET NOT NULL;",
        ],
        [],
    ),
    "not null, not validated": (
        [
            "ALTER TABLE t ADD CONSTRAINT c CHECK (a IS NOT NULL) NOT VALID;",
            "ALTER TABLE t ALTER a SET NOT NULL;",
        ],
        ["not-null-on-existing-column"],
    ),
    "not null, another column checked": (
        [
            "ALTER TABLE t ADD CONSTRAINT c CHECK (b IS NOT NULL) NOT VALID;",
            "ALTER TABLE t VALIDATE CONSTRAINT c;",
            "ALTER TABLE t ALTER a SET NOT NULL;",
        ],
        ["not-null-on-existing-column"],
    ),
    "not null, either checked": (
        [
            "ALTER TABLE t ADD CONSTRAINT c CHECK (a IS NOT NULL OR b IS NOT NULL) NOT VALID;",
            "ALTER TABLE t VALIDATE CONSTRAINT c;",
            "ALTER TABLE t ALTER a SET NOT NULL;",
        ],
        ["not-null-on-existing-column"],
    ),
    "not null, check dropped": (
        [
            "ALTER TABLE t ADD CONSTRAINT c CHECK (a IS NOT NULL) NOT VALID;",
            "ALTER TABLE t VALIDATE CONSTRAINT c;",
            "ALTER TABLE t DROP CONSTRAINT c;",
            "ALTER TABLE t ALTER a SET NOT NULL;",
        ],
        ["not-null-on-existing-column"],
    ),
    "not null, check dropped with it": (
        [
            "ALTER TABLE t ADD CONSTRAINT c CHECK (a IS NOT NULL) NOT VALID;",
            "ALTER TABLE t VALIDATE CONSTRAINT c;",
            "ALTER TABLE t ALTER a SET NOT NULL, DROP CONSTRAINT c;",
        ],
        ["not-null-on-existing-column"],
    ),
    "not null, as it is": (["CREATE TABLE t (a int NOT NULL);", "ALTER TABLE t ALTER a SET NOT NULL;"], []),
    "varchar, wider": (["CREATE TABLE t (a varchar(20));", "ALTER TABLE t ALTER a TYPE varchar(40);"], []),
    "varchar to text": (["CREATE TABLE t (a varchar(20));", "ALTER TABLE t ALTER a TYPE text;"], []),
    "varchar to text, USING": (
        ["CREATE TABLE t (a varchar(20));", "ALTER TABLE t ALTER a TYPE text USING a::text;"],
        [],
    ),
    "varchar, narrower": (
        ["CREATE TABLE t (a varchar(20));", "ALTER TABLE t ALTER a TYPE varchar(10);"],
        ["type-change-rewrites-table"],
    ),
    "varchar computed": (
        ["CREATE TABLE t (a varchar(20));", "ALTER TABLE t ALTER a TYPE text USING upper(a);"],
        ["type-change-rewrites-table"],
    ),
    "numeric, wider": (
        ["CREATE TABLE t (a numeric(10, 2));", "ALTER TABLE t ALTER a TYPE numeric(12, 2);"],
        [],
    ),
    "numeric, another scale": (
        ["CREATE TABLE t (a numeric(10, 2));", "ALTER TABLE t ALTER a TYPE numeric(12, 4);"],
        ["type-change-rewrites-table"],
    ),
    "int to bigint": (
        ["CREATE TABLE t (a int);", "ALTER TABLE t ALTER a TYPE bigint;"],
        ["type-change-rewrites-table"],
    ),
    "json to jsonb": (
        ["CREATE TABLE t (a json);", "ALTER TABLE t ALTER a TYPE jsonb USING a::jsonb;"],
        ["type-change-rewrites-table"],
    ),
    "the same type": (["CREATE TABLE t (a int);", "ALTER TABLE t ALTER a TYPE integer;"], []),
    "partitioned, index": (
        ["CREATE TABLE t (a date) PARTITION BY RANGE (a);", "CREATE INDEX t_a ON t (a);"],
        [],
    ),
    "partitioned, index of the table alone": (["CREATE INDEX t_a ON ONLY t (a);"], []),
    "partitioned, index dropped": (
        ["CREATE TABLE t (a date) PARTITION BY RANGE (a); CREATE INDEX t_a ON t (a);", "DROP INDEX t_a;"],
        [],
    ),
    "partitioned, foreign key": (
        [
            "CREATE TABLE t (a date, b int) PARTITION BY RANGE (a);",
            "ALTER TABLE t ADD FOREIGN KEY (b) REFERENCES u (id);",
        ],
        [],
    ),
    "a new partition": (
        [
            "CREATE TABLE t (a date) PARTITION BY RANGE (a);",
            "CREATE TABLE t_1 PARTITION OF t FOR VALUES FROM ('2026-01-01') TO ('2027-01-01'); CREATE INDEX t_1_a ON t_1 (a);",
        ],
        [],
    ),
    "materialized view, index": (
        ["CREATE MATERIALIZED VIEW v AS SELECT a FROM t;", "CREATE UNIQUE INDEX v_a ON v (a);"],
        [],
    ),
    "materialized view, filled first": (
        ["CREATE MATERIALIZED VIEW v AS SELECT a FROM t WITH NO DATA; REFRESH MATERIALIZED VIEW v;"],
        [],
    ),
    "SQLite builds a table anew": (
        [
            "PRAGMA foreign_keys=off;\nCREATE TABLE new_t (id integer PRIMARY KEY, a text NOT NULL);\nINSERT INTO new_t SELECT id, a FROM t;\nDROP TABLE t;\nALTER TABLE new_t RENAME TO t;\nCREATE INDEX t_a ON t (a);"
        ],
        [],
    ),
    "temporary table": (
        ["CREATE TEMP TABLE s AS SELECT id FROM t;\nCREATE INDEX ON s (id);\nDROP TABLE s;"],
        [],
    ),
    "temporary table, in a transaction": (
        [
            "BEGIN;\nCREATE TEMPORARY TABLE s (id int) ON COMMIT DROP;\nUPDATE s SET id = 1;\nDROP TABLE s;\nCOMMIT;"
        ],
        [],
    ),
    "copied table": (["CREATE TABLE s AS SELECT id FROM t;\nCREATE INDEX ON s (id);"], []),
    "renamed and a view of the old name": (
        ["ALTER TABLE t RENAME TO u; CREATE OR REPLACE VIEW t AS SELECT * FROM u;"],
        [],
    ),
    "COMMIT, CONCURRENTLY, BEGIN": (
        [
            "BEGIN;\nALTER TABLE t ADD COLUMN a text;\nCOMMIT;\nCREATE INDEX CONCURRENTLY t_a ON t (a);\nBEGIN;\nALTER TABLE t ADD COLUMN b text;\nCOMMIT;"
        ],
        [],
    ),
    "COMMIT, CONCURRENTLY, BEGIN in goose": (
        [
            "-- +goose Up\nALTER TABLE t ADD COLUMN a text;\nCOMMIT;\nCREATE INDEX CONCURRENTLY t_a ON t (a);\nBEGIN;"
        ],
        [],
    ),
    "ROLLBACK before CONCURRENTLY": (
        ["BEGIN;\nSELECT 1;\nROLLBACK;\nCREATE INDEX CONCURRENTLY t_a ON t (a);"],
        [],
    ),
    "validated behind COMMIT": (
        [
            "BEGIN;\nALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT VALID;\nCOMMIT;\nBEGIN;\nALTER TABLE t VALIDATE CONSTRAINT c;\nCOMMIT;"
        ],
        [],
    ),
    "in comments": (
        [
            "-- CREATE INDEX t_a ON t (a);\n/* DROP TABLE t; */\nALTER TABLE t ADD COLUMN a text; -- then SET NOT NULL"
        ],
        [],
    ),
    "in texts": (["ALTER TABLE t ADD COLUMN a text DEFAULT 'DROP TABLE t; CREATE INDEX i ON t (a);';"], []),
    "in a DO block, which PostgreSQL runs like the rest": (
        [
            "DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_class WHERE relname = 'i') THEN CREATE INDEX i ON t (a); END IF; END $$;\nALTER TABLE t ADD COLUMN b text;"
        ],
        ["index-without-concurrently"],
    ),
    "in a function": (
        [
            "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN TRUNCATE t CASCADE; END $$;\nALTER TABLE t ADD COLUMN b text;"
        ],
        [],
    ),
    "partial index is no NOT NULL": (["CREATE INDEX CONCURRENTLY t_a ON t (a) WHERE a IS NOT NULL;"], []),
    "default set and dropped": (
        ["ALTER TABLE t ADD COLUMN a text NOT NULL DEFAULT 'x';\nALTER TABLE t ALTER a DROP DEFAULT;"],
        ["required-column-without-default"],
    ),
    "IF NOT EXISTS": (["CREATE INDEX IF NOT EXISTS t_a ON t (a);"], ["index-without-concurrently"]),
    "column IF NOT EXISTS": (
        ["ALTER TABLE IF EXISTS t ADD COLUMN IF NOT EXISTS a text NOT NULL;"],
        ["required-column-without-default"],
    ),
    "quoted and qualified": (
        ['CREATE INDEX "T_a" ON "Shop"."Order Items" ("A");'],
        ["index-without-concurrently"],
    ),
    "another schema": (
        ["CREATE SCHEMA s; CREATE TABLE s.t (a int);\nCREATE INDEX t_a ON t (a);"],
        ["index-without-concurrently"],
    ),
    "dropped column of the same migration": (
        ["ALTER TABLE t ADD COLUMN a text;\nALTER TABLE t DROP COLUMN a;"],
        [],
    ),
    "index made anew": (["CREATE INDEX CONCURRENTLY t_b ON t (b);\nDROP INDEX CONCURRENTLY t_a;"], []),
    "index of a new table dropped": (
        ["CREATE TABLE t (a int);\nCREATE INDEX t_a ON t (a);\nDROP INDEX t_a;"],
        [],
    ),
    "several drops in one statement": (["DROP INDEX a, b, c;"], ["drop-index-blocking"]),
    "VACUUM FULL": (["VACUUM (FULL, ANALYZE) t;"], ["table-rewritten-in-place"]),
    "limits and locks": (
        ["BEGIN;\nSET LOCAL lock_timeout = '2s';\nLOCK TABLE t IN SHARE MODE;\nCOMMIT;"],
        [],
    ),
    "REINDEX DATABASE": (["REINDEX DATABASE shop;"], ["reindex-blocking"]),
    "DETACH ... FINALIZE": (["ALTER TABLE t DETACH PARTITION t_1 FINALIZE;"], []),
}
"""Files of a history, and the findings in them."""

REVISIONS: dict[str, tuple[str, list[str]]] = {
    "create_index": ('op.create_index("i", "t", ["a"])', ["index-without-concurrently"]),
    "create_index, concurrently": (
        'op.create_index("i", "t", ["a"], postgresql_concurrently=True)',
        ["concurrently-in-transaction"],
    ),
    "create_index, autocommit": (
        'with op.get_context().autocommit_block():\n    op.create_index("i", "t", ["a"], postgresql_concurrently=True)',
        [],
    ),
    "create_index, behind autocommit": (
        'with op.get_context().autocommit_block():\n    op.execute("VACUUM t")\nop.create_index("i", "t", ["a"], postgresql_concurrently=True)',
        ["concurrently-in-transaction"],
    ),
    "batch_alter_table": (
        'with op.batch_alter_table("t") as batch:\n    batch.create_index("i", ["a"])\n    batch.drop_column("b")',
        ["index-without-concurrently", "drop-in-use"],
    ),
    "batch_alter_table, add": (
        'with op.batch_alter_table("t") as batch:\n    batch.add_column(sa.Column("b", sa.Text()))',
        [],
    ),
    "create_foreign_key": (
        'op.create_foreign_key("fk", "t", "u", ["u_id"], ["id"])',
        ["foreign-key-validated-at-once"],
    ),
    "create_foreign_key, not valid": (
        'op.create_foreign_key("fk", "t", "u", ["u_id"], ["id"], postgresql_not_valid=True)',
        [],
    ),
    "create_check_constraint": ('op.create_check_constraint("c", "t", "a > 0")', ["check-validated-at-once"]),
    "create_check_constraint, not valid": (
        'op.create_check_constraint("c", "t", "a > 0", postgresql_not_valid=True)',
        [],
    ),
    "create_unique_constraint": (
        'op.create_unique_constraint("c", "t", ["a"])',
        ["unique-constraint-builds-index"],
    ),
    "create_primary_key": (
        'op.create_primary_key("t_pkey", "t", ["id"])',
        ["unique-constraint-builds-index"],
    ),
    "alter_column, not null": (
        'op.alter_column("t", "a", existing_type=sa.Text(), nullable=False)',
        ["not-null-on-existing-column"],
    ),
    "alter_column, nullable": ('op.alter_column("t", "a", existing_type=sa.Text(), nullable=True)', []),
    "alter_column, type": (
        'op.alter_column("t", "a", existing_type=sa.Integer(), type_=sa.BigInteger())',
        ["type-change-rewrites-table"],
    ),
    "alter_column, wider": ('op.alter_column("t", "a", existing_type=sa.String(20), type_=sa.Text())', []),
    "alter_column, renamed": ('op.alter_column("t", "a", new_column_name="b")', ["rename-in-place"]),
    "rename_table": ('op.rename_table("t", "u")', ["rename-in-place"]),
    "add_column, required": (
        'op.add_column("t", sa.Column("a", sa.Text(), nullable=False))',
        ["required-column-without-default"],
    ),
    "add_column, server_default": (
        'op.add_column("t", sa.Column("a", sa.Text(), nullable=False, server_default="x"))',
        [],
    ),
    "add_column, random": (
        'op.add_column("t", sa.Column("a", sa.Uuid(), server_default=sa.text("gen_random_uuid()")))',
        ["column-default-rewrites-table"],
    ),
    "drop_column": ('op.drop_column("t", "a")', ["drop-in-use"]),
    "drop_table": ('op.drop_table("t")', ["drop-in-use"]),
    "drop_index": ('op.drop_index("i", table_name="t")', ["drop-index-blocking"]),
    "drop_constraint": ('op.drop_constraint("c", "t", type_="check")', []),
    "create_table with all": (
        'op.create_table("n", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("t_id", sa.Integer(), sa.ForeignKey("t.id")))\nop.create_index("i", "n", ["t_id"])\nop.create_check_constraint("c", "n", "id > 0")',
        [],
    ),
    "rows of a bulk_insert": ('op.bulk_insert(sa.table("t", sa.column("a")), [{"a": 1}])', []),
    "rows and a column": (
        'op.add_column("t", sa.Column("a", sa.Text()))\nop.execute("UPDATE t SET a = 1")',
        ["backfill-with-schema-change"],
    ),
    "rows and a column, apart": (
        'op.add_column("t", sa.Column("a", sa.Text()))\nwith op.get_context().autocommit_block():\n    op.execute("UPDATE t SET a = 1")',
        [],
    ),
    "rows through sa.text": (
        'op.add_column("t", sa.Column("a", sa.Text()))\nop.get_bind().execute(sa.text("UPDATE t SET a = 1"))',
        ["backfill-with-schema-change"],
    ),
}
"""The body of a revision, and the findings in it."""

MODELS = """\
migrations.CreateModel(
    name="Customer",
    fields=[("id", models.BigAutoField(primary_key=True))],
),
migrations.CreateModel(
    name="Order",
    fields=[
        ("id", models.BigAutoField(primary_key=True)),
        ("email", models.TextField()),
        ("note", models.TextField(null=True)),
        ("total", models.IntegerField()),
        ("number", models.CharField(max_length=20)),
    ],
    options={"indexes": [models.Index(fields=["total"], name="by_total")]},
),
"""
FIRST = django(MODELS, "0001", None)

OPERATIONS: dict[str, tuple[str, list[str]]] = {
    "AddIndex": (
        'migrations.AddIndex("order", models.Index(fields=["email"], name="i")),',
        ["index-without-concurrently"],
    ),
    "AddIndexConcurrently": (
        'AddIndexConcurrently("order", models.Index(fields=["email"], name="i")),',
        ["concurrently-in-transaction"],
    ),
    "RemoveIndex": ('migrations.RemoveIndex("order", "by_total"),', ["drop-index-blocking"]),
    "RemoveIndexConcurrently": (
        'RemoveIndexConcurrently("order", "by_total"),',
        ["concurrently-in-transaction"],
    ),
    "AddField, null": ('migrations.AddField("order", "state", models.TextField(null=True)),', []),
    "AddField, default": (
        'migrations.AddField("order", "state", models.TextField(default="x")),',
        ["required-column-without-default"],
    ),
    "AddField, db_default": ('migrations.AddField("order", "state", models.TextField(db_default="x")),', []),
    "AddField, index": (
        'migrations.AddField("order", "state", models.TextField(null=True, db_index=True)),',
        ["index-without-concurrently"],
    ),
    "AddField, unique": (
        'migrations.AddField("order", "state", models.CharField(max_length=9, null=True, unique=True)),',
        ["unique-constraint-builds-index"],
    ),
    "AddField, positive": (
        'migrations.AddField("order", "weight", models.PositiveIntegerField(null=True)),',
        [],
    ),
    "AddField, foreign key": (
        'migrations.AddField("order", "customer", models.ForeignKey("shop.Customer", models.CASCADE, null=True)),',
        ["index-without-concurrently"],
    ),
    "AddField, foreign key without index": (
        'migrations.AddField("order", "customer", models.ForeignKey("shop.Customer", models.CASCADE, null=True, db_index=False)),',
        ["foreign-key-validated-at-once"],
    ),
    "AddField, foreign key without constraint": (
        'migrations.AddField("order", "customer", models.ForeignKey("shop.Customer", models.CASCADE, null=True, db_index=False, db_constraint=False)),',
        [],
    ),
    "AddField, many to many": (
        'migrations.AddField("order", "customers", models.ManyToManyField("shop.Customer")),',
        [],
    ),
    "AlterField, not null": (
        'migrations.AlterField("order", "note", models.TextField(default="")),',
        ["not-null-on-existing-column"],
    ),
    "AlterField, null": ('migrations.AlterField("order", "email", models.TextField(null=True)),', []),
    "AlterField, type": (
        'migrations.AlterField("order", "total", models.BigIntegerField()),',
        ["type-change-rewrites-table"],
    ),
    "AlterField, wider": ('migrations.AlterField("order", "number", models.CharField(max_length=40)),', []),
    "AlterField, words": (
        'migrations.AlterField("order", "email", models.TextField(verbose_name="address", help_text="where to", blank=True)),',
        [],
    ),
    "AlterField, index": (
        'migrations.AlterField("order", "total", models.IntegerField(db_index=True)),',
        ["index-without-concurrently"],
    ),
    "RenameField": ('migrations.RenameField("order", "email", "contact"),', ["rename-in-place"]),
    "RenameModel": ('migrations.RenameModel("Order", "Purchase"),', ["rename-in-place"]),
    "RemoveField": ('migrations.RemoveField("order", "email"),', ["drop-in-use"]),
    "DeleteModel": ('migrations.DeleteModel("Order"),', ["drop-in-use"]),
    "AddConstraint, check": (
        'migrations.AddConstraint("order", models.CheckConstraint(condition=models.Q(total__gt=0), name="c")),',
        ["check-validated-at-once"],
    ),
    "AddConstraint, unique": (
        'migrations.AddConstraint("order", models.UniqueConstraint(fields=["email"], name="c")),',
        ["unique-constraint-builds-index"],
    ),
    "AddConstraintNotValid": (
        'AddConstraintNotValid("order", models.CheckConstraint(condition=models.Q(total__gt=0), name="c")),',
        [],
    ),
    "AddConstraintNotValid and ValidateConstraint": (
        'AddConstraintNotValid("order", models.CheckConstraint(condition=models.Q(total__gt=0), name="c")),\nValidateConstraint("order", "c"),',
        ["validate-in-same-transaction"],
    ),
    "AlterModelOptions": ('migrations.AlterModelOptions("order", {"ordering": ["id"]}),', []),
    "CreateModel with all": (
        'migrations.CreateModel("Note", fields=[("id", models.BigAutoField(primary_key=True)), ("order", models.ForeignKey("shop.Order", models.CASCADE)), ("slug", models.SlugField(unique=True))]),\nmigrations.AddIndex("note", models.Index(fields=["slug", "id"], name="i")),',
        [],
    ),
    "RunPython": ("migrations.RunPython(print, print),", []),
    "RunPython without a way back": ("migrations.RunPython(print),", ["migration-without-downgrade"]),
    "RunSQL without a way back": (
        'migrations.RunSQL("UPDATE shop_order SET total = 0"),',
        ["migration-without-downgrade"],
    ),
    "RunPython and AddField": (
        'migrations.AddField("order", "state", models.TextField(null=True)),\nmigrations.RunPython(print, print),',
        ["backfill-with-schema-change"],
    ),
    "state only": (
        'migrations.SeparateDatabaseAndState(state_operations=[migrations.RemoveField("order", "email"), migrations.AddIndex("order", models.Index(fields=["total"], name="i"))]),',
        [],
    ),
    "database only": (
        'migrations.SeparateDatabaseAndState(database_operations=[migrations.AddIndex("order", models.Index(fields=["email"], name="i"))]),',
        ["index-without-concurrently"],
    ),
}
"""Operations of a migration of Django behind one that makes the models, and the findings in them."""

LOOSE: dict[str, tuple[str, list[str]]] = {
    "AddIndexConcurrently": ('AddIndexConcurrently("order", models.Index(fields=["email"], name="i")),', []),
    "RemoveIndexConcurrently": ('RemoveIndexConcurrently("order", "by_total"),', []),
    "AddIndex": (
        'migrations.AddIndex("order", models.Index(fields=["email"], name="i")),',
        ["index-without-concurrently"],
    ),
    "AddConstraintNotValid and ValidateConstraint": (
        'AddConstraintNotValid("order", models.CheckConstraint(condition=models.Q(total__gt=0), name="c")),\nValidateConstraint("order", "c"),',
        [],
    ),
    "RunPython and AddField": (
        'migrations.AddField("order", "state", models.TextField(null=True)),\nmigrations.RunPython(print, print),',
        [],
    ),
}
"""The same with `atomic = False`."""

HEADS: dict[str, tuple[dict[str, str], int]] = {
    "one end": (alembic("pass", "0001", None) | alembic("pass", "0002", "0001"), 0),
    "two ends": (
        alembic("pass", "0001", None) | alembic("pass", "0002", "0001") | alembic("pass", "0003", "0001"),
        1,
    ),
    "two beginnings": (alembic("pass", "0001", None) | alembic("pass", "0002", None), 0),
    "two ends in Django": (FIRST | django("", "0002_a", "0001") | django("", "0002_b", "0001"), 1),
    "joined in Django": (FIRST | django("", "0002_a", "0001") | django("", "0003", "0002_a"), 0),
}

LIMITS = {
    "ALTER TABLE t ADD COLUMN a text;": 1,
    "ALTER TABLE t ADD COLUMN a text;\nALTER TABLE u ADD COLUMN a text;": 1,
    "SET lock_timeout = '2s';\nALTER TABLE t ADD COLUMN a text;": 0,
    "SET lock_timeout TO 2000;\nALTER TABLE t ADD COLUMN a text;": 0,
    "SELECT set_config('lock_timeout', '2s', false);\nALTER TABLE t ADD COLUMN a text;": 0,
    "SET lock_timeout = 0;\nALTER TABLE t ADD COLUMN a text;": 1,
    "SET lock_timeout = '2s';\nRESET lock_timeout;\nALTER TABLE t ADD COLUMN a text;": 1,
    "SET statement_timeout = '2s';\nALTER TABLE t ADD COLUMN a text;": 1,
    "BEGIN;\nSET LOCAL lock_timeout = '2s';\nALTER TABLE t ADD COLUMN a text;\nCOMMIT;": 0,
    "BEGIN;\nSET LOCAL lock_timeout = '2s';\nCOMMIT;\nALTER TABLE t ADD COLUMN a text;": 1,
    "CREATE TABLE t (a int);\nALTER TABLE t ADD COLUMN b text;": 0,
    "CREATE INDEX CONCURRENTLY t_a ON t (a);": 0,
    "ALTER TABLE t VALIDATE CONSTRAINT c;": 0,
}
"""SQL, and how often migration-without-lock-timeout speaks of it."""

ALTERS = {
    "ALTER TABLE t ADD COLUMN a text;\nALTER TABLE t ADD COLUMN b text;": 1,
    "ALTER TABLE t ADD COLUMN a text;\nALTER TABLE t ADD COLUMN b text;\nALTER TABLE t ADD COLUMN c text;": 1,
    "ALTER TABLE t ADD COLUMN a text, ADD COLUMN b text;": 0,
    "ALTER TABLE t ADD COLUMN a text;\nALTER TABLE u ADD COLUMN a text;": 0,
    "ALTER TABLE t RENAME COLUMN a TO b;\nALTER TABLE t ADD COLUMN a text;": 0,
    "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT VALID;\nALTER TABLE t ADD COLUMN b text;": 0,
    "ALTER TABLE t ALTER a SET NOT NULL;\nALTER TABLE t DROP CONSTRAINT c;": 0,
    "ALTER TABLE t DROP CONSTRAINT c;\nALTER TABLE t ALTER a DROP NOT NULL;": 1,
    "CREATE TABLE t (a int);\nALTER TABLE t ADD COLUMN b text;\nALTER TABLE t ADD COLUMN c text;": 0,
}
"""SQL, and how often several-alters-of-one-table speaks of it."""
