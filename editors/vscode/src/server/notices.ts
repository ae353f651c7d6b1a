import * as vscode from "vscode";

/** What a person can choose in a message, and what is done then. */
export type Choices = Record<string, () => unknown>;

/** Messages of which each is shown once for one cause, until that has passed. */
export class Notices {
  readonly #output: vscode.LogOutputChannel;
  readonly #told = new Set<string>();

  constructor(output: vscode.LogOutputChannel) {
    this.#output = output;
  }

  /** Shows an error; not awaited, for it stays until somebody reads it. */
  complain(cause: string, message: string, choices: Choices): void {
    this.#output.error(message);
    this.#show(cause, choices, (items) => vscode.window.showErrorMessage(message, ...items));
  }

  /** Asks a question that is none of an error. */
  offer(cause: string, message: string, choices: Choices): void {
    this.#output.warn(message);
    this.#show(cause, choices, (items) => vscode.window.showInformationMessage(message, ...items));
  }

  /** The causes have passed, or somebody wants to know again. */
  forget(...kept: string[]): void {
    for (const cause of this.#told) if (!kept.includes(cause)) this.#told.delete(cause);
  }

  #show(cause: string, choices: Choices, show: (items: string[]) => Thenable<string | undefined>): void {
    if (this.#told.has(cause)) return;
    this.#told.add(cause);
    void show(Object.keys(choices)).then((choice) => {
      if (choice !== undefined) void choices[choice]?.();
    });
  }
}
