// Drives one session of real VS Code (code-server in headless Chromium) with real keys and a real mouse.
// usage: node vscode.mjs PLAN.json; writes what happened to the file that the plan names.
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';
import net from 'node:net';
import path from 'node:path';
import { commandChecks } from './vscode/commands.mjs';
import { pictureChecks } from './vscode/pictures.mjs';

const plan = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
const { chromium } = createRequire(path.join(plan.home, 'npm', 'package.json'))('playwright-core');
const began = Date.now();
const results = {};
const foreign = new Set();
let context;
let page;
let server;

const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const say = (text) => console.log(`${String(Date.now() - began).padStart(6)} ms  ${text}`);
const disk = (name) => fs.readFileSync(path.join(plan.workspace, name), 'utf8');
const oneLine = (text) => text.replace(/[\s\u00a0]+/g, ' ').trim();

async function until(what, probe, ms = 10_000) {
  const end = Date.now() + ms;
  for (;;) {
    const value = await probe();
    if (value) return value;
    if (Date.now() > end) throw new Error(`timed out: ${what}`);
    await pause(25);
  }
}

function expect(holds, what) {
  if (!holds) throw new Error(`does not hold: ${what}`);
}

async function shoot(name) {
  await page.screenshot({ path: path.join(plan.screenshots, `${name}.png`), animations: 'disabled' });
}

// ---------------------------------------------------------------- the editor's processes

// Settings that belong to a machine, as the command of a server does, are read beside those of the person.
const settingsOf = (whose) => path.join(plan.state, 'data', whose, 'settings.json');
const settings = {
  // Nothing but the editor, and nothing that moves or phones home.
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.enableExperiments': false,
  'workbench.reduceMotion': 'on',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'chat.disableAIFeatures': true,
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'git.enabled': false,
  'files.autoSave': 'off',
  'files.defaultLanguage': 'python',
  'editor.minimap.enabled': false,
  'editor.cursorBlinking': 'solid',
  'editor.unicodeHighlight.nonBasicASCII': false,
  'editor.hover.delay': 100,
  // The workspace stays untrusted, as a repository just cloned is, and nobody asks.
  'security.workspace.trust.startupPrompt': 'never',
  'security.workspace.trust.banner': 'never',
  // What is typed is what stands there: no help with brackets, indents or words.
  'editor.autoClosingBrackets': 'never',
  'editor.autoClosingQuotes': 'never',
  'editor.autoIndent': 'none',
  'editor.quickSuggestions': { other: 'off', comments: 'off', strings: 'off' },
  'editor.suggestOnTriggerCharacters': false,
  'editor.wordBasedSuggestions': 'off',
  'editor.inlineSuggest.enabled': false,
  'editor.parameterHints.enabled': false,
};

function configure(whose, values) {
  fs.mkdirSync(path.dirname(settingsOf(whose)), { recursive: true });
  fs.writeFileSync(settingsOf(whose), JSON.stringify(values, null, 1));
}

function codeServer(...args) {
  const own = path.join(plan.state, 'home');
  const searched = [plan.bin, plan.node, '/usr/bin', '/bin'].join(':');
  fs.mkdirSync(own, { recursive: true });
  // VS Code takes PATH from a login shell; the extension finds its default command there, as it does for a user.
  fs.writeFileSync(path.join(own, '.profile'), `export PATH='${searched}'\n`);
  return {
    program: path.join(plan.node, 'node'),
    args: [
      path.join(plan.home, 'npm', 'node_modules', 'code-server', 'out', 'node', 'entry.js'),
      '--auth', 'none', '--disable-telemetry', '--disable-update-check', '--disable-getting-started-override',
      '--disable-proxy', '--disable-file-downloads',
      '--user-data-dir', path.join(plan.state, 'data'), '--extensions-dir', path.join(plan.state, 'extensions'),
      ...args,
    ],
    env: {
      PATH: searched, SHELL: '/bin/bash',
      HOME: own, XDG_CONFIG_HOME: own, XDG_DATA_HOME: own, XDG_CACHE_HOME: own, XDG_RUNTIME_DIR: own,
      ...plan.environment, LANG: 'C.UTF-8', EXTENSIONS_GALLERY: '{"serviceUrl":"","itemUrl":""}',
    },
  };
}

