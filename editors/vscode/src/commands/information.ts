import * as vscode from "vscode";
import { ExecuteCommandRequest } from "vscode-languageclient/node";
import type { Server } from "./server";

interface Manifest {
  version: string;
  contributes: { configuration: { properties: Record<string, unknown> } };
}

/** Opens what a report of a bug must say, ready to be pasted. */
export async function showInformation(context: vscode.ExtensionContext, server: Server): Promise<void> {
  const manifest = context.extension.packageJSON as Manifest;
  const content = [
    "<!-- Read it before you send it: it names folders of your machine. -->",
    `- extension ${manifest.version}`,
    `- ${vscode.env.appName} ${vscode.version} on ${process.platform} ${process.arch}`,
    `- remote ${vscode.env.remoteName ?? "none"}, workspace ${vscode.workspace.isTrusted ? "" : "not "}trusted`,
    "",
    "Settings that are not the defaults:",
    "",
    fenced("json", JSON.stringify(settings(manifest), null, 2)),
    "",
    "The server:",
    "",
    fenced("text", await serverSays(server)),
    "",
  ].join("\n");
  const document = await vscode.workspace.openTextDocument({ language: "markdown", content });
  await vscode.window.showTextDocument(document);
}

async function serverSays(server: Server): Promise<string> {
  if (server.client === undefined) return "does not run";
  const request = { command: "backend-architect.showInformation", arguments: [] };
  try {
    return String(await server.client.sendRequest(ExecuteCommandRequest.type, request));
  } catch (error) {
    return `does not answer: ${String(error)}`;
  }
}

function settings(manifest: Manifest): Record<string, unknown> {
  const names = Object.keys(manifest.contributes.configuration.properties);
  const configuration = vscode.workspace.getConfiguration();
  const changed = names.flatMap((name) => {
    const found = configuration.inspect(name);
    const value: unknown = configuration.get(name);
    return JSON.stringify(value) === JSON.stringify(found?.defaultValue) ? [] : [[name, value] as const];
  });
  return Object.fromEntries(changed);
}

function fenced(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\``;
}
