import * as vscode from "vscode";
import type { WorkspaceEdit } from "vscode-languageclient/node";
import { ask, counted, editor, type Server } from "./server";

interface Fixed {
  fixed: number;
  files: number;
  edit: WorkspaceEdit;
}

const NOTHING = "There is nothing that is safe to fix";

/** Applies all safe fixes of the file in the active editor. */
export async function fixFile(server: Server): Promise<void> {
  const active = editor();
  if (active === undefined) return;
  const answer = await ask<Fixed>(server, "fixAll", { uri: active.document.uri.toString() });
  if (answer?.content.fixed === 0) void vscode.window.showInformationMessage(`${NOTHING} in this file.`);
}

/** Applies all safe fixes of the workspace, at once or after a look at each. */
export async function fixWorkspace(server: Server): Promise<void> {
  const answer = await ask<Fixed>(server, "fixAll", { apply: false });
  if (answer === undefined) return;
  const { fixed, files, edit } = answer.content;
  if (fixed === 0) {
    void vscode.window.showInformationMessage(`${NOTHING} in the workspace.`);
    return;
  }
  const question = `Fix ${counted(fixed, "finding")} in ${counted(files, "file")}?`;
  const choice = await vscode.window.showInformationMessage(question, { modal: true }, "Fix", "Preview");
  if (choice === undefined) return;
  if (choice === "Preview") {
    for (const annotation of Object.values(edit.changeAnnotations ?? {})) annotation.needsConfirmation = true;
  }
  const converted = await answer.client.protocol2CodeConverter.asWorkspaceEdit(edit);
  // A refactoring is saved where the settings say so, unlike what somebody is still at.
  await vscode.workspace.applyEdit(converted, { isRefactoring: true });
}
