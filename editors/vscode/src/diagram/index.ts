import * as vscode from "vscode";
import { SECTION } from "../names";
import { ask, DiagramPanel, type Project } from "./panel";

/** The command that shows the tables of a project and how they refer to each other. */
export function register(context: vscode.ExtensionContext): void {
  context.subscriptions.push(vscode.commands.registerCommand(`${SECTION}.showDiagram`, tryToShow));
}

const panels = new Map<string, DiagramPanel>();

async function tryToShow(): Promise<void> {
  try {
    await show();
  } catch (error) {
    void vscode.window.showErrorMessage(`There is no diagram, because the server does not answer: ${String(error)}`);
  }
}

async function show(): Promise<void> {
  const project = await chosen();
  if (project === undefined) return;
  const open = panels.get(project.uri);
  if (open !== undefined) {
    open.reveal();
    return;
  }
  const page = await ask<string>("diagramPage");
  panels.set(project.uri, new DiagramPanel(project, page, () => panels.delete(project.uri)));
}

async function chosen(): Promise<Project | undefined> {
  const projects = await ask<Project[]>("diagramProjects");
  if (projects.length === 0) {
    void vscode.window.showInformationMessage("No folder is open, so there are no tables to show.");
  }
  if (projects.length < 2) return projects[0];
  const items = projects.map((project) => ({
    label: project.name,
    description: vscode.workspace.asRelativePath(vscode.Uri.parse(project.uri), true),
    project,
  }));
  return (await vscode.window.showQuickPick(items, { placeHolder: "The project whose tables are shown" }))?.project;
}