async function start() {
  configure('User', { ...settings, ...plan.settings });
  configure('Machine', {});
  const packages = [plan.vsix, ...(plan.extensions ?? [])];
  const install = codeServer(...packages.flatMap((one) => ['--install-extension', one]));
  execFileSync(install.program, install.args, { env: install.env, stdio: 'pipe', timeout: 60_000 });
  say('extension installed');
  const port = await new Promise((done) => {
    const probe = net.createServer().listen(0, '127.0.0.1', () => {
      const free = probe.address().port;
      probe.close(() => done(free));
    });
  });
  const run = codeServer('--bind-addr', `127.0.0.1:${port}`);
  const log = fs.openSync(path.join(plan.state, 'code-server.log'), 'w');
  // A group of its own, so that it can be stopped with all that it starts, and nothing else.
  server = spawn(run.program, run.args, { env: run.env, stdio: ['ignore', log, log], detached: true });
  const answers = () =>
    new Promise((done) => {
      const request = http.get({ host: '127.0.0.1', port, path: '/healthz' }, (response) => {
        response.resume();
        done(response.statusCode === 200);
      });
      request.on('error', () => done(false));
    });
  await until('code-server answers', answers, 30_000);
  say('code-server answers');
  context = await chromium.launchPersistentContext(path.join(plan.state, 'chromium'), {
    executablePath: plan.chromium,
    headless: true,
    viewport: plan.viewport ?? { width: 1280, height: 800 },
    timeout: 30_000,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync',
      '--disable-background-networking', '--disable-component-update'],
  });
  await context.route('**/*', (route) => {
    const url = new URL(route.request().url());
    const local = url.hostname === '127.0.0.1' || ['data:', 'blob:'].includes(url.protocol);
    if (local) return route.continue();
    foreign.add(url.hostname);
    return route.abort();
  });
  page = context.pages()[0] ?? (await context.newPage());
  page.setDefaultTimeout(15_000);
  await page.goto(`http://127.0.0.1:${port}/?${plan.opened ?? `folder=${encodeURIComponent(plan.workspace)}`}`);
  await page.locator('.part.statusbar').waitFor({ timeout: 40_000 });
  say('workbench');
}

async function stop() {
  await Promise.race([context?.close().catch(() => {}), pause(5_000)]);
  if (!server || server.exitCode !== null) return;
  const gone = new Promise((done) => server.on('exit', done));
  process.kill(-server.pid, 'SIGTERM');
  await Promise.race([gone, pause(5_000)]);
}

process.on('exit', () => {
  try {
    if (server) process.kill(-server.pid, 'SIGKILL');
  } catch {
    // It has gone already.
  }
});

// ---------------------------------------------------------------- what a person does

const marks = () => page.locator('.editor-instance .cdr[class*="squiggly-"]');
const rows = () => page.locator('.action-widget .monaco-list-row.action');
const hover = () => page.locator('.monaco-hover:not(.hidden)');
const status = () => page.locator('.monaco-workbench .part.statusbar');
const ours = () => status().locator('.statusbar-item', { hasText: 'Backend Architect' });
const toasts = () => page.locator('.notification-toast');

async function says(pattern, ms) {
  const text = async () => oneLine(await ours().first().innerText());
  await until(`the status bar says ${pattern}`, async () => pattern.test(await text()), ms);
  return text();
}

// The processes of the server that the editor has started, and nobody else's.
function servers() {
  const children = new Map();
  for (const id of fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const parent = Number(fs.readFileSync(`/proc/${id}/stat`, 'utf8').split(') ').at(-1).split(' ')[1]);
      children.set(parent, [...(children.get(parent) ?? []), Number(id)]);
    } catch {
      // It has ended meanwhile.
    }
  }
  const below = (id) => (children.get(id) ?? []).flatMap((child) => [child, ...below(child)]);
  return below(server.pid).filter((id) => {
    const words = fs.readFileSync(`/proc/${id}/cmdline`, 'utf8').split('\0');
    return words.some((word) => word.endsWith('/backend-architect')) && words.includes('server');
  });
}

