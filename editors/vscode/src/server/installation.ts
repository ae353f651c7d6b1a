import { type ChildProcess, spawn } from "node:child_process";
import * as crypto from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";

/** Tells how far an installation is, and what its programs print. */
export interface Report {
  step(message: string): void;
  log(line: string): void;
}

/** A reason why there is no environment, with what a person can do about it. */
export class InstallationError extends Error {}

const WINDOWS = process.platform === "win32";
const MARKER = "server.json";
const TOO_OLD = "Python 3.11 or newer was not found. Install it, or install uv, which brings one, and try again.";

/** A program in the environment of a folder. */
export function programIn(environment: string, name: string): string {
  return WINDOWS ? path.join(environment, "Scripts", `${name}.exe`) : path.join(environment, "bin", name);
}

/** The server of the private environment below a folder, with whether it was made from this wheel. */
export function installed(storage: string, wheel: string): { program: string; current: boolean } | undefined {
  try {
    const marker: unknown = JSON.parse(fs.readFileSync(path.join(storage, MARKER), "utf8"));
    if (typeof marker !== "object" || marker === null || !("environment" in marker) || !("wheel" in marker)) {
      return undefined;
    }
    if (typeof marker.environment !== "string") return undefined;
    const program = programIn(path.join(storage, path.basename(marker.environment)), "backend-architect");
    return fs.existsSync(program) ? { program, current: marker.wheel === digest(wheel) } : undefined;
  } catch {
    return undefined;
  }
}

/** The wheel that the extension brings along, or undefined in a checkout that was not packed. */
export function wheelIn(extension: string): string | undefined {
  const folder = path.join(extension, "dist");
  const names = fs.existsSync(folder) ? fs.readdirSync(folder) : [];
  const name = names.find((one) => one.endsWith(".whl"));
  return name === undefined ? undefined : path.join(folder, name);
}

/**
 * Makes the private environment below a folder from a wheel, whose dependencies come from the package index
 * of the person. With uv where there is one, else with the first of the Pythons that is new enough.
 *
 * Each environment has a folder of its own, for another window may still run the server of the one before;
 * the marker is written last, so that one which is not complete does not count.
 *
 * @throws InstallationError when there is no Python, or a program fails.
 */
export async function install(
  storage: string,
  wheel: string,
  tools: { uv: string | undefined; pythons: string[] },
  report: Report,
  signal: AbortSignal,
): Promise<void> {
  const before = installed(storage, wheel)?.program;
  fs.mkdirSync(storage, { recursive: true });
  const environment = fs.mkdtempSync(path.join(storage, "environment-"));
  // Never in the opened folder: its files must not decide what is run.
  const run = (program: string, ...args: string[]) => execute(program, args, storage, report, signal);
  try {
    report.step("making an environment");
    const python = programIn(environment, "python");
    if (tools.uv !== undefined) {
      await run(tools.uv, "venv", "--no-project", "--no-config", "--allow-existing", "--python", ">=3.11", environment);
      report.step("installing");
      await run(tools.uv, "pip", "install", "--python", python, wheel);
    } else {
      await run(await newEnough(tools.pythons, run), "-I", "-m", "venv", environment);
      report.step("installing");
      await run(python, "-I", "-m", "pip", "install", "--disable-pip-version-check", "--no-input", wheel);
    }
    const marker = { environment: path.basename(environment), wheel: digest(wheel) };
    const temporary = path.join(environment, MARKER);
    fs.writeFileSync(temporary, JSON.stringify(marker));
    fs.renameSync(temporary, path.join(storage, MARKER));
  } catch (error) {
    fs.rmSync(environment, { recursive: true, force: true });
    throw error;
  }
  clear(storage, [environment, before ?? ""]);
}

/** Removes the environments that nobody uses any more. */
function clear(storage: string, kept: string[]): void {
  for (const name of fs.readdirSync(storage)) {
    const folder = path.join(storage, name);
    if (name.startsWith("environment-") && !kept.some((one) => one.startsWith(folder))) {
      fs.rmSync(folder, { recursive: true, force: true });
    }
  }
}

async function newEnough(
  pythons: string[],
  run: (program: string, ...args: string[]) => Promise<string>,
): Promise<string> {
  const question = "import sys; sys.exit(sys.version_info < (3, 11))";
  for (const python of pythons) {
    try {
      await run(python, "-I", "-c", question);
      return python;
    } catch {
      // Too old, or none at all.
    }
  }
  throw new InstallationError(TOO_OLD);
}

/** The errors that have a remedy, by what programs print about them. */
const REMEDIES: [RegExp, string][] = [
  [
    /ensurepip is not available|No module named '?(venv|ensurepip)/,
    "Python was found, but not its module venv. Install it (python3-venv on Debian and Ubuntu), or install uv.",
  ],
  [/No interpreter found|No download found/i, TOO_OLD],
  [
    /No matching distribution|NewConnectionError|Connection ?Error|Max retries|name resolution|dns error|error sending request|Failed to fetch|timed? ?out/i,
    "The packages that the server needs could not be fetched. Check the network, and the proxy and the package " +
      "index that pip or uv is set to use, and try again.",
  ],
  [/No space left/i, "The disk is full."],
];

/** What a person can do about a program that has failed. */
export function remedy(printed: string): string {
  const known = REMEDIES.find(([pattern]) => pattern.test(printed));
  return known?.[1] ?? "The output says what went wrong.";
}

function execute(
  program: string,
  args: string[],
  cwd: string,
  report: Report,
  signal: AbortSignal,
): Promise<string> {
  report.log([program, ...args].join(" "));
  return new Promise((resolve, reject) => {
    let printed = "";
    const child: ChildProcess = spawn(program, args, { cwd, signal, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        printed += text;
        for (const line of text.split(/\r?\n/)) if (line.trim() !== "") report.log(line);
      });
    }
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) resolve(printed);
      else reject(new InstallationError(remedy(printed)));
    });
  });
}

function digest(wheel: string): string {
  return crypto.createHash("sha256").update(fs.readFileSync(wheel)).digest("hex");
}
