import { element, plural } from "./dom";
import { arrange, type Box, type Layout, type Link, type Size } from "./layout";
import { line } from "./lines";
import { neighbours, type Reference, type Schema, type Table } from "./model";

/** Above this number of tables only columns that are keys are drawn. */
const MANY = 60;

/** The width of a bold letter, by its height; generous, because names are never cut. */
const WIDE = 0.75;

const SVG = "http://www.w3.org/2000/svg";

interface Line {
  path: SVGPathElement;
  from: string;
  to: string;
}

/** Tables as options of a list, at their places in the drawing, and the lines between them. */
export class Scene {
  readonly #tables: HTMLElement;
  readonly #lines: SVGElement;
  #schema: Schema = { name: "", tables: [] };
  #options = new Map<string, HTMLElement>();
  #boxes = new Map<string, Box>();
  #drawn: Line[] = [];

  constructor(tables: HTMLElement, lines: SVGElement) {
    this.#tables = tables;
    this.#lines = lines;
  }

  /** Draws the tables of a schema that have one of the names; gives the size of the drawing. */
  draw(schema: Schema, names: Set<string>): Size {
    this.#schema = schema;
    const tables = schema.tables.filter((table) => names.has(table.name));
    this.#options = new Map(tables.map((table) => [table.name, option(table, schema, tables.length > MANY)]));
    this.#tables.replaceChildren(...this.#options.values());
    const links = new Map(
      tables.flatMap((table) =>
        table.references
          .filter((reference) => names.has(reference.table))
          .map((reference): [Link, Reference] => [{ from: reference.table, to: table.name }, reference]),
      ),
    );
    const layout = arrange(new Map([...this.#options].map(([name, one]) => [name, size(one)])), [...links.keys()]);
    this.#place(layout);
    this.#connect(layout, links);
    return layout;
  }

  /** The names of the drawn tables, in their order. */
  get names(): string[] {
    return [...this.#options.keys()];
  }

  option(name: string): HTMLElement | undefined {
    return this.#options.get(name);
  }

  /** Marks a table, those around it and the lines between them; nothing if there is no such table. */
  mark(name: string | undefined): void {
    const around = name === undefined ? new Set<string>() : neighbours(this.#schema, name);
    const reached = name !== undefined && this.#options.has(name) ? name : this.names[0];
    for (const [one, made] of this.#options) {
      made.setAttribute("aria-selected", String(one === name));
      made.classList.toggle("near", around.has(one));
      made.tabIndex = one === reached ? 0 : -1;
    }
    for (const { path, from, to } of this.#drawn) {
      const active = from === name || to === name;
      path.classList.toggle("active", active);
      if (active) this.#lines.append(path); // above the others
    }
  }

  /** The next table from one in a direction; undefined where there is none. */
  beside(name: string, across: number, down: number): string | undefined {
    const here = middle(this.#boxes.get(name)!);
    let [best, least]: [string | undefined, number] = [undefined, Infinity];
    for (const [other, box] of this.#boxes) {
      const there = middle(box);
      const ahead = (there.x - here.x) * across + (there.y - here.y) * down;
      const aside = Math.abs((there.x - here.x) * down) + Math.abs((there.y - here.y) * across);
      const distance = ahead + 2 * aside;
      if (ahead > 1 && aside <= 2 * ahead && distance < least) [best, least] = [other, distance];
    }
    return best;
  }

  #place({ boxes, width, height }: Layout): void {
    this.#boxes = boxes;
    for (const [name, made] of this.#options) {
      const box = boxes.get(name)!;
      made.style.left = `${box.x}px`;
      made.style.top = `${box.y}px`;
      made.style.width = `${box.width}px`;
      made.style.height = `${box.height}px`;
      made.style.setProperty("--roomy", `${(2 * box.width) / (WIDE * name.length)}px`);
    }
    this.#lines.setAttribute("width", String(width));
    this.#lines.setAttribute("height", String(height));
  }

  #connect({ boxes, ways }: Layout, links: Map<Link, Reference>): void {
    this.#drawn = [...links].map(([{ from, to }, reference], index) => {
      const path = document.createElementNS(SVG, "path");
      const target = this.#schema.tables.find((table) => table.name === from);
      const pointedAt = reference.to[0] ?? target?.columns.find((column) => column.keys.includes("PK"))?.name;
      const start = { box: boxes.get(from)!, row: this.#row(from, pointedAt) };
      const end = { box: boxes.get(to)!, row: this.#row(to, reference.columns[0]) };
      path.setAttribute("d", line(start, end, ways.get([...links.keys()][index]!) ?? [], reference));
      return { path, from, to };
    });
    this.#lines.replaceChildren(...this.#drawn.map(({ path }) => path));
  }

  /** How far below the upper edge of a table one of its columns is; its title if that is not drawn. */
  #row(table: string, column: string | undefined): number {
    const made = this.#options.get(table)!;
    const rows = [...made.querySelectorAll<HTMLElement>("[data-column]")];
    const row = rows.find((one) => one.dataset["column"] === column) ?? (made.firstElementChild as HTMLElement);
    return row.offsetTop + row.offsetHeight / 2;
  }
}

function option(table: Table, schema: Schema, compact: boolean): HTMLElement {
  const shown = compact ? table.columns.filter((column) => column.keys.length > 0) : table.columns;
  const rows = shown.map((column) =>
    element(
      "span",
      { class: "column", "data-column": column.name },
      element("span", { class: "keys" }, column.keys.join(" ")),
      element("span", { class: "name" }, column.name),
      element("span", { class: "type" }, column.type),
    ),
  );
  const hidden = table.columns.length - shown.length;
  const more = hidden > 0 ? [element("span", { class: "more" }, `${plural(hidden, "more column")}`)] : [];
  return element(
    "div",
    { class: "table", role: "option", "data-table": table.name, "aria-description": relations(table, schema) },
    element("span", { class: "title" }, table.name),
    ...rows,
    ...more,
  );
}

/** What the lines say, for who does not see them. */
function relations(table: Table, schema: Schema): string {
  const pointing = schema.tables.filter((one) => one.references.some((key) => key.table === table.name));
  const to = new Set(table.references.map((reference) => reference.table));
  return [
    ...(to.size > 0 ? [`points to ${[...to].join(", ")}`] : []),
    ...(pointing.length > 0 ? [`pointed at by ${pointing.map((one) => one.name).join(", ")}`] : []),
  ].join("; ");
}

function size({ offsetWidth, offsetHeight }: HTMLElement): Size {
  return { width: offsetWidth + 1, height: offsetHeight + 1 }; // they are rounded, perhaps down
}

function middle({ x, y, width, height }: Box): { x: number; y: number } {
  return { x: x + width / 2, y: y + height / 2 };
}
