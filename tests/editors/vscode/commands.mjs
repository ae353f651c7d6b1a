// The commands of the palette, as a person calls them.
import fs from 'node:fs';
import path from 'node:path';

/** Checks by name; `person` holds what a person does in the editor, and the page. */
export function commandChecks(person) {
  const { plan, until, expect, shoot, open, palette, marks, place, disk, closeEditors, oneLine } = person;
  const toast = (text) => person.page.locator('.notification-toast', { hasText: text }).first();
  const clear = () => palette('Notifications: Clear All Notifications');
  // The disk has the text a moment before the tab says so, and a dirty one asks before it closes.
  const clean = () => until('no change is left', async () => (await person.page.locator('.tab.dirty').count()) === 0);
  const dialogButton = (name) =>
    person.page.locator('.monaco-dialog-box .monaco-button', { hasText: new RegExp(`^${name}$`) });

  async function shown(texts) {
    for (const frame of person.page.frames()) {
      const text = oneLine(await frame.locator('body').innerText().catch(() => ''));
      if (texts.every((one) => text.includes(one))) return true;
    }
    return false;
  }

  return {
    async explain({ file, texts }) {
      await open(file);
      const { x, y } = await place();
      await person.page.mouse.click(x, y);
      await palette('Backend Architect: Explain the Rule under the Cursor');
      await until('the card is shown', () => shown(texts), 20_000);
      await shoot('explain');
      await closeEditors();
    },

    async fixFile({ file, expected }) {
      await open(path.basename(file));
      await marks().first().waitFor();
      await palette('Backend Architect: Apply All Safe Fixes to This File');
      await until('the squiggle is gone', async () => (await marks().count()) === 0);
      await person.page.keyboard.press('Control+S');
      await until('it is saved', () => disk(file).includes(expected));
      await clean();
      await closeEditors();
    },

    async fixWorkspace({ files, expected }) {
      const before = files.map(disk);
      await palette('Backend Architect: Apply All Safe Fixes to the Workspace');
      await dialogButton('Preview').click();
      const discard = person.page.locator('.part.panel .monaco-button', { hasText: 'Discard' }).first();
      await discard.waitFor();
      await shoot('fix-workspace-preview');
      await discard.click();
      expect(files.every((file, at) => disk(file) === before[at]), 'nothing is written that is discarded');
      await palette('Backend Architect: Apply All Safe Fixes to the Workspace');
      await dialogButton('Fix').waitFor();
      const question = oneLine(await person.page.locator('.monaco-dialog-box').innerText());
      await shoot('fix-workspace-question');
      await dialogButton('Fix').click();
      await until('all are saved', () => files.every((file) => disk(file).includes(expected)));
      return question;
    },

    async checkWorkspace({ file, text }) {
      await palette('Backend Architect: Check the Workspace');
      const summary = toast('findings in');
      await summary.waitFor({ timeout: 30_000 });
      const said = oneLine(await summary.innerText());
      await shoot('check-workspace');
      await summary.locator('.monaco-button', { hasText: 'Show Problems' }).click();
      const rows = person.page.locator('.markers-panel .monaco-list-row');
      const filter = person.page.getByPlaceholder(/^Filter/).first();
      await filter.fill(file);
      await until('the unopened file is listed', async () =>
        (await rows.allInnerTexts()).map(oneLine).join(' ').includes(text));
      expect((await person.page.locator(`.tab[data-resource-name="${file}"]`).count()) === 0, 'it is not open');
      await shoot('check-workspace-problems');
      await filter.fill('');
      await person.page.keyboard.press('Control+Shift+M');
      return said;
    },

    async insertSnippet({ file, snippet, expected }) {
      await open(file);
      await person.page.keyboard.press('Control+End');
      await palette('Backend Architect: Insert a Snippet');
      const input = person.page.locator('.quick-input-widget input').first();
      const row = person.page.locator('.quick-input-list .monaco-list-row.focused', { hasText: snippet });
      await until('the snippets are listed', async () => {
        await input.fill(snippet);
        return (await row.count()) > 0;
      });
      await shoot('insert-snippet');
      await person.page.keyboard.press('Enter');
      const lines = person.page.locator('.editor-instance .view-lines').first();
      await until('it stands in the text', async () => oneLine(await lines.innerText()).includes('def'));
      await shoot('insert-snippet-inserted');
      await person.page.keyboard.press('Escape');
      await person.page.keyboard.press('Escape');
      await person.page.keyboard.press('Control+S');
      await until('it is saved', () => expected.every((text) => disk(file).includes(text)));
      await clean();
      await closeEditors();
    },

    async information({ file, texts }) {
      await open(file);
      await marks().first().waitFor();
      await palette('Backend Architect: Show Debug Information');
      const lines = person.page.locator('.editor-instance .view-lines').first();
      await until('it is open', async () => {
        const text = oneLine(await lines.innerText().catch(() => ''));
        return texts.every((one) => text.includes(one));
      });
      await shoot('information');
      await person.page.keyboard.press('Control+A');
      await person.page.keyboard.press('Delete');
      await closeEditors();
    },

    async baseline({ file, baselines }) {
      await open(file);
      await marks().first().waitFor();
      await palette('Backend Architect: Create a Baseline');
      await toast('accepted').waitFor({ timeout: 30_000 });
      await shoot('baseline');
      const written = baselines.map((name) => path.join(plan.workspace, name));
      expect(written.every((one) => fs.existsSync(one)), 'the baselines are written');
      await until('the squiggle is gone', async () => (await marks().count()) === 0);
      await clear();
      for (const one of written) fs.rmSync(one);
      await until('without a baseline it is back', async () => (await marks().count()) > 0);
      await closeEditors();
    },
  };
}
