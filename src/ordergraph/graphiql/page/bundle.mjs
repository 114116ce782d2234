/** Bundles the page with esbuild: node bundle.mjs <out folder> <node_modules>. Writes manifest.json last. */
import { createRequire } from "node:module";
import { writeFileSync } from "node:fs";
import { basename, join } from "node:path";

const [out, modules] = process.argv.slice(2);
const { build } = createRequire(join(modules, "anchor.js"))("esbuild");

const common = {
  bundle: true,
  minify: true,
  metafile: true,
  outdir: out,
  nodePaths: [modules],
  absWorkingDir: import.meta.dirname,
  target: ["chrome111", "firefox114", "safari16.4"],
  entryNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
  legalComments: "linked",
  define: { "process.env.NODE_ENV": '"production"' },
  logLevel: "warning",
};

const page = await build({
  ...common,
  entryPoints: { graphiql: "main.jsx" },
  format: "esm",
  splitting: true,
  jsx: "automatic",
  loader: { ".ttf": "file" },
});

const workers = await build({
  ...common,
  entryPoints: {
    "json.worker": "monaco-editor/esm/vs/language/json/json.worker.js",
    "graphql.worker": "monaco-graphql/esm/graphql.worker.js",
    "editor.worker": "monaco-editor/esm/vs/editor/editor.worker.js",
  },
  format: "iife",
});

const fileOf = ({ metafile }, entry, ending) => {
  const found = Object.entries(metafile.outputs).find(([, { entryPoint }]) => entryPoint?.endsWith(entry));
  return basename(ending === ".css" ? found[1].cssBundle : found[0]);
};

const manifest = {
  script: fileOf(page, "main.jsx"),
  style: fileOf(page, "main.jsx", ".css"),
  workers: {
    json: fileOf(workers, "json.worker.js"),
    graphql: fileOf(workers, "graphql.worker.js"),
    editor: fileOf(workers, "editor.worker.js"),
  },
};
writeFileSync(join(out, "manifest.json"), JSON.stringify(manifest, null, 2));
