import * as vscode from "vscode";
import * as commands from "./commands/commands";
import * as diagram from "./diagram";
import { Server } from "./server/server";
import * as status from "./status";

/** A part of the extension beside the server; what it registers goes into the context's subscriptions. */
interface Feature {
  register(context: vscode.ExtensionContext, server: Server): void;
}

const FEATURES: Feature[] = [status, commands, diagram];

let server: Server | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  server = new Server(context);
  context.subscriptions.push(server);
  for (const feature of FEATURES) feature.register(context, server);
  await server.restart();
}

export async function deactivate(): Promise<void> {
  await server?.stop();
}