async function open(name) {
  await page.keyboard.press('Control+P');
  await page.locator('.quick-input-widget input').fill(name);
  await page.locator('.quick-input-list .monaco-list-row.focused', { hasText: name }).first().waitFor();
  await page.keyboard.press('Enter');
  await page.locator(`.tab.active[data-resource-name="${name}"]`).waitFor();
  await page.locator('.editor-instance .monaco-editor.focused').first().waitFor();
}

async function palette(command) {
  await page.keyboard.press('F1');
  await page.locator('.quick-input-widget input').fill(`>${command}`);
  await page.locator('.quick-input-list .monaco-list-row.focused', { hasText: command }).first().waitFor();
  await page.keyboard.press('Enter');
}

async function closeEditors() {
  await page.keyboard.press('Control+K');
  await page.keyboard.press('Control+W');
  await page.locator('.tab').first().waitFor({ state: 'detached' });
}

async function place() {
  const box = await until('the squiggle has a place', () => marks().first().boundingBox());
  return { x: box.x + Math.min(6, box.width / 2), y: box.y + box.height / 2 };
}

async function hoverOverMark(texts) {
  const { x, y } = await place();
  await page.mouse.move(x, y);
  await page.mouse.move(x + 2, y);
  for (const text of texts) {
    await until(`the hover shows "${text}"`, async () => {
      const shown = await hover().allInnerTexts();
      return shown.some((content) => oneLine(content).includes(text));
    });
  }
}

async function leaveHover() {
  await page.mouse.move(640, 795);
  await page.keyboard.press('Escape');
  await until('the hover is gone', async () => (await hover().count()) === 0);
}

async function menuAtMark() {
  const { x, y } = await place();
  await page.mouse.click(x, y);
  await page.keyboard.press('Control+.');
  await rows().first().waitFor();
  return (await rows().allInnerTexts()).map(oneLine);
}

async function choose(titles, pattern, key = 'Enter') {
  const index = titles.findIndex((title) => pattern.test(title));
  expect(index >= 0, `${pattern} is in the menu: ${titles.join(' | ')}`);
  for (let step = 0; step < index; step += 1) await page.keyboard.press('ArrowDown');
  await page.keyboard.press(key);
}

async function saved(name, text) {
  await page.keyboard.press('Control+S');
  // The comparison that counts, with its difference shown, is made by the caller.
  await until('the text is on the disk', () => disk(name) === text, 5_000).catch(() => {});
}

async function typeAndRepair(one) {
  await open(one.file);
  await page.keyboard.press('Control+End');
  await page.keyboard.type(one.typed, { delay: 1 });
  const typed = Date.now();
  await marks().first().waitFor();
  const seen = Date.now() - typed;
  expect(disk(one.file) === '', 'the squiggle came before the file was saved');
  // The frame in which a squiggle moves with the last characters may show it twice.
  await until('there is one squiggle', async () => (await marks().count()) === 1);
  await shoot(`${one.name}-1-typed`);
  await hoverOverMark(one.hover);
  await shoot(`${one.name}-2-hover`);
  await leaveHover();
  const titles = await menuAtMark();
  await shoot(`${one.name}-3-menu`);
  expect(new RegExp(one.fix).test(titles[0]), `${one.fix} is the first in the menu: ${titles.join(' | ')}`);
  await choose(titles, new RegExp(one.fix));
  await until('the squiggle is gone', async () => (await marks().count()) === 0);
  await saved(one.file, one.expected);
  await shoot(`${one.name}-4-saved`);
  return `squiggle ${seen} ms after the last key; menu: ${titles.join(' | ')}`;
}

// ---------------------------------------------------------------- the further checks

