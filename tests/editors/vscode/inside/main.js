// Runs in the extension host, and writes down what the API of VS Code says of documents; tests compare it.
const fs = require('node:fs');
const path = require('node:path');
const vscode = require('vscode');

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

async function until(what, probe, ms = 20_000) {
  const end = Date.now() + ms;
  for (;;) {
    const value = await probe();
    if (value) return value;
    if (Date.now() > end) throw new Error(`timed out: ${what}`);
    await pause(10);
  }
}

const ends = ({ start, end }) => [start.line, start.character, end.line, end.character];
const ours = (uri) => vscode.languages.getDiagnostics(uri).filter((one) => one.source === 'backend-architect');
const seen = (uri, count) => until(`${count} findings in ${uri}`, () => ours(uri).length === count);

function told(uri) {
  return ours(uri).map((one) => ({
    rule: one.code.value,
    card: one.code.target.toString(),
    severity: vscode.DiagnosticSeverity[one.severity],
    range: ends(one.range),
    message: one.message,
  }));
}

async function show(file) {
  const document = await vscode.workspace.openTextDocument(file);
  return vscode.window.showTextDocument(document, { preview: false });
}

const observations = {
  /** What is said of a document, its hover, its actions, and what the first of them makes of it. */
  async repaired({ file }) {
    const { document } = await show(file);
    const { uri } = document;
    await seen(uri, 1);
    const diagnostics = told(uri);
    const [first] = ours(uri);
    const hovers = await vscode.commands.executeCommand('vscode.executeHoverProvider', uri, first.range.start);
    const actions = await vscode.commands.executeCommand('vscode.executeCodeActionProvider', uri, first.range, 'quickfix', 9);
    const listed = actions.map(({ title, kind, isPreferred }) => [title, kind.value, isPreferred === true]);
    const applied = await vscode.workspace.applyEdit(actions[0].edit);
    await seen(uri, 0);
    const hover = hovers.flatMap((one) => one.contents.map((content) => content.value)).join('\n');
    return { diagnostics, hover, actions: listed, applied, text: document.getText() };
  },

  /** What is said of a document that is opened. */
  async opened({ file, count }) {
    const { document } = await show(file);
    await seen(document.uri, count);
    return told(document.uri);
  },

  /** What is said of a document without a file. */
  async untitled({ language, text, count }) {
    const document = await vscode.workspace.openTextDocument({ language, content: text });
    await vscode.window.showTextDocument(document);
    await seen(document.uri, count);
    return told(document.uri);
  },

  /** What is said after a key in a document. */
  async changed({ file, line, text, count }) {
    const editor = await show(file);
    const { uri } = editor.document;
    await editor.edit((builder) => builder.insert(new vscode.Position(line, 0), text));
    await seen(uri, count);
    return told(uri);
  },

  /** The completion of a snippet at the end of a document, and the document with it. */
  async completed({ file, label }) {
    const editor = await show(file);
    const { document } = editor;
    const end = document.lineAt(document.lineCount - 1).range.end;
    const item = await until('the snippet is offered', async () => {
      const list = await vscode.commands.executeCommand('vscode.executeCompletionItemProvider', document.uri, end);
      return list.items.find((one) => (one.label.label ?? one.label) === label);
    });
    const kind = vscode.CompletionItemKind[item.kind];
    const snippet = item.insertText ?? item.textEdit.newText;
    return { kind, isSnippet: snippet instanceof vscode.SnippetString, text: snippet.value ?? snippet };
  },

  /** What is said of the cells of a notebook, once a document that was opened later has been looked at. */
  async notebook({ file, later, count }) {
    const notebook = await vscode.workspace.openNotebookDocument(vscode.Uri.file(file));
    await vscode.window.showNotebookDocument(notebook);
    const { document } = await show(later);
    await seen(document.uri, count);
    return notebook.getCells().map((cell) => [cell.document.languageId, told(cell.document.uri)]);
  },
};

exports.activate = async function activate() {
  const plan = JSON.parse(fs.readFileSync(process.env.BACKEND_ARCHITECT_INSIDE, 'utf8'));
  const results = {};
  for (const { name, what, ...given } of plan.observations) {
    try {
      results[name] = await observations[what](given);
    } catch (error) {
      results[name] = { error: String(error.stack ?? error) };
    }
  }
  const unfinished = path.join(path.dirname(plan.results), 'unfinished.json');
  fs.writeFileSync(unfinished, JSON.stringify(results, null, 1));
  fs.renameSync(unfinished, plan.results);
};
