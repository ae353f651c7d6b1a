// Builds out/backend-architect-VERSION.vsix with the wheel of the same version in it. The same sources give the
// same bytes. Needs a Python from 3.11 on: PYTHON names one, else that of .venv or the first on PATH is used.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const root = path.dirname(path.dirname(here));
const dist = path.join(here, 'dist');
const { version } = JSON.parse(fs.readFileSync(path.join(here, 'package.json'), 'utf8'));

// Archives carry times, in that of the place: those of the last change, or the earliest that their format knows.
function lastChange() {
  try {
    return execFileSync('git', ['log', '-1', '--format=%ct'], { cwd: root, encoding: 'utf8' }).trim();
  } catch {
    return '315532800';
  }
}

function python() {
  const own = ['bin/python', 'Scripts/python.exe'].map((name) => path.join(root, '.venv', name));
  const candidates = [process.env.PYTHON, ...own.filter(fs.existsSync), 'python3', 'python'];
  const question = 'import sys; sys.exit(sys.version_info < (3, 11))';
  for (const candidate of candidates.filter(Boolean)) {
    try {
      execFileSync(candidate, ['-c', question], { stdio: 'ignore' });
      return candidate;
    } catch {
      // Too old, or none at all.
    }
  }
  throw new Error('Python 3.11 or newer is needed; PYTHON may name it');
}

process.umask(0o022);
const env = { ...process.env, TZ: 'UTC', SOURCE_DATE_EPOCH: process.env.SOURCE_DATE_EPOCH ?? lastChange() };
fs.rmSync(dist, { recursive: true, force: true });

// An older pip knows only the first of the two, and a newer one builds under the second.
const pinned = { PIP_CONSTRAINT: 'constraints.txt', PIP_BUILD_CONSTRAINT: 'constraints.txt' };
const wheel = ['-m', 'pip', 'wheel', '--quiet', '--no-deps', '--disable-pip-version-check', '--wheel-dir', dist, '.'];
execFileSync(python(), wheel, { cwd: root, env: { ...env, ...pinned }, stdio: 'inherit' });
const [built] = fs.readdirSync(dist);
if (!built.startsWith(`backend_architect-${version}-`)) throw new Error(`${built} is not of version ${version}`);

const vsix = path.join(root, 'out', `backend-architect-${version}.vsix`);
fs.mkdirSync(path.dirname(vsix), { recursive: true });
const vsce = path.join(here, 'node_modules', '@vscode', 'vsce', 'vsce');
// And modes, which are those that a checkout happens to have.
const listed = execFileSync(process.execPath, [vsce, 'ls', '--no-dependencies'], { cwd: here, env, encoding: 'utf8' });
for (const name of listed.trim().split(/\r?\n/)) fs.chmodSync(path.join(here, name), 0o644);
// Where marketplaces find the pictures of the README.
const repository = 'https://github.com/backend-architect/backend-architect';
const options = [
  ...['--no-dependencies', '--allow-missing-repository', '--out', vsix],
  ...['--baseContentUrl', `${repository}/blob/HEAD/editors/vscode`],
  ...['--baseImagesUrl', `${repository}/raw/HEAD/editors/vscode`],
];
execFileSync(process.execPath, [vsce, 'package', ...options], { cwd: here, env, stdio: 'inherit' });
