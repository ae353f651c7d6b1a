import { details } from "./details";
import { byId, element, plural } from "./dom";
import { editor, enclosed } from "./host";
import type { FromHost } from "./messages";
import type { Diagram, Origin, Schema, Table } from "./model";
import { Scene } from "./scene";
import { Viewport } from "./viewport";

const LEGIBLE = 0.8; // the zoom below which a diagram is not shown before somebody asks for it

const frame = byId("frame", HTMLElement);
const search = byId("search", HTMLInputElement);
const databases = byId("databases", HTMLSelectElement);
const count = byId("count", HTMLElement);
const notice = byId("notice", HTMLElement);
const panel = byId("details", HTMLElement);
const help = byId("help", HTMLDetailsElement);
const tables = byId("tables", HTMLElement);
const scene = new Scene(tables, document.querySelector<SVGElement>("#lines")!);
const viewport = new Viewport(frame, byId("sheet", HTMLElement), byId("canvas", HTMLElement));

let diagram: Diagram = { title: "", schemas: [] };
let selected: string | undefined;

function show(next: Diagram): void {
  const [first, chosen] = [diagram.schemas.length === 0, databases.value];
  diagram = next;
  document.title = next.title === "" ? "Tables" : `Tables of ${next.title}`;
  databases.replaceChildren(...next.schemas.map(({ name }, index) => element("option", { value: String(index) }, name)));
  databases.parentElement!.hidden = next.schemas.length < 2;
  if (!first && Number(chosen) < next.schemas.length) databases.value = chosen;
  // Whoever walks through the tables stays at theirs when all are drawn anew.
  const walking = tables.contains(document.activeElement);
  draw();
  if (walking && selected !== undefined) scene.option(selected)?.focus({ preventScroll: true });
  if (first) viewport.fit(LEGIBLE);
}

function schema(): Schema | undefined {
  return diagram.schemas[Number(databases.value)];
}

function table(name: string | undefined): Table | undefined {
  return schema()?.tables.find((one) => one.name === name);
}

function draw(): void {
  const whole = schema() ?? { name: "", tables: [] };
  const words = search.value.toLowerCase().split(/\s+/);
  const names = whole.tables.map((one) => one.name);
  const wanted = names.filter((name) => words.every((word) => name.toLowerCase().includes(word)));
  viewport.show(scene.draw(whole, new Set(wanted)));
  const of = wanted.length < names.length ? `${wanted.length} of ` : "";
  count.textContent = of + plural(names.length, "table");
  say(names.length === 0 ? NOTHING : wanted.length === 0 ? `No table is named like “${search.value}”.` : "");
  select(wanted.includes(selected ?? "") ? selected : undefined);
}

const NOTHING =
  "No tables were found. What counts is DDL in .sql files, migrations of Alembic and Django, " +
  "and models of Django, SQLAlchemy and SQLModel that the settings do not exclude.";

function say(text: string): void {
  notice.textContent = text;
  notice.hidden = text === "";
}

function select(name: string | undefined): void {
  selected = name;
  scene.mark(name);
  const one = table(name);
  panel.hidden = one === undefined;
  if (one !== undefined) {
    const open = editor && ((origin: Origin) => editor?.postMessage({ kind: "open", origin }));
    panel.replaceChildren(...details(one, schema()!, { open, go, close: leave }));
  }
}

/** Goes to a table, which may be one that the search has left out. */
function go(name: string): void {
  if (scene.option(name) === undefined) {
    search.value = "";
    draw();
  }
  const option = scene.option(name);
  option?.focus({ preventScroll: true });
  option?.scrollIntoView({ block: "nearest", inline: "nearest" });
}

function leave(): void {
  select(undefined);
  frame.focus();
}

/** What Enter does: the definition in an editor, the details elsewhere. */
function enter(): void {
  const origin = table(selected)?.origin;
  if (editor !== undefined && origin) editor.postMessage({ kind: "open", origin });
  else panel.querySelector("h2")?.focus();
}

type Keys = Record<string, () => void>;

const VIEW_KEYS: Keys = {
  "+": () => viewport.zoomIn(),
  "=": () => viewport.zoomIn(),
  "-": () => viewport.zoomOut(),
  "0": () => viewport.fit(),
  "/": () => search.focus(),
};

const TABLE_KEYS: Keys = {
  ArrowLeft: () => walk(-1, 0),
  ArrowRight: () => walk(1, 0),
  ArrowUp: () => walk(0, -1),
  ArrowDown: () => walk(0, 1),
  Home: () => go(scene.names[0]!),
  End: () => go(scene.names.at(-1)!),
  Enter: enter,
  Escape: leave,
};

function walk(across: number, down: number): void {
  const next = scene.beside(selected!, across, down);
  if (next !== undefined) go(next);
}

function listen(where: HTMLElement, keys: Keys): void {
  where.addEventListener("keydown", (event) => {
    const act = Object.hasOwn(keys, event.key) ? keys[event.key] : undefined;
    if (act === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    act();
  });
}

listen(frame, VIEW_KEYS);
listen(tables, TABLE_KEYS);
listen(panel, { Escape: () => (selected === undefined ? leave() : go(selected)) });
listen(search, {
  Enter: () => scene.names[0] !== undefined && go(scene.names[0]),
  Escape: () => {
    search.value = "";
    filter();
  },
});
listen(help, {
  Escape: () => {
    help.open = false;
    help.querySelector("summary")!.focus();
  },
});
tables.addEventListener("focusin", (event) => {
  const name = (event.target as HTMLElement).dataset["table"];
  if (name !== selected) select(name);
});
tables.addEventListener("dblclick", enter);
search.addEventListener("input", filter);
databases.addEventListener("change", filter);
byId("zoom-in", HTMLButtonElement).addEventListener("click", () => viewport.zoomIn());
byId("zoom-out", HTMLButtonElement).addEventListener("click", () => viewport.zoomOut());
byId("fit", HTMLButtonElement).addEventListener("click", () => viewport.fit());

function filter(): void {
  draw();
  viewport.fit(LEGIBLE);
  frame.scrollTo({ left: 0, top: 0, behavior: "instant" });
}

window.addEventListener("message", ({ data }: MessageEvent<FromHost>) => {
  if (data.kind === "fail") say(data.reason);
  else if (data.diagram === null) say("The files of the project are being read.");
  else show(data.diagram);
});

const own = enclosed();
if (own !== null) show(own);
editor?.postMessage({ kind: "ready" });
