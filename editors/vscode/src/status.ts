import * as vscode from "vscode";
import { NAME, SECTION } from "./names";
import type { Server, State } from "./server/server";

const ICONS: Record<State["kind"], string> = {
  starting: "$(loading~spin)",
  restarting: "$(loading~spin)",
  running: "$(shield)",
  stopped: "$(error)",
  missing: "$(cloud-download)",
};

/** Shows in the status bar how the server is and how much it has found; a click offers what can be done. */
export function register(context: vscode.ExtensionContext, server: Server): void {
  const item = vscode.window.createStatusBarItem(SECTION, vscode.StatusBarAlignment.Left);
  item.name = NAME;
  item.command = `${SECTION}.showStatus`;
  const show = () => {
    const restricted = !vscode.workspace.isTrusted;
    const { state } = server;
    const count = state.kind === "running" ? findings(server) : 0;
    item.text = `${ICONS[state.kind]} ${NAME}${summary(state, count)}${restricted ? " (restricted)" : ""}`;
    item.tooltip = [...details(state, count), ...(restricted ? [RESTRICTED] : [])].join("\n\n");
    const problem = state.kind === "stopped" || state.kind === "missing";
    item.backgroundColor = problem ? new vscode.ThemeColor("statusBarItem.warningBackground") : undefined;
  };
  context.subscriptions.push(
    item,
    vscode.commands.registerCommand(`${SECTION}.showStatus`, () => choose(server)),
    server.onDidChangeState(show),
    vscode.languages.onDidChangeDiagnostics(show),
    vscode.workspace.onDidGrantWorkspaceTrust(show),
  );
  show();
  item.show();
}

const RESTRICTED =
  "The workspace is not trusted: its rules are left out, and no server is started from it.";

function summary(state: State, count: number): string {
  if (state.kind === "running") return `: ${count}`;
  if (state.kind === "missing") return ": not installed";
  return `: ${state.kind}`;
}

function details(state: State, count: number): string[] {
  switch (state.kind) {
    case "running":
      return [
        count === 1 ? "1 finding in open files" : `${count} findings in open files`,
        `backend-architect ${state.version}, found through ${state.located.from}: ${state.located.command[0]}`,
      ];
    case "missing":
      return ["The server is not installed. Click to install it."];
    case "stopped":
      return [`The server has stopped. ${state.reason}`];
    default:
      return [`The server is ${state.kind}.`];
  }
}

/** How many findings the server has published. */
function findings(server: Server): number {
  let count = 0;
  server.client?.diagnostics?.forEach((_, diagnostics) => {
    count += diagnostics.length;
  });
  return count;
}

async function choose(server: Server): Promise<void> {
  if (server.state.kind === "missing") return server.install();
  const choices: (vscode.QuickPickItem & { command: string; argument?: string })[] = [
    { label: "$(warning) Show Problems", command: "workbench.actions.view.problems" },
    { label: "$(refresh) Restart Server", command: `${SECTION}.restart` },
    { label: "$(output) Show Output", command: `${SECTION}.showOutput` },
    { label: "$(gear) Open Settings", command: "workbench.action.openSettings", argument: SECTION },
  ];
  const chosen = await vscode.window.showQuickPick(choices, { title: NAME });
  if (chosen !== undefined) await vscode.commands.executeCommand(chosen.command, chosen.argument);
}
