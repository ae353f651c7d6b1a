import * as vscode from "vscode";
import { SECTION } from "../names";
import { createBaseline } from "./baseline";
import { checkWorkspace } from "./check";
import { explain } from "./explain";
import { fixFile, fixWorkspace } from "./fix";
import { showInformation } from "./information";
import { Pages } from "./pages";
import type { Server } from "./server";
import { insertSnippet } from "./snippets";

/** Registers what the command palette offers beside the life of the server. */
export function register(context: vscode.ExtensionContext, server: Server): void {
  const pages = new Pages();
  const commands: Record<string, () => Promise<void>> = {
    explain: () => explain(server, pages),
    fixFile: () => fixFile(server),
    fixWorkspace: () => fixWorkspace(server),
    checkWorkspace: () => checkWorkspace(server),
    insertSnippet: () => insertSnippet(server, pages),
    showInformation: () => showInformation(context, server),
    createBaseline: () => createBaseline(server),
  };
  const registered = Object.entries(commands).map(([name, command]) =>
    vscode.commands.registerCommand(`${SECTION}.${name}`, command),
  );
  context.subscriptions.push(pages, ...registered);
}
