import type { Box, Point } from "./layout";

/** How many rows there can be at the two ends of a line. */
export interface Ends {
  optional: boolean;
  unique: boolean;
}

/** An end of a line: a table, and where in it the column is. */
export interface End {
  box: Box;
  row: number;
}

const FOOT = 12;
const TOE = 6;
const RADIUS = 4;
const LOOP = 40;

/** The path of a line between two tables, with the signs of its ends, as the attribute `d` wants it. */
export function line(from: End, to: End, way: Point[], ends: Ends): string {
  if (from.box === to.box) return loop(from, to, ends);
  const first = port(from, way[0] ?? middle(to.box));
  const last = port(to, way.at(-1) ?? middle(from.box));
  const path = curve([beyond(first), ...way, beyond(last)]);
  return `M${first.x} ${first.y}H${beyond(first).x}${path}H${last.x}${signs(first, last, ends)}`;
}

type Port = Point & { side: 1 | -1 };

function port({ box, row }: End, towards: Point): Port {
  const side = towards.x < middle(box).x ? -1 : 1;
  return { x: side < 0 ? box.x : box.x + box.width, y: box.y + row, side };
}

/** Where a line is free of the signs at its end. */
function beyond({ x, y, side }: Port): Point {
  return { x: x + side * (FOOT + RADIUS), y };
}

function middle(box: Box): Point {
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

function loop(from: End, to: End, ends: Ends): string {
  const x = from.box.x + from.box.width;
  const out: Port = { x, y: from.box.y + from.row, side: 1 };
  const back: Port = { x, y: to.box.y + to.row, side: 1 };
  return `M${x} ${out.y}C${x + LOOP} ${out.y} ${x + LOOP} ${back.y} ${x} ${back.y}${signs(out, back, ends)}`;
}

/** From the first point to all others; it leaves and reaches each horizontally. */
function curve([start, ...rest]: Point[]): string {
  let [path, last] = ["", start!];
  for (const point of rest) {
    const half = (last.x + point.x) / 2;
    path += `C${half} ${last.y} ${half} ${point.y} ${point.x} ${point.y}`;
    last = point;
  }
  return path;
}

function signs(one: Port, many: Port, { optional, unique }: Ends): string {
  return (optional ? circle(one) : bar(one)) + (unique ? bar(many) : foot(many));
}

function bar({ x, y, side }: Port): string {
  return `M${x + side * FOOT} ${y - TOE}v${2 * TOE}`;
}

function circle({ x, y, side }: Port): string {
  const left = x + side * FOOT - RADIUS;
  return `M${left} ${y}a${RADIUS} ${RADIUS} 0 1 0 ${2 * RADIUS} 0a${RADIUS} ${RADIUS} 0 1 0 ${-2 * RADIUS} 0`;
}

function foot({ x, y, side }: Port): string {
  const heel = x + side * FOOT;
  return `M${x} ${y - TOE}L${heel} ${y}L${x} ${y + TOE}`;
}
