import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

/** The command of the settings with its placeholders replaced, or undefined if it is no command at all. */
export function expand(command: unknown, folder: string | undefined): string[] | undefined {
  if (!Array.isArray(command) || command.length === 0) return undefined;
  if (!command.every((word): word is string => typeof word === "string" && word !== "")) return undefined;
  return command.map((word) => {
    const home = /^~(?=$|[\\/])/.test(word) ? os.homedir() + word.slice(1) : word;
    return folder === undefined ? home : home.replaceAll("${workspaceFolder}", folder);
  });
}

/**
 * The full path of a program, found as a shell finds it, or undefined.
 *
 * The system's own search is not used: on Windows it looks into the current folder first, which is the
 * opened repository, and so would run whatever program the repository has put there.
 */
export function find(program: string, env: NodeJS.ProcessEnv = process.env): string | undefined {
  // Windows starts batch files through a shell only, which would read the arguments in its own way.
  const endings = process.platform === "win32" ? [".exe", ".com", ""] : [""];
  const folders = /[\\/]/.test(program) ? [""] : searchPath(env).filter((folder) => path.isAbsolute(folder));
  for (const folder of folders) {
    for (const ending of endings) {
      const candidate = path.join(folder, program + ending);
      if (path.isAbsolute(candidate) && runs(candidate)) return candidate;
    }
  }
  return undefined;
}

function searchPath(env: NodeJS.ProcessEnv): string[] {
  const name = Object.keys(env).find((key) => key.toUpperCase() === "PATH") ?? "PATH";
  return (env[name] ?? "").split(path.delimiter);
}

function runs(file: string): boolean {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).isFile();
  } catch {
    return false;
  }
}
