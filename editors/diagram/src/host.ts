import type { Diagram, Origin } from "./model";

/** What VS Code gives to a page in a web view, once. */
interface WebView {
  postMessage(message: ToHost): void;
}

declare global {
  var acquireVsCodeApi: (() => WebView) | undefined;
}

/** What the page says to the editor around it. */
export type ToHost = { kind: "ready" } | { kind: "open"; origin: Origin };

/** What the editor says to the page; no diagram while the files are being read. */
export type FromHost = { kind: "show"; diagram: Diagram | null } | { kind: "fail"; reason: string };

/** The editor around the page; undefined in a browser. */
export const editor: WebView | undefined = globalThis.acquireVsCodeApi?.();

/** The diagram that is in the file; null if an editor is to send it. */
export function enclosed(): Diagram | null {
  return JSON.parse(document.getElementById("diagram")!.textContent!) as Diagram | null;
}
