import * as vscode from "vscode";
import { NAME } from "../names";
import { find } from "./command";
import type { SelectedPython } from "./environment";
import { install, InstallationError, installed, wheelIn } from "./installation";
import { isAllowed } from "./location";

const PYTHONS = ["python3.14", "python3.13", "python3.12", "python3.11", "python3", "python", "py"];

/** The environment of the extension itself, made from the wheel that it brings along. */
export class PrivateEnvironment {
  readonly #storage: string;
  readonly #wheel: string | undefined;
  readonly #selected: SelectedPython;
  readonly #output: vscode.LogOutputChannel;
  #installation: Promise<void> | undefined;

  constructor(context: vscode.ExtensionContext, selected: SelectedPython, output: vscode.LogOutputChannel) {
    this.#storage = context.globalStorageUri.fsPath;
    this.#wheel = wheelIn(context.extensionPath);
    this.#selected = selected;
    this.#output = output;
  }

  /** The server in it, if somebody has wanted one; after an update of the extension that of the new wheel. */
  async program(): Promise<string | undefined> {
    if (this.#wheel === undefined) return undefined;
    const before = installed(this.#storage, this.#wheel);
    if (before === undefined || before.current) return before?.program;
    try {
      await this.install();
    } catch (error) {
      this.#output.warn(`The private environment stays that of an older version: ${String(error)}`);
    }
    return installed(this.#storage, this.#wheel)?.program;
  }

  /**
   * Makes it, with progress in the window.
   *
   * @throws InstallationError when that is not possible or not wanted any more.
   */
  install(): Promise<void> {
    this.#installation ??= this.#install().finally(() => {
      this.#installation = undefined;
    });
    return this.#installation;
  }

  async #install(): Promise<void> {
    const wheel = this.#wheel;
    if (wheel === undefined) throw new InstallationError("This build of the extension brings no server along.");
    const selected = await this.#selected.executable(vscode.workspace.workspaceFolders?.[0]?.uri);
    const searched = PYTHONS.map((name) => find(name, process.env, isAllowed));
    const pythons = [selected, ...searched].filter((one) => one !== undefined).filter(isAllowed);
    const tools = { uv: find("uv", process.env, isAllowed), pythons };
    const where = vscode.ProgressLocation.Notification;
    await vscode.window.withProgress(
      { location: where, title: NAME, cancellable: true },
      async (progress, cancelled) => {
        const abort = new AbortController();
        cancelled.onCancellationRequested(() => abort.abort());
        const report = {
          step: (message: string) => progress.report({ message }),
          log: (line: string) => this.#output.info(line),
        };
        try {
          await install(this.#storage, wheel, tools, report, abort.signal);
        } catch (error) {
          throw abort.signal.aborted ? new InstallationError("The installation was cancelled.") : error;
        }
      },
    );
  }
}
