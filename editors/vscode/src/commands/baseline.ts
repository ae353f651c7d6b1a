import * as vscode from "vscode";
import { ask, type Server } from "./server";

interface Created {
  written: boolean;
  file: string;
  message: string;
}

/** Accepts all that is found in a folder of the workspace today. */
export async function createBaseline(server: Server): Promise<void> {
  const folder = await chosenFolder();
  if (folder === undefined) return;
  const argument = { folder: folder.uri.toString() };
  let answer = await ask<Created>(server, "createBaseline", argument);
  if (answer?.content.written === false) {
    const question = "There is a baseline already. Replace it, and accept all that is found now?";
    const choice = await vscode.window.showWarningMessage(question, { modal: true }, "Replace");
    if (choice === undefined) return;
    answer = await ask<Created>(server, "createBaseline", { ...argument, force: true });
  }
  if (answer === undefined) return;
  const choice = await vscode.window.showInformationMessage(answer.content.message, "Open");
  if (choice !== undefined) await vscode.window.showTextDocument(vscode.Uri.parse(answer.content.file));
}

async function chosenFolder(): Promise<vscode.WorkspaceFolder | undefined> {
  const folders = vscode.workspace.workspaceFolders ?? [];
  if (folders.length === 0) void vscode.window.showInformationMessage("Open a folder first.");
  return folders.length > 1 ? vscode.window.showWorkspaceFolderPick() : folders[0];
}
