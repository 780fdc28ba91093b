// Bundles the board's web application into files that any static host can serve, from any folder.
import { fileURLToPath } from "node:url";
import { build } from "vite";

const folder = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

await build({
  configFile: false,
  root: folder("src/board/page"),
  base: "./",
  publicDir: false,
  logLevel: "warn",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: folder("dist/board/app"),
    emptyOutDir: true,
    target: "es2022",
    license: { fileName: "licenses.md" },
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1000,
  },
});
