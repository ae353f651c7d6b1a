import * as vscode from "vscode";
import { CloseAction, type ErrorHandler, LanguageClient } from "vscode-languageclient/node";
import { expand, find } from "./command";
import * as commands from "./commands/commands";

const SECTION = "backendArchitect";
const NAME = "Backend Architect";
const LANGUAGES = ["python", "sql"];
const SCHEMES = ["file", "untitled"];

let output: vscode.LogOutputChannel;
let client: Client | undefined;
let extensionFolder: string;

// Starts and stops follow one another: two quick restarts must not leave two servers behind.
let queue: Promise<void> = Promise.resolve();

/** Until the server has answered, what fails in between is not shown: the one message about it is ours. */
class Client extends LanguageClient {
  ready = false;

  override error(message: string, data?: unknown, show?: boolean | "force"): void {
    super.error(message, data, this.ready && show);
  }
}

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  extensionFolder = context.extensionPath;
  output = vscode.window.createOutputChannel(NAME, { log: true });
  context.subscriptions.push(
    output,
    vscode.commands.registerCommand(`${SECTION}.restart`, () => enqueue(restart)),
    vscode.commands.registerCommand(`${SECTION}.showOutput`, () => output.show()),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration(`${SECTION}.command`)) void enqueue(restart);
    }),
  );
  commands.register(context, {
    get client() {
      return client?.ready ? client : undefined;
    },
  });
  await enqueue(restart);
}

export async function deactivate(): Promise<void> {
  await enqueue(stop);
}

function enqueue(task: () => Promise<void>): Promise<void> {
  queue = queue.then(task).catch((error: unknown) => {
    output.error(error instanceof Error ? error : String(error));
  });
  return queue;
}

async function restart(): Promise<void> {
  await stop();
  const configured = vscode.workspace.getConfiguration(SECTION).get("command");
  const words = expand(configured, vscode.workspace.workspaceFolders?.[0]?.uri.fsPath);
  if (words === undefined) {
    complain(`The setting ${SECTION}.command must be a list of texts, such as ["backend-architect", "server"].`);
    return;
  }
  const [program, ...args] = words as [string, ...string[]];
  const executable = find(program);
  if (executable === undefined) {
    complain(
      `The command "${program}" was not found. Install it with "pip install backend-architect", ` +
        `or name its full path in the setting ${SECTION}.command.`,
    );
    return;
  }
  output.info(`Starting ${[executable, ...args].join(" ")}`);
  // The opened folder must not be the server's current folder: "python -m" imports from there.
  const run = { command: executable, args, options: { cwd: extensionFolder } };
  const started: Client = new Client(SECTION, NAME, run, {
    documentSelector: LANGUAGES.flatMap((language) => SCHEMES.map((scheme) => ({ language, scheme }))),
    synchronize: { configurationSection: SECTION },
    middleware: {
      workspace: {
        // A new command restarts the server; the one that is about to leave must not be told of it.
        didChangeConfiguration: async (sections, send) => {
          await queue;
          if (client === started && started.isRunning()) await send(sections);
        },
      },
    },
    // A server that ends at once would end as quickly the next time.
    errorHandler: {
      error: (error, message, count) => usual().error(error, message, count),
      closed: () => (started.ready ? usual().closed() : { action: CloseAction.DoNotRestart }),
    },
    initializationFailedHandler: () => false,
    outputChannel: output,
    traceOutputChannel: output,
  });
  let handler: ErrorHandler | undefined;
  const usual = () => (handler ??= started.createDefaultErrorHandler());
  client = started;
  try {
    await started.start();
    started.ready = true;
  } catch (error) {
    output.error(error instanceof Error ? error : String(error));
    complain(`The server did not start. The output says what "${words.join(" ")}" had to complain about.`);
  }
}

async function stop(): Promise<void> {
  const running = client;
  client = undefined;
  if (running === undefined) return;
  try {
    await running.dispose();
  } catch (error) {
    // A server that crashed or never started cannot be asked to leave.
    output.warn(`The server did not stop properly: ${String(error)}`);
  }
}

function complain(message: string): void {
  output.error(message);
  // Not awaited: the message stays until somebody reads it, and the queue must go on.
  void vscode.window.showErrorMessage(message, "Open Settings", "Show Output", "Retry").then((choice) => {
    if (choice === "Open Settings") {
      void vscode.commands.executeCommand("workbench.action.openSettings", `${SECTION}.command`);
    } else if (choice === "Show Output") {
      output.show();
    } else if (choice === "Retry") {
      void enqueue(restart);
    }
  });
}
