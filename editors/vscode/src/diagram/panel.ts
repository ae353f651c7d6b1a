import * as vscode from "vscode";
import type { FromHost, ToHost } from "../../../diagram/src/messages";
import type { Diagram, Origin } from "../../../diagram/src/model";
import { LANGUAGES, SECTION } from "../names";

const PAUSE = 700; // milliseconds after the last change, so that half-typed statements are not drawn
const READING = 500; // milliseconds until the files may have been read

/** A project of the server; its URI is that of its folder. */
export interface Project {
  name: string;
  uri: string;
}

/** What the server says to one of its commands. */
export async function ask<Answer>(command: string, ...given: unknown[]): Promise<Answer> {
  return vscode.commands.executeCommand<Answer>(`backend-architect.${command}`, ...given);
}

/** The diagram of one project in a tab; it follows what is typed while it is seen. */
export class DiagramPanel {
  readonly #project: Project;
  readonly #panel: vscode.WebviewPanel;
  readonly #subscriptions: vscode.Disposable[];
  #timer: NodeJS.Timeout | undefined;
  #shown = "";
  #closed = false;

  constructor(project: Project, page: string, closed: () => void) {
    this.#project = project;
    const title = `Tables of ${project.name}`;
    this.#panel = vscode.window.createWebviewPanel(`${SECTION}.diagram`, title, vscode.ViewColumn.Active, {
      enableScripts: true,
      localResourceRoots: [],
      retainContextWhenHidden: true, // where somebody has scrolled to is not found again quickly
    });
    this.#subscriptions = [
      this.#panel.webview.onDidReceiveMessage((message: ToHost) => this.#hear(message)),
      this.#panel.onDidChangeViewState(() => this.#soon(0)),
      vscode.workspace.onDidChangeTextDocument(({ document }) => {
        if (LANGUAGES.includes(document.languageId)) this.#soon(PAUSE);
      }),
      this.#panel.onDidDispose(() => {
        this.#closed = true;
        clearTimeout(this.#timer);
        for (const one of this.#subscriptions) one.dispose();
        closed();
      }),
    ];
    this.#panel.webview.html = page;
  }

  reveal(): void {
    this.#panel.reveal();
  }

  #hear(message: ToHost): void {
    if (message.kind === "open") {
      void this.#open(message.origin);
    } else {
      this.#shown = "";
      this.#soon(0);
    }
  }

  #soon(milliseconds: number): void {
    clearTimeout(this.#timer);
    if (!this.#closed && this.#panel.visible) this.#timer = setTimeout(() => void this.#refresh(), milliseconds);
  }

  async #refresh(): Promise<void> {
    try {
      const diagram = await ask<Diagram | null>("diagramData", this.#project.uri);
      const text = JSON.stringify(diagram);
      if (text !== this.#shown) this.#say({ kind: "show", diagram });
      this.#shown = text;
      if (diagram === null) this.#soon(READING);
    } catch (error) {
      this.#say({ kind: "fail", reason: `The server gives no diagram: ${String(error)}` });
    }
  }

  #say(message: FromHost): void {
    if (!this.#closed) void this.#panel.webview.postMessage(message);
  }

  async #open({ path, line }: Origin): Promise<void> {
    const at = new vscode.Position(line - 1, 0);
    const file = vscode.Uri.joinPath(vscode.Uri.parse(this.#project.uri), path);
    await vscode.window.showTextDocument(file, { selection: new vscode.Range(at, at) });
  }
}
