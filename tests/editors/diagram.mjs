// Walks through the page of a diagram in a real browser, in each theme.
// usage: node diagram.mjs PLAN.json; writes what it saw to the file that the plan names.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const plan = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
const require = createRequire(path.join(plan.home, 'npm', 'package.json'));
const { chromium } = require('playwright-core');
const axe = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const themes = {
  light: { colorScheme: 'light' },
  dark: { colorScheme: 'dark' },
  contrast: { colorScheme: 'dark', forcedColors: 'active' },
};

const browser = await chromium.launch({
  executablePath: plan.chromium,
  headless: true,
  args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
});

async function open(file, options, limits = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  const seen = { requests: [], complaints: [] };
  page.on('request', (request) => seen.requests.push(request.url()));
  page.on('console', (message) => seen.complaints.push(message.text()));
  page.on('pageerror', (error) => seen.complaints.push(error.message));
  page.setDefaultTimeout(limits.milliseconds ?? 10_000);
  await page.goto(`file://${file}`);
  await page.getByRole('option').first().waitFor();
  return { context, page, seen };
}

/** Which tables lie over each other, and which names do not fit. */
function faults() {
  const options = [...document.querySelectorAll('[role=option]')];
  const boxes = options.map((one) => [one.dataset.table, one.getBoundingClientRect()]);
  const overlaps = boxes.flatMap(([name, box], index) =>
    boxes
      .slice(index + 1)
      .filter(([, other]) => box.left < other.right && other.left < box.right && box.top < other.bottom && other.top < box.bottom)
      .map(([other]) => `${name} over ${other}`),
  );
  const cut = options
    .filter((one) => [one, ...one.querySelectorAll('*')].some((part) => part.scrollWidth > part.clientWidth + 1 && part.clientWidth > 0))
    .map((one) => `${one.dataset.table} is too narrow`);
  const short = options.filter((one) => one.scrollHeight > one.clientHeight + 1).map((one) => `${one.dataset.table} is too low`);
  return [...overlaps, ...cut, ...short];
}

const focused = (page) =>
  page.evaluate(() => document.activeElement.dataset.table ?? document.activeElement.id ?? document.activeElement.tagName);

const results = {};

for (const [name, file] of Object.entries(plan.pages)) {
  for (const [theme, options] of Object.entries(themes)) {
    const { context, page, seen } = await open(file, options);
    const shoot = (what) => page.screenshot({ path: path.join(plan.screenshots, `${name}-${theme}-${what}.png`) });
    await shoot('1');
    const found = { faults: await page.evaluate(faults), tables: await page.getByRole('option').count() };
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter'); // in the search: the first table
    await page.getByRole('complementary', { name: 'Details' }).waitFor();
    await shoot('2-selected');
    found.details = await page.getByRole('complementary').locator('h2').innerText();
    // The policy of the page lets no other script in; the protocol of the browser is not bound by it.
    const session = await context.newCDPSession(page);
    await session.send('Runtime.evaluate', { expression: axe });
    const run = { expression: 'axe.run().then((all) => JSON.stringify(all.violations))', awaitPromise: true, returnByValue: true };
    const { result } = await session.send('Runtime.evaluate', run);
    found.violations = JSON.parse(result.value).flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html}`));
    const style = (selector) => page.locator(selector).first().evaluate((one) => getComputedStyle(one).outlineStyle);
    found.ring = await style('[role=option]:focus-visible');
    found.paper = await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    const before = await focused(page);
    await page.evaluate(async () => {
      const heard = new Promise((done) => addEventListener('message', done, { once: true }));
      postMessage({ kind: 'show', diagram: JSON.parse(document.getElementById('diagram').textContent) }, '*');
      await heard;
    });
    found.walks = [before, await focused(page)];
    await page.locator('#fit').click();
    await shoot('3-fit');
    results[`${name}-${theme}`] = { ...found, ...seen };
    await context.close();
  }
}

// One walk, by keyboard alone.
{
  const { context, page, seen } = await open(plan.pages.walk, themes.light);
  const steps = [];
  const step = async (...keys) => {
    for (const key of keys) await page.keyboard.press(key);
    steps.push(await focused(page));
  };
  const zoom = () => page.locator('#canvas').evaluate((one) => new DOMMatrix(getComputedStyle(one).transform).a);
  await step('Tab');
  await step('Tab', 'Tab', 'Tab', 'Tab', 'Tab');
  const before = await zoom();
  await page.keyboard.press('+');
  const nearer = (await zoom()) > before;
  await page.keyboard.press('-');
  await step('Tab');
  await step('ArrowRight');
  const near = await page.locator('.table.near').evaluateAll((all) => all.map((one) => one.dataset.table));
  const lines = await page.locator('#lines path.active').count();
  await step('ArrowLeft');
  await step('End');
  await step('Home');
  await page.keyboard.press('Enter');
  const heading = await page.evaluate(() => document.activeElement.textContent);
  await step('Escape');
  await step('Escape');
  await step('/');
  await page.keyboard.type('ORD');
  const filtered = await page.getByRole('option').evaluateAll((all) => all.map((one) => one.dataset.table));
  const count = await page.locator('#count').innerText();
  await page.keyboard.type('-no-such');
  const nothing = await page.locator('#notice').innerText();
  await page.keyboard.press('Escape');
  const all = await page.getByRole('option').count();
  results.walk = { steps, nearer, near, lines, heading, filtered, count, nothing, all, ...seen };
  await context.close();
}

await browser.close();
fs.writeFileSync(plan.results, JSON.stringify(results, null, 1));
