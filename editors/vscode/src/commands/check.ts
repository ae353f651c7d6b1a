import * as vscode from "vscode";
import { ask, counted, type Server } from "./server";

interface Checked {
  files: number;
  findings: number;
  severities: Record<string, number>;
  problems: string[];
}

/** Checks all files of the workspace, and says how much was found. */
export async function checkWorkspace(server: Server): Promise<void> {
  const answer = await ask<Checked>(server, "checkWorkspace", {});
  if (answer === undefined) return;
  const { problems } = answer.content;
  for (const problem of problems) answer.client.warn(problem);
  const left = problems.length === 0 ? "" : ` ${counted(problems.length, "problem")} in the output.`;
  const choice = await vscode.window.showInformationMessage(summary(answer.content) + left, "Show Problems");
  if (choice !== undefined) await vscode.commands.executeCommand("workbench.actions.view.problems");
}

function summary({ files, findings, severities }: Checked): string {
  if (findings === 0) return "Nothing is found in the workspace.";
  const each = Object.entries(severities).map(([name, count]) =>
    // "information" has no plural.
    name === "information" ? `${count} ${name}` : counted(count, name),
  );
  return `${counted(findings, "finding")} in ${counted(files, "file")}: ${each.join(", ")}.`;
}
