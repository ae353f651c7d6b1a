import * as vscode from "vscode";
import type { Pages } from "./pages";
import { ask, editor, type Server } from "./server";

interface Explanation {
  title: string;
  markdown: string;
}

/** Shows the card of the rule that speaks at the cursor. */
export async function explain(server: Server, pages: Pages): Promise<void> {
  const active = editor();
  if (active === undefined) return;
  const position = { line: active.selection.active.line, character: active.selection.active.character };
  const argument = { uri: active.document.uri.toString(), position };
  const answer = await ask<Explanation | null>(server, "explain", argument);
  if (answer === undefined) return;
  if (answer.content === null) {
    void vscode.window.showInformationMessage("Nothing is found on the line of the cursor.");
    return;
  }
  await pages.show(answer.content.title, answer.content.markdown);
}
