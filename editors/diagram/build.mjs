// Writes the page into one file: node build.mjs [FILE]; the same sources give the same bytes.
// The policy in it names the hashes of its script and its style, so that nothing else runs.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { build } from "esbuild";

const here = (name) => new URL(name, import.meta.url).pathname;
const target = process.argv[2] ?? here("../../server/backend_architect/schema/diagram.html");

async function bundled(name) {
  const { outputFiles } = await build({
    entryPoints: [here(`src/${name}`)],
    bundle: true,
    minify: true,
    format: "iife",
    target: "es2022",
    charset: "utf8",
    legalComments: "none", // whole licences follow
    write: false,
  });
  return outputFiles[0].text;
}

const licences = ["dagre", "graphlib"].map((name) => {
  const text = readFileSync(here(`node_modules/@dagrejs/${name}/LICENSE`), "utf8").trim();
  return `/* @dagrejs/${name}\n\n${text}\n*/\n`;
});
const hash = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
const [code, style] = await Promise.all(["main.ts", "page.css"].map(bundled));
const script = code + licences.join("");
// The diagram is for the program that hands the page out.
const parts = { script, style, "script-hash": hash(script), "style-hash": hash(style) };
const page = readFileSync(here("src/page.html"), "utf8");
writeFileSync(target, page.replace(/\{\{([\w-]+)\}\}/g, (gap, name) => parts[name] ?? gap));
