import dagre from "@dagrejs/dagre";

export interface Size {
  width: number;
  height: number;
}

export interface Point {
  x: number;
  y: number;
}

export type Box = Point & Size;

/** An arrow from a table that is pointed to, to one that points. */
export interface Link {
  from: string;
  to: string;
}

export interface Layout extends Size {
  /** By table; their left upper corners. */
  boxes: Map<string, Box>;
  /** By link: the points on its way between two tables, where others stand between them. */
  ways: Map<Link, Point[]>;
}

const GAP = 40;
const PROPORTION = 1.6; // of a window
const TALLEST = 8; // tables above each other that point to the same one

/** Places tables: what hangs together from left to right, these groups beside and below each other. */
export function arrange(sizes: Map<string, Size>, links: Link[]): Layout {
  const groups = connected([...sizes.keys()], links).map((names) => group(names, sizes, links));
  const [largest, ...rest] = groups.sort((one, other) => other.height - one.height || other.width - one.width);
  return largest === undefined ? rows([], 0) : beside(largest, rest);
}

function connected(names: string[], links: Link[]): string[][] {
  const next = new Map<string, string[]>(names.map((name) => [name, []]));
  for (const { from, to } of links) {
    next.get(from)?.push(to);
    next.get(to)?.push(from);
  }
  const seen = new Set<string>();
  return names.flatMap((name) => {
    const found: string[] = [];
    const open = [name];
    for (let one = open.pop(); one !== undefined; one = open.pop()) {
      if (seen.has(one)) continue;
      seen.add(one);
      found.push(one);
      open.push(...(next.get(one) ?? []));
    }
    return found.length > 0 ? [found] : [];
  });
}

function group(names: string[], sizes: Map<string, Size>, links: Link[]): Layout {
  const graph = new dagre.graphlib.Graph({ multigraph: true });
  graph.setGraph({ rankdir: "LR", nodesep: 20, edgesep: 8, ranksep: 80 });
  const here = new Set(names);
  for (const name of names) graph.setNode(name, { ...sizes.get(name)! });
  const pointing = new Map<string, Link[]>();
  for (const link of links) {
    if (here.has(link.from) && link.from !== link.to) pointing.set(link.from, [...(pointing.get(link.from) ?? []), link]);
  }
  const known = new Map<string, Link>();
  for (const [from, all] of pointing) {
    const columns = Math.ceil(all.length / TALLEST);
    all.forEach((link, index) => {
      known.set(String(known.size), link);
      graph.setEdge(from, link.to, { minlen: 1 + (index % columns) }, String(known.size - 1));
    });
  }
  dagre.layout(graph);
  const boxes = new Map(
    names.map((name) => {
      const { x, y, width, height } = graph.node(name) as Box;
      return [name, { x: x - width / 2, y: y - height / 2, width, height }];
    }),
  );
  const halves = new Map<number, number>();
  for (const { x, width } of boxes.values()) {
    const middle = Math.round(x + width / 2);
    halves.set(middle, Math.max(halves.get(middle) ?? 0, width / 2));
  }
  const ways = new Map(
    graph.edges().map((edge) => {
      const points = (graph.edge(edge) as { points: Point[] }).points;
      return [known.get(edge.name!)!, way(points, halves)];
    }),
  );
  const { width = 0, height = 0 } = graph.graph() as Partial<Size>;
  return { boxes, ways, width, height };
}

/** Past the tables that stand between two others; `halves` are half the widths of columns, by their middles. */
function way(points: Point[], halves: Map<number, number>): Point[] {
  // Every other point lies between two columns, where a line may go as it likes.
  const passed = points.slice(1, -1).filter((_, index) => index % 2 === 1);
  const forward = Math.sign(points.at(-1)!.x - points[0]!.x);
  return passed.flatMap(({ x, y }) => {
    const half = forward * (halves.get(Math.round(x)) ?? 0);
    return [{ x: x - half, y }, { x: x + half, y }];
  });
}

/** The largest group, and the others at its right or below it, whichever is more like a window. */
function beside(largest: Layout, rest: Layout[]): Layout {
  const area = rest.reduce((sum, { width, height }) => sum + (width + GAP) * (height + GAP), 0);
  const widest = Math.max(0, ...rest.map((one) => one.width));
  if (largest.width > PROPORTION * largest.height) return rows([largest, rows(rest, largest.width)], largest.width);
  // Alone or small, it leaves the proportion to all of them together.
  const whole = area + largest.width * largest.height;
  const tall = Math.max(largest.height, Math.sqrt(whole / PROPORTION));
  const across = Math.max(widest, area / tall);
  return rows([largest, rows(rest, across)], Infinity);
}

/** Groups from left to right, in rows no wider than a limit. */
function rows(groups: Layout[], limit: number): Layout {
  const all: Layout = { boxes: new Map(), ways: new Map(), width: 0, height: 0 };
  let [left, top, tallest] = [0, 0, 0];
  for (const one of groups) {
    if (left > 0 && left + one.width > limit) [left, top, tallest] = [0, top + tallest + GAP, 0];
    const moved = <Kind extends Point>(point: Kind): Kind => ({ ...point, x: point.x + left, y: point.y + top });
    for (const [name, box] of one.boxes) all.boxes.set(name, moved(box));
    for (const [link, points] of one.ways) all.ways.set(link, points.map(moved));
    all.width = Math.max(all.width, left + one.width);
    all.height = Math.max(all.height, top + one.height);
    tallest = Math.max(tallest, one.height);
    left += one.width + GAP;
  }
  return all;
}
