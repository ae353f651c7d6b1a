/** What the server and the command line say of a project's tables; `schema/drawing.py` writes it. */
export interface Diagram {
  title: string;
  schemas: Schema[];
}

export interface Schema {
  name: string;
  tables: Table[];
}

export interface Table {
  name: string;
  origin: Origin | null;
  /** Whether all columns are known. */
  complete: boolean;
  columns: Column[];
  indexes: string[];
  references: Reference[];
}

export interface Origin {
  path: string;
  line: number;
}

export interface Column {
  name: string;
  type: string;
  /** What else is said of it: `not null, default now()`. */
  text: string;
  keys: Key[];
}

export type Key = "PK" | "FK" | "UK";

/** A foreign key of the table that has it. */
export interface Reference {
  columns: string[];
  /** The table that it points to, by the name that it has here. */
  table: string;
  /** The columns there; empty for its primary key. */
  to: string[];
  text: string;
  optional: boolean;
  unique: boolean;
}

/** The tables one foreign key away, in either direction. */
export function neighbours(schema: Schema, name: string): Set<string> {
  const found = new Set<string>();
  for (const table of schema.tables) {
    for (const { table: target } of table.references) {
      if (table.name === name) found.add(target);
      if (target === name) found.add(table.name);
    }
  }
  found.delete(name);
  return found;
}
