// Lets Node.js run the modules of the extension alone: what they import from VS Code is `globalThis.editor`.
import { registerHooks } from 'node:module';

const names = ['workspace', 'window', 'extensions', 'commands', 'EventEmitter', 'ProgressLocation'];
const stub = `export const { ${names} } = globalThis.editor;`;

registerHooks({
  resolve(specifier, context, next) {
    if (specifier === 'vscode') return { url: `data:text/javascript,${encodeURIComponent(stub)}`, shortCircuit: true };
    const isOurs = specifier.startsWith('.') && !/\.\w+$/.test(specifier);
    return next(isOurs ? `${specifier}.ts` : specifier, context);
  },
});
