// Puts the data files of the Open MLPerf rules beside the code that reads them.
import { cpSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = new URL("..", import.meta.url);
const folder = (path) => fileURLToPath(new URL(path, root));

cpSync(folder("src/openmlperf/data"), folder("dist/openmlperf/data"), { recursive: true });