const checks = {
  // An extension beside ours looks, and writes down what it sees.
  async inside({ told }) {
    await until('it has looked', () => fs.existsSync(told), 120_000);
    await shoot('inside');
  },

  async problems({ file, count }) {
    await open(file);
    await until(`${count} squiggles`, async () => (await marks().count()) === count);
    await page.keyboard.press('Control+Shift+M');
    const panel = page.locator('.markers-panel .monaco-list-row');
    await until('the panel lists them', async () => (await panel.count()) === count + 1);
    await shoot('problems');
    const texts = (await panel.allInnerTexts()).map(oneLine);
    await page.keyboard.press('Control+Shift+M');
    return texts.join(' | ');
  },

  async ignore({ file, rule, expected }) {
    await open(file);
    const titles = await menuAtMark();
    await shoot('ignore-menu');
    await choose(titles, new RegExp(`Ignore ${rule} on this line`));
    await until('the squiggle is gone', async () => (await marks().count()) === 0);
    await saved(file, expected);
    await shoot('ignore-saved');
    return titles.join(' | ');
  },

  // None of the fixes of these rules is safe, and what runs on save must not apply any other.
  async fixAll({ file }) {
    await open(file);
    await marks().first().waitFor();
    // VS Code takes the message away as soon as the focus moves, so it may have to be asked again.
    const nothing = page.locator('.monaco-editor-overlaymessage', { hasText: 'No fix all action' });
    await until('VS Code says that there is nothing to fix', async () => {
      await palette('Fix All');
      return nothing.waitFor({ timeout: 3000 }).then(() => true, () => false);
    });
    await shoot('fix-all');
    expect((await page.locator('.tab.active.dirty').count()) === 0, 'the text has not changed');
  },

  async untitled({ typed }) {
    await closeEditors();
    await page.keyboard.press('Control+Alt+N');
    await page.locator('.editor-instance .monaco-editor.focused').first().waitFor();
    await page.keyboard.type(typed, { delay: 1 });
    await marks().first().waitFor();
    await shoot('untitled');
    await page.keyboard.press('Control+A');
    await page.keyboard.press('Delete');
    await until('the squiggle is gone', async () => (await marks().count()) === 0);
    await closeEditors();
  },

  // From the squiggle under a query to the new migration, with a look at the changes before they are made.
  async addIndex({ file, folder, title, expected }) {
    await open(file);
    await marks().first().waitFor();
    await shoot('index-1-squiggle');
    const titles = await menuAtMark();
    await shoot('index-2-menu');
    await choose(titles, new RegExp(`^${title.replace(/[()]/g, '\\$&')}`), 'Control+Enter');
    const apply = page.locator('.part.panel .monaco-button', { hasText: 'Apply' }).first();
    await apply.waitFor();
    const listed = page.locator('.part.panel .monaco-list-row');
    await until('the preview names the model and the migration', async () => {
      const texts = (await listed.allInnerTexts()).map(oneLine).join(' ');
      return texts.includes('models.py') && /versions/.test(texts);
    });
    await shoot('index-3-preview');
    const versions = path.join(plan.workspace, folder, 'migrations', 'versions');
    const migrations = () => fs.readdirSync(versions).filter((name) => name.endsWith('.py'));
    expect(migrations().length === 1, 'nothing is written before it is applied');
    await apply.click();
    await until('the migration is there', () => migrations().length === 2);
    await page.keyboard.press('Control+K');
    await page.keyboard.press('s');
    await until('the model is saved', () => disk(`${folder}/models.py`) === expected);
    const made = migrations().find((name) => !name.endsWith('_parts.py'));
    await until('the migration is saved', () => disk(`${folder}/migrations/versions/${made}`).includes('upgrade'));
    await open(file);
    await until('the squiggle is gone', async () => (await marks().count()) === 0);
    await open(made);
    await shoot('index-4-migration');
    await closeEditors();
    return titles.join(' | ');
  },

  // A snippet is asked for by its word; its choices are gone through with Tab, up to the last tab stop.
  async snippet({ file, before, word, label, last }) {
    await open(file);
    await page.keyboard.type(before + word, { delay: 1 });
    await page.keyboard.press('Control+Space');
    const rows = page.locator('.suggest-widget.visible .monaco-list-row', { hasText: label });
    await rows.first().waitFor();
    await shoot('snippet-1-offered');
    await page.keyboard.press('Enter');
    const lines = page.locator('.editor-instance .view-lines').first();
    await until('it stands in the text', async () => (await lines.innerText()).includes('def'));
    await shoot('snippet-2-taken');
    await page.keyboard.press('Escape'); // the list of the choice
    await page.keyboard.press('Tab');
    await page.keyboard.type(last, { delay: 1 });
    await page.keyboard.press('Control+S');
    await until('it is saved', () => disk(file).includes(last));
    await shoot('snippet-3-done');
  },

  // By keyboard alone: from the diagram to the definition of a table, and back to see what was typed there.
  async diagram({ file, tables, line, typed, added }) {
    const view = page.frameLocator('iframe.webview.ready').frameLocator('#active-frame');
    const drawn = () => view.getByRole('option').evaluateAll((all) => all.map((one) => one.dataset.table));
    const show = () => palette('Backend Architect: Show the Entity-Relationship Diagram');
    await show();
    await until('the tables are drawn', async () => String(await drawn().catch(() => [])) === String(tables), 20_000);
    await shoot('diagram-1');
    const search = view.getByLabel('Search tables');
    await search.focus();
    await page.keyboard.type(tables.at(-1));
    await page.keyboard.press('Enter');
    await view.locator(`[role=option][aria-selected=true][data-table="${tables.at(-1)}"]`).waitFor();
    await shoot('diagram-2-selected');
    await page.keyboard.press('Enter');
    await page.locator(`.tab.active[data-resource-name="${file}"]`).waitFor();
    await page.locator('.editor-instance .monaco-editor.focused').first().waitFor();
    await until('the cursor is at the table', async () => (await status().innerText()).includes(`Ln ${line},`));
    await page.keyboard.press('Control+End');
    await page.keyboard.type(typed, { delay: 1 });
    await page.keyboard.press('Control+S');
    await show();
    await search.focus();
    await page.keyboard.press('Escape');
    await until('the new table is drawn', async () => String(await drawn()) === String([...tables, added]));
    for (const [theme, kind] of [['Dark Modern', 'dark'], ['Dark High Contrast', 'high-contrast'], ['Light Modern', 'light']]) {
      await page.keyboard.press('Control+K');
      await page.keyboard.press('Control+T');
      await page.locator('.quick-input-widget input').fill(theme);
      await page.locator('.quick-input-list .monaco-list-row.focused', { hasText: theme }).first().waitFor();
      await page.keyboard.press('Enter');
      await view.locator(`body.vscode-${kind}`).waitFor();
      await shoot(`diagram-3-${kind}`);
    }
    await closeEditors();
  },

  async restart({ file }) {
    await open(file);
    await marks().first().waitFor();
    await palette('Backend Architect: Restart Server');
    await until('the squiggles of the old server are gone', async () => (await marks().count()) === 0);
    await marks().first().waitFor();
  },

  // The cells of a notebook stay open behind the other editor, and would be counted with it.
  async status({ file, notebook, count }) {
    await closeEditors();
    await page.keyboard.press('Control+P');
    await page.locator('.quick-input-widget input').fill(notebook);
    await page.locator('.quick-input-list .monaco-list-row.focused', { hasText: notebook }).first().waitFor();
    await page.keyboard.press('Enter');
    await page.locator('.notebookOverlay .cell.code').first().waitFor();
    await open(file);
    await until('the squiggles', async () => (await marks().count()) === count);
    const text = await says(new RegExp(`Backend Architect: ${count}`));
    expect(text.includes('(restricted)'), `the status bar says that the workspace is not trusted: ${text}`);
    await ours().first().click();
    await page.locator('.quick-input-list .monaco-list-row', { hasText: 'Restart Server' }).first().waitFor();
    await shoot('status');
    await page.keyboard.press('Escape');
    await closeEditors();
    return text;
  },

  // Settings count at once, without a new server; one that cannot be used is named.
  async settings({ file, rule, count, typed }) {
    await open(file);
    await until('the squiggles', async () => (await marks().count()) === count);
    const [before] = servers();
    configure('Machine', { 'backendArchitect.severity': { [rule]: 'off' } });
    await until('one squiggle less', async () => (await marks().count()) === count - 1);
    configure('Machine', { 'backendArchitect.run': 'onSave' });
    await until('the squiggles', async () => (await marks().count()) === count);
    await page.keyboard.press('Control+End');
    await page.keyboard.type(typed, { delay: 1 });
    // An answer to what is asked after the keys comes after all that was said because of them.
    await until('the menu', async () => {
      const { x, y } = await place();
      await page.mouse.click(x, y);
      await page.keyboard.press('Control+.');
      return rows().first().waitFor({ timeout: 3000 }).then(() => true, () => false);
    });
    await page.keyboard.press('Escape');
    expect((await marks().count()) === count, 'nothing is said while somebody types');
    await page.keyboard.press('Control+S');
    await until('one squiggle more', async () => (await marks().count()) === count + 1);
    await shoot('settings');
    configure('Machine', { 'backendArchitect.dialect': 'postgress' });
    const toast = toasts().filter({ hasText: 'backendArchitect.dialect' }).first();
    await toast.waitFor();
    const text = oneLine(await toast.innerText());
    configure('Machine', {});
    await palette('Notifications: Clear All Notifications');
    expect(servers()[0] === before, 'it is the same server');
    return text;
  },

  // Killed between two keys; what was typed before and what is typed after is found by the next one.
  async killed({ file, before, after }) {
    await closeEditors();
    await open(file);
    await marks().first().waitFor();
    // What a start takes on this machine at this time.
    await palette('Backend Architect: Restart Server');
    await until('the squiggles of the old server are gone', async () => (await marks().count()) === 0);
    const began = Date.now();
    await marks().first().waitFor();
    const start = Date.now() - began;
    await says(/Backend Architect: 1/);
    await palette('Notifications: Clear All Notifications');
    await page.evaluate(() => {
      const bar = document.querySelector('.part.statusbar');
      window.said = [];
      new MutationObserver(() => window.said.push(bar.innerText)).observe(bar, {
        subtree: true, childList: true, characterData: true,
      });
    });
    await page.keyboard.press('Control+End');
    await page.keyboard.type(before, { delay: 1 });
    const [running, ...others] = servers();
    expect(running !== undefined && others.length === 0, 'one server runs');
    process.kill(running, 'SIGKILL');
    const killed = Date.now();
    await page.keyboard.type(after, { delay: 1 });
    const count = 3;
    await until('all are found', async () => (await marks().count()) === count, 20_000);
    const back = Date.now() - killed;
    expect(servers().length === 1 && servers()[0] !== running, 'another server runs');
    await shoot('killed');
    // Two seconds, or where the machine has so much else to do that a start alone takes one, twice that.
    expect(back < Math.max(2000, 2 * start), `it came back in time: ${back} ms; a start takes ${start} ms`);
    const said = await page.evaluate(() => window.said);
    expect(said.some((text) => text.includes('restarting')), 'the status bar has said so');
    await says(new RegExp(`Backend Architect: ${count}`));
    expect((await toasts().count()) === 0, 'there is no message');
    await page.keyboard.press('Control+S');
    return `${back} ms; a start takes ${start} ms`;
  },

  // Each further end is told nowhere but in the status bar, until it is too often; then once.
  async killedOften({ file }) {
    await open(file);
    for (let ends = 0; ; ends += 1) {
      expect(ends < 10, 'somebody is asked in the end');
      await says(/Backend Architect: (\d+|stopped)/);
      const [running] = servers();
      if (running === undefined) break;
      process.kill(running, 'SIGKILL');
      await says(/restarting|stopped/);
    }
    await says(/Backend Architect: stopped/);
    await shoot('killed-often');
    expect((await toasts().count()) === 1, 'there is one message');
    await toasts().first().locator('.monaco-button', { hasText: 'Restart' }).click();
    await says(/Backend Architect: \d+/);
    await until('the message has gone', async () => (await toasts().count()) === 0);
  },

  // Where no server is found one is offered, once; who did not want it finds it in the status bar.
  async privately({ file, count }) {
    await open(file);
    const offer = page.locator('.notification-toast', { hasText: 'is not installed' }).first();
    await offer.waitFor();
    await says(/Backend Architect: not installed/);
    const buttons = (await offer.locator('.monaco-button').allInnerTexts()).map(oneLine);
    await shoot('offered');
    expect(buttons.join(' ') === 'Install Open Settings Show Output', `the choices are ${buttons}`);
    await palette('Notifications: Clear All Notifications');
    await palette('Backend Architect: Restart Server');
    await says(/Backend Architect: not installed/);
    expect((await toasts().count()) === 0, 'it is not offered again');
    await ours().first().click();
    await toasts().first().waitFor();
    await shoot('installing');
    await until('the squiggles', async () => (await marks().count()) === count, 150_000);
    await says(new RegExp(`Backend Architect: ${count}`));
    await shoot('installed');
    expect((await toasts().count()) === 0, 'there is no message');
    // The next window finds it without a question.
    await palette('Developer: Reload Window');
    await until('the squiggles again', async () => (await marks().count()) === count, 40_000);
    expect((await toasts().count()) === 0, 'there is no message in the next window');
  },

  async missing({ file }) {
    await open(file);
    configure('Machine', { 'backendArchitect.command': ['backend-architect-of-nobody', 'server'] });
    const toast = page.locator('.notification-toast', { hasText: 'backend-architect-of-nobody' }).first();
    await toast.waitFor();
    await shoot('command-missing');
    const text = oneLine(await toast.innerText());
    expect(text.includes('Correct the setting backendArchitect.command'), `the message names the remedy: ${text}`);
    expect((await page.locator('.notification-toast').count()) === 1, 'there is no other message');
    expect((await marks().count()) === 0, 'no squiggle is left of the server that has gone');
    configure('Machine', {});
    await marks().first().waitFor();
    await palette('Notifications: Clear All Notifications');
    // What the output says is written by a native module, which this code-server does without.
    await palette('Backend Architect: Show Output');
    await page.locator('.part.panel .monaco-select-box, .part.panel select', { hasText: 'Backend Architect' }).first().waitFor();
    await shoot('output');
    return text;
  },

  async failing({ file }) {
    await open(file);
    await marks().first().waitFor();
    configure('Machine', { 'backendArchitect.command': ['/bin/sh', '-c', 'echo no such option >&2; exit 2'] });
    const toast = page.locator('.notification-toast', { hasText: 'did not start' }).first();
    await toast.waitFor();
    await shoot('server-failing');
    expect((await page.locator('.notification-toast').count()) === 1, 'there is no other message');
    await palette('Notifications: Clear All Notifications');
    configure('Machine', {});
    await marks().first().waitFor();
  },

  async trust({ file, trace }) {
    const named = () => fs.existsSync(path.join(plan.workspace, trace));
    expect(!named(), 'the command of an untrusted workspace has not run');
    await closeEditors();
    await open(file);
    await marks().first().waitFor();
    await palette('Workspaces: Manage Workspace Trust');
    await page.locator('.workspace-trust-editor .monaco-button', { hasText: /^Trust$/ }).first().click();
    await until('the command of a trusted workspace has run', named);
    await until('the status bar knows', async () => !(await ours().first().innerText()).includes('restricted'));
    await shoot('trusted');
  },
};

