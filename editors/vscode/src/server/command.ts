import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

/** The command of the settings with its placeholders replaced, or undefined if it is no command at all. */
export function expand(command: unknown, folder: string | undefined): [string, ...string[]] | undefined {
  if (!Array.isArray(command)) return undefined;
  if (!command.every((word): word is string => typeof word === "string" && word !== "")) return undefined;
  const [program, ...args] = command.map((word) => {
    const home = /^~(?=$|[\\/])/.test(word) ? os.homedir() + word.slice(1) : word;
    return folder === undefined ? home : home.replaceAll("${workspaceFolder}", folder);
  });
  return program === undefined ? undefined : [program, ...args];
}

/**
 * The full path of a program, found as a shell finds it, or undefined.
 *
 * The system's own search is not used: on Windows it looks into the current folder first, which is the
 * opened repository, and so would run whatever program the repository has put there. What is not `allowed`
 * is passed over.
 */
export function find(
  program: string,
  env: NodeJS.ProcessEnv = process.env,
  allowed: (file: string) => boolean = () => true,
): string | undefined {
  // Windows starts batch files through a shell only, which would read the arguments in its own way.
  const endings = process.platform === "win32" ? [".exe", ".com", ""] : [""];
  const folders = /[\\/]/.test(program) ? [""] : searchPath(env).filter((folder) => path.isAbsolute(folder));
  for (const folder of folders) {
    for (const ending of endings) {
      const candidate = path.join(folder, program + ending);
      if (path.isAbsolute(candidate) && runs(candidate) && allowed(candidate)) return candidate;
    }
  }
  return undefined;
}

/** Whether a file lies in one of some folders, by its own name or by where links lead. */
export function isWithin(file: string, folders: string[]): boolean {
  const names = [path.resolve(file), real(path.dirname(file))];
  return folders
    .flatMap((folder) => [path.resolve(folder), real(folder)])
    .some((folder) => names.some((name) => name === folder || name.startsWith(folder + path.sep)));
}

function real(file: string): string {
  try {
    return fs.realpathSync(file);
  } catch {
    return path.resolve(file);
  }
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
