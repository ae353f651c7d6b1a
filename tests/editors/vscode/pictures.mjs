// The pictures of the extension's README and walkthrough, taken from a real session, in a dark and a light theme.
import fs from 'node:fs';
import path from 'node:path';

const MARGIN = 12;

/** Pictures by name; `person` holds what a person does in the editor, and the page. */
export function pictureChecks(person) {
  const { plan, until, open, palette, marks, place, hoverOverMark, leaveHover, menuAtMark, choose, closeEditors } = person;
  const name = (what, theme) => path.join(plan.pictures, `${what}-${theme}.png`);

  /** A picture of what lies around some parts of the window; the window's own size where none is given. */
  async function picture(what, theme, locators, size = {}) {
    await person.page.waitForTimeout(300); // shadows and scroll bars fade
    const boxes = await Promise.all(locators.map((one) => one.boundingBox()));
    const { width, height } = person.page.viewportSize();
    const left = Math.max(0, Math.min(...boxes.map((box) => box.x)) - MARGIN);
    const top = Math.max(0, Math.min(...boxes.map((box) => box.y)) - MARGIN);
    const right = size.right ?? Math.max(...boxes.map((box) => box.x + box.width)) + MARGIN;
    const bottom = size.bottom ?? Math.max(...boxes.map((box) => box.y + box.height)) + MARGIN;
    const clip = { x: left, y: top, width: Math.min(right, width) - left, height: Math.min(bottom, height) - top };
    fs.mkdirSync(plan.pictures, { recursive: true });
    await person.page.screenshot({ path: name(what, theme), animations: 'disabled', clip });
  }

  const editorPart = () => person.page.locator('.part.editor').first();

  return {
    async hoverPicture({ file, theme, texts }) {
      await open(file);
      await marks().first().waitFor();
      await hoverOverMark(texts);
      const hover = person.page.locator('.monaco-hover:not(.hidden)').first();
      await picture('hover', theme, [person.page.locator('.editor-instance .view-lines').first(), hover], { right: 1010 });
      await leaveHover();
    },

    async menuPicture({ file, theme }) {
      await open(file);
      await menuAtMark();
      const menu = person.page.locator('.action-widget').first();
      const text = await person.page.locator('.editor-instance .view-lines').first().boundingBox();
      const box = await menu.boundingBox();
      await picture('menu', theme, [menu, person.page.locator('.editor-instance .view-line').first()], {
        right: Math.min(text.x + text.width, 1010),
        bottom: box.y + box.height + MARGIN,
      });
      await person.page.keyboard.press('Escape');
      await closeEditors();
    },

    async indexPicture({ file, theme, title, row }) {
      await open(file);
      const titles = await menuAtMark();
      await choose(titles, new RegExp(`^${title.replace(/[()]/g, '\\$&')}`), 'Control+Enter');
      const panel = person.page.locator('.part.panel');
      await panel.locator('.monaco-button', { hasText: 'Discard' }).first().waitFor();
      const created = panel.locator('.monaco-list-row', { hasText: row }).last();
      await created.click();
      await until('the new file is shown', async () =>
        (await editorPart().innerText()).replaceAll('\u00a0', ' ').includes('create_index'));
      await picture('index', theme, [editorPart(), panel]);
      await panel.locator('.monaco-button', { hasText: 'Discard' }).first().click();
      await closeEditors();
    },

    async snippetPicture({ file, theme, word, label }) {
      await open(file);
      await person.page.keyboard.press('Control+End');
      await person.page.keyboard.type(word, { delay: 1 });
      await person.page.keyboard.press('Control+Space');
      const list = person.page.locator('.suggest-widget.visible');
      await list.locator('.monaco-list-row', { hasText: label }).first().waitFor();
      const details = person.page.locator('.suggest-details-container').first();
      if (!(await details.isVisible())) await person.page.keyboard.press('Control+Space');
      await details.waitFor();
      await until('its card is shown', async () => (await details.innerText()).length > 80);
      await picture('snippet', theme, [person.page.locator('.editor-instance .view-line').first(), list, details]);
      await person.page.keyboard.press('Escape');
      await person.page.keyboard.press('Escape');
      for (const _ of word) await person.page.keyboard.press('Backspace');
      await person.page.keyboard.press('Control+S');
      await until('no change is left', async () => (await person.page.locator('.tab.dirty').count()) === 0);
      await closeEditors();
    },

    async problemsPicture({ file, theme }) {
      await palette('Backend Architect: Check the Workspace');
      const summary = person.page.locator('.notification-toast', { hasText: 'findings in' }).first();
      await summary.waitFor({ timeout: 30_000 });
      await summary.locator('.monaco-button', { hasText: 'Show Problems' }).click();
      await open(file);
      await marks().first().waitFor();
      await person.page.locator('.markers-panel .monaco-list-row').nth(5).waitFor();
      await picture('problems', theme, [editorPart(), person.page.locator('.part.panel')]);
      await person.page.keyboard.press('Control+Shift+M');
      await closeEditors();
    },

    async walkthroughPicture() {
      await palette('Welcome: Open Walkthrough');
      const row = person.page.locator('.quick-input-list .monaco-list-row', { hasText: 'Backend Architect' }).first();
      await row.waitFor();
      await row.click();
      await person.page.locator('.gettingStartedContainer .step-title', { hasText: 'See a finding' }).first().click();
      await person.page.waitForTimeout(500);
      await person.shoot('walkthrough');
      await closeEditors();
    },

    async theme({ theme, title }) {
      person.configure('User', { ...person.settings, ...plan.settings, 'workbench.colorTheme': title });
      const wanted = theme === 'light' ? '.monaco-workbench.vs' : '.monaco-workbench.vs-dark';
      await person.page.locator(wanted).waitFor();
    },
  };
}
