// Builds assets/dist: our own CSS and JS, an allow-list of files out of npm packages, the icon sprite.
import { copyFile, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build as bundle } from "esbuild";
import { PurgeCSS } from "purgecss";

const HERE = dirname(fileURLToPath(import.meta.url));
const PACKAGES = join(HERE, "..", "node_modules");
const DIST = join(HERE, "dist");

// package file -> place under dist/vendor. Nothing else leaves node_modules.
const VENDOR = [
  ["echarts/LICENSE", "echarts/LICENSE.txt"],
  ["echarts/NOTICE", "echarts/NOTICE.txt"],
  ["@fontsource-variable/inter/files/inter-latin-wght-normal.woff2", "inter/inter-latin.woff2"],
  ["@fontsource-variable/inter/files/inter-latin-ext-wght-normal.woff2", "inter/inter-latin-ext.woff2"],
  ["@fontsource-variable/inter/LICENSE", "inter/LICENSE.txt"],
  ["@tabler/icons/LICENSE", "tabler/ICONS-LICENSE.txt"],
];

const KIT = "@tabler/core/dist/css/tabler.min.css";
// Where class names stand besides templates and scripts: widgets of forms, tones, fragments.
const APPS = ["approvals", "config", "exchange", "governance", "initiatives", "kpis", "reporting"];

// One style sheet, in this order.
const STYLES = ["fonts", "tokens", "base", "shell", "forms", "components", "tables", "charts", "figures", "people", "measures", "drawer", "gates", "plan", "decisions", "kpis", "grid", "queue", "rhythm", "work", "search", "notices", "exchange", "public", "print"];

const SOURCE_MAP = /\/[/*][#@]\s*sourceMappingURL=[^\s*]*(?:\s*\*\/)?/g;
const isText = (name) => /\.(css|js)$/.test(name);

async function copyVendor([from, to]) {
  const target = join(DIST, "vendor", to);
  await mkdir(dirname(target), { recursive: true });
  if (!isText(to)) return copyFile(join(PACKAGES, from), target);
  const text = await readFile(join(PACKAGES, from), "utf8");
  return writeFile(target, text.replace(SOURCE_MAP, ""));
}

async function buildSprite() {
  const lines = (await readFile(join(HERE, "icons.txt"), "utf8")).split("\n").map((line) => line.trim());
  const names = [...new Set(lines.filter((line) => line && !line.startsWith("#")))].sort();
  const symbols = await Promise.all(names.map(async (name) => {
    const file = join(PACKAGES, "@tabler/icons/icons/outline", `${name}.svg`);
    const svg = await readFile(file, "utf8").catch(() => { throw new Error(`icons.txt: no icon "${name}"`); });
    const body = svg
      .replace(/^[\s\S]*?<svg[^>]*>/, "")
      .replace(/<\/svg>\s*$/, "")
      .replace(/<path stroke="none"[^>]*\/>/, "")
      .replace(/\s+/g, " ")
      .trim();
    return `<symbol id="${name}" viewBox="0 0 24 24">${body}</symbol>`;
  }));
  const sprite = `<svg xmlns="http://www.w3.org/2000/svg">\n${symbols.join("\n")}\n</svg>\n`;
  await writeFile(join(DIST, "icons.svg"), sprite);
  return names.length;
}

async function buildStyles() {
  const parts = await Promise.all(STYLES.map((name) => readFile(join(HERE, "css", `${name}.css`), "utf8")));
  await mkdir(join(DIST, "css"), { recursive: true });
  await writeFile(join(DIST, "css", "tollgate.css"), parts.join("\n"));
}

// The rules of the UI kit whose classes some template, script or form names; nine in ten are never asked for.
async function buildKit() {
  const words = (content) => content.match(/[\w-]+/g) || [];
  const places = ["templates/**/*.html", "assets/js/*.js", ...APPS.map((app) => `${app}/**/*.py`)];
  const [kit] = await new PurgeCSS().purge({
    content: places.map((place) => join(HERE, "..", place)),
    css: [join(PACKAGES, KIT)],
    defaultExtractor: words,
    variables: false,
    keyframes: true,
    fontFace: true,
  });
  await mkdir(join(DIST, "vendor", "tabler"), { recursive: true });
  await writeFile(join(DIST, "vendor", "tabler", "tabler.min.css"), kit.css.replace(SOURCE_MAP, ""));
}

// Only what assets/echarts.js names of the chart library.
function buildCharts() {
  return bundle({
    entryPoints: [join(HERE, "echarts.js")],
    outfile: join(DIST, "vendor", "echarts", "echarts.min.js"),
    bundle: true,
    minify: true,
    format: "iife",
    target: "es2022",
    legalComments: "inline",
    logLevel: "warning",
  });
}

async function copyFolder(name) {
  await mkdir(join(DIST, name), { recursive: true });
  const files = await readdir(join(HERE, name));
  await Promise.all(files.map((file) => copyFile(join(HERE, name, file), join(DIST, name, file))));
}

async function build() {
  await rm(DIST, { recursive: true, force: true });
  await mkdir(DIST, { recursive: true });
  await Promise.all([...VENDOR.map(copyVendor), buildStyles(), buildKit(), buildCharts(), copyFolder("js"), copyFolder("img")]);
  const icons = await buildSprite();
  process.stdout.write(`assets/dist: ${VENDOR.length} package files, ${STYLES.length} style parts, ${icons} icons\n`);
}

await build();
