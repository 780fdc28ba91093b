// Bundles the code that runs in a browser, with its style, into one script and one style sheet a page. The pages are put
// together from them in Node, as one file each.
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));

await build({
  absWorkingDir: root,
  entryPoints: ["src/report/page/report.ts", "src/live/page/live.ts"],
  outbase: "src",
  outdir: "dist",
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2022",
  charset: "utf8",
  legalComments: "inline",
  logLevel: "warning",
});
