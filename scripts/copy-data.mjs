// Puts data files beside the code that reads them: the Open MLPerf rules and the prices of accelerators.
import { cpSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = new URL("..", import.meta.url);
const folder = (path) => fileURLToPath(new URL(path, root));

for (const data of ["openmlperf/data", "cost/data"])
  cpSync(folder(`src/${data}`), folder(`dist/${data}`), { recursive: true });
