import { button, element } from "./dom";
import type { Column, Origin, Reference, Schema, Table } from "./model";

/** What a person can do from the panel. */
export interface Acts {
  /** Undefined where files cannot be opened. */
  open: ((origin: Origin) => void) | undefined;
  go: (table: string) => void;
  close: () => void;
}

/** Everything about one table, as headings, tables and lists. */
export function details(table: Table, schema: Schema, acts: Acts): HTMLElement[] {
  const pointing = schema.tables.flatMap((one) =>
    one.references.filter((key) => key.table === table.name).map((key): [Table, Reference] => [one, key]),
  );
  return [
    element(
      "header",
      {},
      element("h2", { tabindex: "-1" }, table.name),
      button("×", acts.close, { "aria-label": "Close the details" }),
    ),
    ...(table.origin === null ? [] : [place(table.origin, acts)]),
    ...(table.complete ? [] : [element("p", {}, "No file here creates it; it may have more columns.")]),
    columns(table.columns),
    ...section("Indexes", table.indexes),
    ...section(
      "Points to",
      table.references.map((key) => {
        const known = schema.tables.some((one) => one.name === key.table);
        return entry(known ? button(key.table, () => acts.go(key.table)) : key.table, key);
      }),
    ),
    ...section(
      "Pointed at by",
      pointing.map(([one, key]) => entry(button(one.name, () => acts.go(one.name)), key)),
    ),
  ];
}

function place(origin: Origin, { open }: Acts): HTMLElement {
  const text = `${origin.path}:${origin.line}`;
  return element("p", { class: "origin" }, open === undefined ? text : button(text, () => open(origin)));
}

function columns(all: Column[]): HTMLElement {
  const head = element("tr", {}, ...["Column", "Type", "Key"].map((name) => element("th", { scope: "col" }, name)));
  const rows = all.map((column) =>
    element(
      "tr",
      {},
      element("th", { scope: "row" }, column.name),
      element("td", {}, [column.type, column.text].filter((one) => one !== "").join(" ")),
      element("td", {}, column.keys.join(" ")),
    ),
  );
  return element("table", {}, element("thead", {}, head), element("tbody", {}, ...rows));
}

function section(title: string, entries: (string | HTMLElement)[]): HTMLElement[] {
  if (entries.length === 0) return [];
  return [element("h3", {}, title), element("ul", {}, ...entries.map((one) => element("li", {}, one)))];
}

function entry(table: HTMLElement | string, key: Reference): HTMLElement {
  return element("span", {}, table, ` ${key.text}`);
}
