import type { Diagram, Origin } from "./model";

/** What the page says to the editor around it. */
export type ToHost = { kind: "ready" } | { kind: "open"; origin: Origin };

/** What the editor says to the page; no diagram while the files are being read. */
export type FromHost = { kind: "show"; diagram: Diagram | null } | { kind: "fail"; reason: string };
