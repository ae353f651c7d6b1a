import * as vscode from "vscode";
import { ExecuteCommandRequest, type LanguageClient, LSPErrorCodes, ResponseError } from "vscode-languageclient/node";
import { LANGUAGES, NAME, SECTION } from "../names";

/** What commands need of the server: the client of the one that runs. */
export interface Server {
  readonly client: LanguageClient | undefined;
}

/** An answer together with the client that gave it, which knows how to convert what is in it. */
export interface Answer<Content> {
  client: LanguageClient;
  content: Content;
}

/**
 * The answer of a command of the server; undefined where the person was told why there is none, or has
 * stopped it.
 */
export async function ask<Content>(
  server: Server,
  name: string,
  argument: object,
): Promise<Answer<Content> | undefined> {
  const client = server.client;
  if (client === undefined) {
    await complain(`The server of ${NAME} is not running.`);
    return undefined;
  }
  const request = { command: `backend-architect.${name}`, arguments: [argument] };
  try {
    const content: Content = await client.sendRequest(ExecuteCommandRequest.type, request);
    return { client, content };
  } catch (error) {
    const stopped = error instanceof ResponseError && error.code === LSPErrorCodes.RequestCancelled;
    if (!stopped) await complain(error instanceof Error ? error.message : String(error));
    return undefined;
  }
}

/** The active editor, if the server reads its file; else the person is told what to open. */
export function editor(): vscode.TextEditor | undefined {
  const active = vscode.window.activeTextEditor;
  if (active !== undefined && LANGUAGES.includes(active.document.languageId)) return active;
  void vscode.window.showInformationMessage("Open a Python or SQL file first.");
  return undefined;
}

/** A number of things, as people write it. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

async function complain(message: string): Promise<void> {
  const choice = await vscode.window.showErrorMessage(message, "Show Output");
  if (choice !== undefined) await vscode.commands.executeCommand(`${SECTION}.showOutput`);
}
