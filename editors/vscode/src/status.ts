import * as vscode from "vscode";
import { NAME, SECTION } from "./names";
import type { Server, State } from "./server/server";

const ICONS: Record<State["kind"], string> = {
  starting: "$(loading~spin)",
  restarting: "$(loading~spin)",
  running: "$(shield)",
  stopped: "$(warning)",
  missing: "$(warning)",
};

/** Shows in the status bar how the server is. */
export function register(context: vscode.ExtensionContext, server: Server): void {
  const item = vscode.window.createStatusBarItem(SECTION, vscode.StatusBarAlignment.Left);
  item.name = NAME;
  const show = () => {
    item.text = `${ICONS[server.state.kind]} ${NAME}`;
    item.tooltip = server.state.kind;
  };
  context.subscriptions.push(item, server.onDidChangeState(show));
  show();
  item.show();
}
