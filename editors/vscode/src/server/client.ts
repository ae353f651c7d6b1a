import * as vscode from "vscode";
import { CloseAction, ErrorAction, LanguageClient, State } from "vscode-languageclient/node";
import { LANGUAGES, NAME, SCHEMES, SECTION } from "../names";

/**
 * A client of one process, which is not started again: when the process has ended, `ended` is called.
 *
 * While the process does not run, what fails is written to the output only: the one message about it is ours.
 */
export class Client extends LanguageClient {
  ready = false;

  constructor(
    [program, ...args]: [string, ...string[]],
    cwd: string,
    output: vscode.LogOutputChannel,
    ended: () => void,
  ) {
    let unasked = false;
    const closed = () => {
      unasked = this.ready;
      this.ready = false;
      return { action: CloseAction.DoNotRestart, handled: true };
    };
    super(SECTION, NAME, { command: program, args, options: { cwd } }, {
      // The cells of notebooks have a scheme of their own, and are left alone.
      documentSelector: LANGUAGES.flatMap((language) => SCHEMES.map((scheme) => ({ language, scheme }))),
      synchronize: { configurationSection: SECTION },
      initializationOptions: settings,
      middleware: {
        workspace: {
          // A server that is about to leave need not hear of it.
          didChangeConfiguration: async (sections, send) => {
            if (this.ready) await send(sections);
          },
        },
      },
      errorHandler: { error: () => ({ action: ErrorAction.Continue, handled: true }), closed },
      initializationFailedHandler: () => false,
      outputChannel: output,
      traceOutputChannel: output,
    });
    // Not in `closed`: a client that does not know yet that it has stopped would say farewell to nobody for long.
    this.onDidChangeState(({ newState }) => {
      if (newState === State.Stopped && unasked) ended();
    });
  }

  override error(message: string, data?: unknown, show?: boolean | "force"): void {
    super.error(message, data, this.ready && show);
  }
}

/** What the server is told at its start; of what it asks for later it does not believe that there is trust. */
function settings(): Record<string, unknown> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const values = vscode.workspace.getConfiguration(undefined, folder ?? null).get<Record<string, unknown>>(SECTION);
  return { ...values, trusted: vscode.workspace.isTrusted };
}
