import * as vscode from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import { NAME, SECTION } from "../names";
import { Client } from "./client";
import { SelectedPython } from "./environment";
import { type Located, locate, SettingError } from "./location";
import { type Choices, Notices } from "./notices";
import { PrivateEnvironment } from "./private";
import { MOST, Recovery, SPAN } from "./recovery";

/** How the server is; `missing` means that none was found. */
export type State =
  | { kind: "starting" | "restarting" | "missing" }
  | { kind: "running"; located: Located; version: string }
  | { kind: "stopped"; reason: string };

const MISSING = "missing";

/** The language server: found, started, kept alive. */
export class Server implements vscode.Disposable {
  readonly output = vscode.window.createOutputChannel(NAME, { log: true });
  readonly #changed = new vscode.EventEmitter<State>();
  readonly onDidChangeState = this.#changed.event;
  readonly #context: vscode.ExtensionContext;
  readonly #notices = new Notices(this.output);
  readonly #recovery = new Recovery();
  readonly #selected = new SelectedPython();
  readonly #private: PrivateEnvironment;
  readonly #subscriptions: vscode.Disposable[];
  #state: State = { kind: "starting" };
  #client: Client | undefined;
  // Starts and stops follow one another: two quick restarts must not leave two servers behind.
  #queue: Promise<void> = Promise.resolve();

  constructor(context: vscode.ExtensionContext) {
    this.#context = context;
    this.#private = new PrivateEnvironment(context, this.#selected, this.output);
    this.#subscriptions = [
      this.output,
      this.#changed,
      this.#selected,
      vscode.commands.registerCommand(`${SECTION}.restart`, () => this.restart()),
      vscode.commands.registerCommand(`${SECTION}.showOutput`, () => this.output.show()),
      vscode.commands.registerCommand(`${SECTION}.install`, () => this.install()),
      vscode.workspace.onDidChangeConfiguration((change) => {
        if (change.affectsConfiguration(`${SECTION}.command`)) void this.restart();
      }),
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.restart()),
      this.#selected.onDidChange(() => this.#enqueue(() => this.#relocate())),
    ];
  }

  get state(): State {
    return this.#state;
  }

  /** The client of the server that runs; undefined while none does. */
  get client(): LanguageClient | undefined {
    return this.#state.kind === "running" ? this.#client : undefined;
  }

  /** Starts the server anew because somebody wants it, or something has changed. */
  restart(): Promise<void> {
    return this.#enqueue(async () => {
      // That somebody did not want a private environment is remembered as long as the window is open.
      this.#notices.forget(MISSING);
      this.#recovery.reset();
      await this.#stop();
      await this.#start();
    });
  }

  stop(): Promise<void> {
    return this.#enqueue(() => this.#stop());
  }

  /** Makes the private environment, and starts what is found then. */
  async install(): Promise<void> {
    try {
      await this.#private.install();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#notices.forget(MISSING);
      this.#complain("installation", `The server was not installed. ${reason}`, {
        "Try Again": () => this.install(),
        "Show Output": () => this.output.show(),
      });
      return;
    }
    await this.restart();
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
    const located = await this.#locate();
    if (located !== undefined) await this.#launch(located);
  }

  async #locate(): Promise<Located | undefined> {
    let located: Located | undefined;
    try {
      located = await locate(this.#selected, this.#private);
    } catch (error) {
      if (!(error instanceof SettingError)) throw error;
      this.#become({ kind: "stopped", reason: error.message });
      this.#complain("setting", error.message, { ...this.#settings, ...this.#usual });
      return undefined;
    }
    if (located === undefined) {
      this.#become({ kind: "missing" });
      this.#notices.offer(
        MISSING,
        "The server backend-architect is not installed: it is neither in the selected Python environment nor on " +
          `PATH, and ${SECTION}.command names none. Install it into an environment of the extension's own?`,
        { Install: () => this.install(), ...this.#settings, "Show Output": () => this.output.show() },
      );
    }
    return located;
  }

  /** Follows the selected environment, if that makes a difference. */
  async #relocate(): Promise<void> {
    const before = this.#state.kind === "running" ? this.#state.located : undefined;
    const located = await locate(this.#selected, this.#private).catch(() => undefined);
    if (located === undefined || located.command.join("\0") === before?.command.join("\0")) return;
    await this.#stop();
    this.#become({ kind: "starting" });
    await this.#launch(located);
  }

  async #launch(located: Located): Promise<void> {
    this.output.info(`Starting ${located.command.join(" ")}, found through ${located.from}`);
    // The opened folder must not be the server's current folder: "python -m" imports from there.
    const started: Client = new Client(located.command, this.#context.extensionPath, this.output, () => {
      if (this.#client === started) this.#recover(located);
    });
    this.#client = started;
    try {
      await started.start();
    } catch (error) {
      this.output.error(error instanceof Error ? error : String(error));
      this.#become({ kind: "stopped", reason: "It did not start." });
      this.#complain(
        "start",
        `The server did not start. The output says what "${located.command.join(" ")}" had to complain about.`,
        { ...this.#settings, ...this.#usual },
      );
      return;
    }
    started.ready = true;
    this.#notices.forget(MISSING);
    const version = started.initializeResult?.serverInfo?.version ?? "of unknown version";
    this.output.info(`Running backend-architect ${version}`);
    this.#become({ kind: "running", located, version });
  }

  /** Starts a server again that has ended unasked, unless it does so again and again. */
  #recover(located: Located): void {
    const again = this.#recovery.allows(Date.now());
    this.output.warn(`The server has ended; it is ${again ? "" : "not "}started again.`);
    if (again) {
      this.#become({ kind: "restarting" });
      void this.#enqueue(async () => {
        await this.#stop();
        await this.#launch(located);
      });
      return;
    }
    this.#client = undefined;
    this.#become({ kind: "stopped", reason: "It has ended too often." });
    this.#complain("ends", `The server has ended more than ${MOST} times in ${SPAN / 60_000} minutes.`, {
      Restart: () => this.restart(),
      "Show Output": () => this.output.show(),
    });
  }

  async #stop(): Promise<void> {
    const running = this.#client;
    this.#client = undefined;
    if (running === undefined) return;
    running.ready = false;
    try {
      await running.dispose();
    } catch (error) {
      // A server that crashed or never started cannot be asked to leave.
      this.output.debug(`The server did not stop properly: ${String(error)}`);
    }
  }

  #complain(cause: string, message: string, choices: Choices): void {
    this.#notices.complain(cause, message, choices);
  }

  get #settings(): Choices {
    const open = () => vscode.commands.executeCommand("workbench.action.openSettings", `${SECTION}.command`);
    return { "Open Settings": open };
  }

  get #usual(): Choices {
    return { "Show Output": () => this.output.show(), Retry: () => this.restart() };
  }
}
