import * as vscode from "vscode";
import { CloseAction, type ErrorHandler, LanguageClient } from "vscode-languageclient/node";
import { LANGUAGES, NAME, SCHEMES, SECTION } from "../names";
import { expand, find } from "./command";

/** How the server is; `missing` means that none was found. */
export type State =
  | { kind: "starting" | "restarting" | "missing" }
  | { kind: "running"; command: string[]; version: string }
  | { kind: "stopped"; reason: string };

/** Until the server has answered, what fails in between is not shown: the one message about it is ours. */
class Client extends LanguageClient {
  ready = false;

  override error(message: string, data?: unknown, show?: boolean | "force"): void {
    super.error(message, data, this.ready && show);
  }
}

/** The language server: found, started, kept alive. */
export class Server implements vscode.Disposable {
  readonly output = vscode.window.createOutputChannel(NAME, { log: true });
  readonly #changed = new vscode.EventEmitter<State>();
  readonly onDidChangeState = this.#changed.event;
  readonly #context: vscode.ExtensionContext;
  readonly #subscriptions: vscode.Disposable[];
  #state: State = { kind: "starting" };
  #client: Client | undefined;
  // Starts and stops follow one another: two quick restarts must not leave two servers behind.
  #queue: Promise<void> = Promise.resolve();

  constructor(context: vscode.ExtensionContext) {
    this.#context = context;
    this.#subscriptions = [
      this.output,
      this.#changed,
      vscode.commands.registerCommand(`${SECTION}.restart`, () => this.restart()),
      vscode.commands.registerCommand(`${SECTION}.showOutput`, () => this.output.show()),
      vscode.workspace.onDidChangeConfiguration((change) => {
        if (change.affectsConfiguration(`${SECTION}.command`)) void this.restart();
      }),
    ];
  }

  get state(): State {
    return this.#state;
  }

  /** The client of the server that runs; undefined while none does. */
  get client(): LanguageClient | undefined {
    return this.#state.kind === "running" ? this.#client : undefined;
  }

  restart(): Promise<void> {
    return this.#enqueue(async () => {
      await this.#stop();
      await this.#start();
    });
  }

  stop(): Promise<void> {
    return this.#enqueue(() => this.#stop());
  }

  dispose(): void {
    for (const one of this.#subscriptions) one.dispose();
  }

  #become(state: State): void {
    this.#state = state;
    this.#changed.fire(state);
  }

  #enqueue(task: () => Promise<void>): Promise<void> {
    this.#queue = this.#queue.then(task).catch((error: unknown) => {
      this.output.error(error instanceof Error ? error : String(error));
    });
    return this.#queue;
  }

  async #start(): Promise<void> {
    this.#become({ kind: "starting" });
    const configured = vscode.workspace.getConfiguration(SECTION).get("command");
    const words = expand(configured, vscode.workspace.workspaceFolders?.[0]?.uri.fsPath);
    if (words === undefined) {
      this.#become({ kind: "missing" });
      this.#complain(
        `The setting ${SECTION}.command must be a list of texts, such as ["backend-architect", "server"].`,
      );
      return;
    }
    const [program, ...args] = words as [string, ...string[]];
    const executable = find(program);
    if (executable === undefined) {
      this.#become({ kind: "missing" });
      this.#complain(
        `The command "${program}" was not found. Install it with "pip install backend-architect", ` +
          `or name its full path in the setting ${SECTION}.command.`,
      );
      return;
    }
    this.output.info(`Starting ${[executable, ...args].join(" ")}`);
    // The opened folder must not be the server's current folder: "python -m" imports from there.
    const run = { command: executable, args, options: { cwd: this.#context.extensionPath } };
    const started: Client = new Client(SECTION, NAME, run, {
      documentSelector: LANGUAGES.flatMap((language) => SCHEMES.map((scheme) => ({ language, scheme }))),
      synchronize: { configurationSection: SECTION },
      middleware: {
        workspace: {
          // A new command restarts the server; the one that is about to leave must not be told of it.
          didChangeConfiguration: async (sections, send) => {
            await this.#queue;
            if (this.#client === started && started.isRunning()) await send(sections);
          },
        },
      },
      // A server that ends at once would end as quickly the next time.
      errorHandler: {
        error: (error, message, count) => usual().error(error, message, count),
        closed: () => (started.ready ? usual().closed() : { action: CloseAction.DoNotRestart }),
      },
      initializationFailedHandler: () => false,
      outputChannel: this.output,
      traceOutputChannel: this.output,
    });
    let handler: ErrorHandler | undefined;
    const usual = () => (handler ??= started.createDefaultErrorHandler());
    this.#client = started;
    try {
      await started.start();
      started.ready = true;
      const version = started.initializeResult?.serverInfo?.version ?? "";
      this.#become({ kind: "running", command: [executable, ...args], version });
    } catch (error) {
      this.output.error(error instanceof Error ? error : String(error));
      this.#become({ kind: "stopped", reason: "it did not start" });
      this.#complain(
        `The server did not start. The output says what "${words.join(" ")}" had to complain about.`,
      );
    }
  }

  async #stop(): Promise<void> {
    const running = this.#client;
    this.#client = undefined;
    if (running === undefined) return;
    try {
      await running.dispose();
    } catch (error) {
      // A server that crashed or never started cannot be asked to leave.
      this.output.warn(`The server did not stop properly: ${String(error)}`);
    }
  }

  #complain(message: string): void {
    this.output.error(message);
    // Not awaited: the message stays until somebody reads it, and the queue must go on.
    void vscode.window.showErrorMessage(message, "Open Settings", "Show Output", "Retry").then((choice) => {
      if (choice === "Open Settings") {
        void vscode.commands.executeCommand("workbench.action.openSettings", `${SECTION}.command`);
      } else if (choice === "Show Output") {
        this.output.show();
      } else if (choice === "Retry") {
        void this.restart();
      }
    });
  }
}
