import * as path from "node:path";
import * as vscode from "vscode";
import { SECTION } from "../names";
import { expand, find, isWithin } from "./command";
import type { SelectedPython } from "./environment";
import type { PrivateEnvironment } from "./private";

/** A server that can be started. */
export interface Located {
  command: [string, ...string[]];
  /** Where it was found, as a person would say it. */
  from: string;
}

/** A setting that cannot be followed: a sentence for the person. */
export class SettingError extends Error {}

const PROGRAM = "backend-architect";

/**
 * Finds the server: as the setting says, in the selected environment, on PATH, in the private environment.
 *
 * Nothing of a workspace that is not trusted is ever found.
 *
 * @throws SettingError when there is a setting that cannot be followed: nothing else is tried then.
 */
export async function locate(
  selected: SelectedPython,
  privately: PrivateEnvironment,
): Promise<Located | undefined> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const configured = vscode.workspace.getConfiguration(SECTION).get("command");
  if (configured !== null && configured !== undefined) return fromSetting(configured, folder?.fsPath);
  const python = await selected.executable(folder);
  const beside = python === undefined ? undefined : find(path.join(path.dirname(python), PROGRAM), {}, isAllowed);
  if (beside !== undefined) return { command: [beside, "server"], from: "the selected Python environment" };
  const onPath = find(PROGRAM, process.env, isAllowed);
  if (onPath !== undefined) return { command: [onPath, "server"], from: "PATH" };
  const own = await privately.program();
  return own === undefined ? undefined : { command: [own, "server"], from: "the private environment" };
}

/** Whether a program may be run: not if it lies in a workspace that is not trusted. */
export function isAllowed(file: string): boolean {
  const folders = vscode.workspace.workspaceFolders ?? [];
  return vscode.workspace.isTrusted || !isWithin(file, folders.map((folder) => folder.uri.fsPath));
}

function fromSetting(configured: unknown, folder: string | undefined): Located {
  const words = expand(configured, folder);
  if (words === undefined) {
    throw new SettingError(
      `The setting ${SECTION}.command must be a list of texts, such as ["backend-architect", "server"].`,
    );
  }
  const [program, ...args] = words;
  const executable = find(program);
  if (executable === undefined) {
    throw new SettingError(
      `The command "${program}" was not found. Correct the setting ${SECTION}.command, ` +
        "or remove it: then a server is found, or one can be installed.",
    );
  }
  return { command: [executable, ...args], from: "the setting" };
}
