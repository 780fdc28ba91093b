// One node of a server on several, as an engine would be: notes what it was told; the head then serves, as a simulator, and
// the others wait until they are ended.
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

const [folder, flexbench, port, host, nodes, rank, head, headPort] = process.argv.slice(2);
const told = { host, nodes, rank, head, headPort, node: process.env.SLURMD_NODENAME };
writeFileSync(join(folder, `rank-${rank}.json`), JSON.stringify(told));
if (rank === "0")
  spawn(process.execPath, [flexbench, "serve", "sim", "--port", port, "--host", host, "--model", "sim"], {
    stdio: "inherit",
  }).once("close", (code) => process.exit(code ?? 1));
else setInterval(() => {}, 1000);
