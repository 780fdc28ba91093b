// Writes the table of docs/openmlperf-columns.md from the card of a built dataset: node scripts/openmlperf-columns.mjs DATASET
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [dataset] = process.argv.slice(2);
if (dataset === undefined) throw new Error("Name the folder of a built dataset.");
const isColumn = (line) => /^\| `.* \| [\d.]+ % \|$/.test(line);
const columns = readFileSync(join(dataset, "README.md"), "utf8").split("\n").filter(isColumn);
const documentation = new URL("../docs/openmlperf-columns.md", import.meta.url);
const lines = readFileSync(documentation, "utf8").split("\n");
const first = lines.findIndex(isColumn);
const others = lines.filter((line) => !isColumn(line));
writeFileSync(documentation, others.toSpliced(first, 0, ...columns).join("\n"));
