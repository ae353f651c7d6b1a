import * as vscode from "vscode";

/** The part of the API of Microsoft's extension for Python that is used here. */
interface PythonExtension {
  environments: {
    getActiveEnvironmentPath(resource?: vscode.Uri): { path: string };
    resolveEnvironment(environment: {
      path: string;
    }): Promise<{ executable: { uri: vscode.Uri | undefined } } | undefined>;
    onDidChangeActiveEnvironmentPath: vscode.Event<unknown>;
  };
}

/** The milliseconds for which an extension that starts beside ours is waited for. */
const PATIENCE = 5000;

/** The Python that is selected in the window. */
export class SelectedPython implements vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.#changed.event;
  #api: Promise<PythonExtension | undefined> | undefined;
  #listener: vscode.Disposable | undefined;

  /** The executable; undefined if none is selected, or there is no extension that knows. */
  async executable(resource: vscode.Uri | undefined): Promise<string | undefined> {
    this.#api ??= this.#activated();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(resolve, PATIENCE, undefined);
    });
    try {
      return await Promise.race([this.#selected(resource), late]);
    } finally {
      clearTimeout(timer);
    }
  }

  dispose(): void {
    this.#listener?.dispose();
    this.#changed.dispose();
  }

  async #selected(resource: vscode.Uri | undefined): Promise<string | undefined> {
    const environments = (await this.#api)?.environments;
    if (environments === undefined) return undefined;
    const selected = await environments.resolveEnvironment(environments.getActiveEnvironmentPath(resource));
    return selected?.executable.uri?.fsPath;
  }

  async #activated(): Promise<PythonExtension | undefined> {
    const extension = vscode.extensions.getExtension<Partial<PythonExtension>>("ms-python.python");
    const api = await extension?.activate();
    if (api?.environments === undefined) return undefined;
    this.#listener = api.environments.onDidChangeActiveEnvironmentPath(() => this.#changed.fire());
    return { environments: api.environments };
  }
}
