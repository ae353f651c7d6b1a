// The pictures of the extension's README and walkthrough, taken from a real session, in a dark and a light theme.
import fs from 'node:fs';
import path from 'node:path';

/** Pictures by name; `person` holds what a person does in the editor, and the page. */
export function pictureChecks(person) {
  const { plan, until, open, palette, marks, hoverOverMark, leaveHover, menuAtMark, choose, closeEditors } = person;

  /** A picture of a part of the window, down to the end of what shows in front of it. */
  async function picture(what, part, end) {
    await person.page.waitForTimeout(300); // shadows and scroll bars fade
    const clip = await part.boundingBox();
    const last = await end.boundingBox();
    // The status bar lies over the end of the panel.
    const status = await person.page.locator('.part.statusbar').boundingBox();
    clip.height = Math.min(last.y + last.height + 14, status.y) - clip.y;
    fs.mkdirSync(plan.pictures, { recursive: true });
    const file = path.join(plan.pictures, `${what}-${plan.theme}.png`);
    await person.page.screenshot({ path: file, animations: 'disabled', clip });
  }

  const text = () => person.page.locator('.part.editor').first();
  const panel = () => person.page.locator('.part.panel');

  return {
    async prepare() {
      await person.page.keyboard.press('Control+B');
      await person.page.locator('.part.sidebar').waitFor({ state: 'hidden' });
    },

    async hoverPicture({ file, texts }) {
      await open(file);
      await marks().first().waitFor();
      await hoverOverMark(texts);
      await picture('hover', text(), person.page.locator('.monaco-hover:not(.hidden)').first());
      await leaveHover();
    },

    async menuPicture({ file }) {
      await open(file);
      await menuAtMark();
      await picture('menu', text(), person.page.locator('.action-widget').first());
      await person.page.keyboard.press('Escape');
      await closeEditors();
    },

    async indexPicture({ file, title, row }) {
      await open(file);
      let titles;
      // The project is read in the background; until then the finding of the last reading has no repair.
      await until('the menu offers the index', async () => {
        titles = await menuAtMark().catch(() => []);
        if (titles.some((one) => one.startsWith(title))) return true;
        await person.page.keyboard.press('Escape');
        return false;
      }, 60_000);
      await choose(titles, new RegExp(`^${title.replace(/[()]/g, '\\$&')}`), 'Control+Enter');
      const discard = panel().locator('.monaco-button', { hasText: 'Discard' }).first();
      await discard.waitFor();
      await panel().locator('.monaco-list-row', { hasText: row }).last().click();
      await person.page.keyboard.press('Enter');
      await until('the new file is shown', async () =>
        (await text().innerText()).replaceAll('\u00a0', ' ').includes('down_revision'));
      await picture('index', text(), panel());
      await discard.click();
      await closeEditors();
    },

    async snippetPicture({ file, word, label }) {
      await open(file);
      await person.page.keyboard.press('Control+End');
      await person.page.keyboard.type(word, { delay: 1 });
      await person.page.keyboard.press('Control+Space');
      const list = person.page.locator('.suggest-widget.visible');
      await list.locator('.monaco-list-row', { hasText: label }).first().waitFor();
      const details = person.page.locator('.suggest-details-container').first();
      if (!(await details.isVisible())) await person.page.keyboard.press('Control+Space');
      await until('its card is shown', async () => (await details.innerText()).length > 80);
      await picture('snippet', text(), details);
      for (const _ of [1, 2]) await person.page.keyboard.press('Escape');
      for (const _ of word) await person.page.keyboard.press('Backspace');
      await person.page.keyboard.press('Control+S');
      await until('no change is left', async () => (await person.page.locator('.tab.dirty').count()) === 0);
      await closeEditors();
    },

    async problemsPicture({ file }) {
      await open(file);
      await marks().first().waitFor();
      await palette('Backend Architect: Check the Workspace');
      const summary = person.page.locator('.notification-toast', { hasText: 'findings in' }).first();
      await summary.waitFor({ timeout: 30_000 });
      await summary.locator('.monaco-button', { hasText: 'Show Problems' }).click();
      await panel().locator('.monaco-list-row').nth(6).waitFor();
      await picture('problems', text(), panel());
      await person.page.keyboard.press('Control+Shift+M');
      await closeEditors();
    },

    async diagramPicture({ tables, selected }) {
      const view = person.page.frameLocator('iframe.webview.ready').frameLocator('#active-frame');
      await palette('Backend Architect: Show the Entity-Relationship Diagram');
      await until('the tables are drawn', async () =>
        (await view.getByRole('option').count().catch(() => 0)) === tables, 30_000);
      await view.locator(`[role=option][data-table="${selected}"]`).click();
      await view.locator(`[role=option][data-table="${selected}"][aria-selected=true]`).waitFor();
      await view.getByRole('button', { name: 'Fit' }).click();
      await picture('diagram', text(), text());
      await closeEditors();
    },

    async walkthroughPicture() {
      await person.page.setViewportSize({ width: 1280, height: 800 });
      await palette('Welcome: Open Walkthrough');
      const row = person.page.locator('.quick-input-list .monaco-list-row', { hasText: 'Backend Architect' }).first();
      await row.waitFor();
      await row.click();
      await person.page.locator('.gettingStartedContainer .step-title', { hasText: 'See a finding' }).first().click();
      await person.page.waitForTimeout(500);
      await person.shoot('walkthrough');
      await closeEditors();
    },
  };
}