const person = {
  plan, settings, configure, until, expect, shoot, open, palette, marks, place, disk, closeEditors, oneLine,
  hoverOverMark, leaveHover, menuAtMark, choose,
  get page() {
    return page;
  },
};
Object.assign(checks, commandChecks(person), pictureChecks(person));

// ---------------------------------------------------------------- the session

async function attempt(name, work) {
  const start = Date.now();
  try {
    const note = await work();
    results[name] = { error: null };
    say(`${name}: ${Date.now() - start} ms${note ? `; ${note}` : ''}`);
  } catch (error) {
    results[name] = { error: String(error?.message ?? error) };
    say(`${name}: FAILED: ${results[name].error}`);
    await shoot(`${name}-FAILED`).catch(() => {});
    // The next one begins from a quiet window: no menu, no hover, no unsaved file in front.
    for (let n = 0; n < 3; n += 1) await page.keyboard.press('Escape').catch(() => {});
    await page.keyboard.press('Control+S').catch(() => {});
    // A text without a file asks for a name.
    await page.keyboard.press('Escape').catch(() => {});
  }
}

const limit = setTimeout(() => {
  say('the session took too long');
  stop().finally(() => process.exit(3));
}, plan.seconds * 1000);
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => stop().finally(() => process.exit(4)));

let failed;
try {
  await start();
  await status().waitFor();
  for (const one of plan.cases) await attempt(one.name, () => typeAndRepair(one));
  for (const check of plan.checks) await attempt(check.name, () => checks[check.name](check));
} catch (error) {
  failed = error;
  say(`FAILED: ${error?.stack ?? error}`);
  await page?.screenshot({ path: path.join(plan.screenshots, 'FAILED.png') }).catch(() => {});
} finally {
  await stop();
  clearTimeout(limit);
}
say(`stopped; requests to other hosts, all blocked: ${[...foreign].sort().join(' ') || 'none'}`);
fs.writeFileSync(plan.results, JSON.stringify(results, null, 1));
process.exit(failed ? 1 : 0);
