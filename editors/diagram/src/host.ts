import type { ToHost } from "./messages";
import type { Diagram } from "./model";

/** What VS Code gives to a page in a web view, once. */
interface WebView {
  postMessage(message: ToHost): void;
}

declare global {
  var acquireVsCodeApi: (() => WebView) | undefined;
}

/** The editor around the page; undefined in a browser. */
export const editor: WebView | undefined = globalThis.acquireVsCodeApi?.();

/** The diagram that is in the file; null if an editor is to send it. */
export function enclosed(): Diagram | null {
  return JSON.parse(document.getElementById("diagram")!.textContent!) as Diagram | null;
}
