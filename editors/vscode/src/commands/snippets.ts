import * as vscode from "vscode";
import type { Range, TextEdit } from "vscode-languageclient/node";
import type { Pages } from "./pages";
import { type Answer, ask, editor, type Server } from "./server";

interface Snippet {
  label: string;
  title: string;
  for: string;
  documentation: string;
  missing: string[];
  application: string | null;
}

interface Inserted {
  range: Range;
  text: string;
  format: "snippet" | "plain";
  imports: TextEdit[];
}

type Item = vscode.QuickPickItem & { snippet: Snippet };

const DOCUMENTATION: vscode.QuickInputButton = {
  iconPath: new vscode.ThemeIcon("book"),
  tooltip: "Show the documentation",
};

/** Lets the person choose a snippet for the cursor, and inserts it with its imports. */
export async function insertSnippet(server: Server, pages: Pages): Promise<void> {
  const active = editor();
  if (active === undefined) return;
  const { line, character } = active.selection.active;
  const place = { uri: active.document.uri.toString(), position: { line, character } };
  const found = await ask<Snippet[]>(server, "snippets", place);
  if (found === undefined) return;
  if (found.content.length === 0) {
    void vscode.window.showInformationMessage(
      "No snippet fits at the cursor. Most stand on an empty line of a module or in a SQL file.",
    );
    return;
  }
  const chosen = await choose(found.content, pages);
  if (chosen === undefined) return;
  const answer = await ask<Inserted | { applied: boolean }>(server, "snippet", chosen);
  if (answer !== undefined && "range" in answer.content) {
    await insert(active, { client: answer.client, content: answer.content });
  }
}

function choose(snippets: Snippet[], pages: Pages): Promise<Snippet | undefined> {
  const pick = vscode.window.createQuickPick<Item>();
  pick.title = "Insert a snippet";
  pick.placeholder = "What the file and the project need is written along";
  pick.matchOnDescription = pick.matchOnDetail = true;
  pick.items = snippets.map((snippet) => ({
    label: snippet.label,
    description: described(snippet),
    detail: snippet.title,
    buttons: [DOCUMENTATION],
    snippet,
  }));
  return new Promise((done) => {
    pick.onDidTriggerItemButton(({ item }) => pages.show(item.label, item.snippet.documentation));
    pick.onDidAccept(() => {
      done(pick.selectedItems[0]?.snippet);
      pick.hide();
    });
    pick.onDidHide(() => {
      done(undefined);
      pick.dispose();
    });
    pick.show();
  });
}

function described({ for: framework, application, missing }: Snippet): string {
  const parts = [framework];
  if (application !== null) parts.push("several files");
  if (missing.length > 0) parts.push(`needs ${missing.join(", ")}`);
  return parts.join(" · ");
}

async function insert(active: vscode.TextEditor, { client, content }: Answer<Inserted>): Promise<void> {
  const before = active.document.lineCount;
  const imports = await client.protocol2CodeConverter.asTextEdits(content.imports);
  if (imports.length > 0) {
    await active.edit((builder) => {
      for (const edit of imports) builder.replace(edit.range, edit.newText);
    });
  }
  // Imports stand above the place, so it has moved by as many lines as there are more now.
  const moved = active.document.lineCount - before;
  const range = client.protocol2CodeConverter.asRange(content.range);
  const place = new vscode.Range(range.start.translate(moved), range.end.translate(moved));
  if (content.format === "snippet") await active.insertSnippet(new vscode.SnippetString(content.text), place);
  else await active.edit((builder) => builder.replace(place, content.text));
}
