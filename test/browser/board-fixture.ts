import { createReadStream, existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { parquetWriteBuffer } from "hyparquet-writer";
import { writeForms } from "#src/openmlperf/forms/write-forms.js";
import { columnNames, type Row } from "#src/openmlperf/row.js";
import { emptyReport } from "../empty-report.ts";

const application = path.resolve(import.meta.dirname, "../../dist/board/app");

const accelerators = ["A-80GB", "B-141GB", "C-288GB", "D-96GB"];
const scenarios = ["Offline", "Server"];
const rounds = ["v5.1", "v6.0"];

const unknownRow = Object.fromEntries(columnNames.map((name) => [name, null])) as unknown as Row;

/** A made-up result; tokens a second of an accelerator double from one accelerator to the next. */
function madeRow(index: number, changes: Partial<Row>): Row {
  const chip = index % accelerators.length;
  const rate = 1000 * 2 ** chip;
  return {
    ...unknownRow,
    id: `made-${index}`,
    origin: "official",
    round: rounds[Math.floor(index / 8) % 2] ?? null,
    division: "closed",
    availability: "available",
    suite: "datacenter",
    source: "made",
    source_kind: "made",
    source_file: "made.json",
    details_url: `https://example.org/results/${index}`,
    submitter: "Maker",
    system_name: `System ${accelerators[chip]}`,
    platform: `platform-${chip}`,
    benchmark: "llama2-70b-99",
    benchmark_family: "llama2-70b",
    scenario: scenarios[Math.floor(index / 4) % 2] ?? "Offline",
    result_value: rate * 8,
    result_unit: "tokens/s",
    tokens_per_second: rate * 8,
    tokens_per_second_per_accelerator: rate,
    ttft_p99_ns: 1.5e9,
    accelerator: accelerators[chip] ?? null,
    accelerators_total: 8,
    nodes: 1,
    ...changes,
  };
}

/** 16 closed results (2 rounds, 2 scenarios, 4 accelerators), one of the open division, one repeated, one run of one's own. */
export function madeRows(): Row[] {
  return [
    ...Array.from({ length: 16 }, (_, index) => madeRow(index, {})),
    madeRow(16, { division: "open", system_name: "Open system" }),
    madeRow(17, { duplicate_of: "made-1", duplicate_reason: "same figure", benchmark: "llama2-70b-99.9" }),
    madeRow(18, { origin: "flexbench", round: null, division: null, system_name: "My own machine" }),
  ];
}

/** Writes `openmlperf.parquet` of made-up results into a folder. */
export async function writeMadeDataset(folder: string): Promise<void> {
  await writeForms(folder, { rows: madeRows(), report: emptyReport });
}

/** Writes a Parquet file of many rows with the columns that the board's table shows first. */
export async function writeManyRows(file: string, rowCount: number): Promise<void> {
  const column = (
    name: string,
    value: (index: number) => string | number | null,
    type: "STRING" | "DOUBLE",
  ) => ({
    name,
    type,
    nullable: true,
    data: Array.from({ length: rowCount }, (_, index) => value(index)),
  });
  const text = (name: string, value: (index: number) => string | null) => column(name, value, "STRING");
  const columnData = [
    text("id", (index) => `row-${index}`),
    text("origin", () => "official"),
    text("round", (index) => `v${4 + (index % 3)}.0`),
    text("division", (index) => (index % 10 === 0 ? "open" : "closed")),
    text("availability", () => "available"),
    text("duplicate_of", () => null),
    text("benchmark", (index) => `model-${index % 7}`),
    text("benchmark_family", (index) => `model-${index % 7}`),
    text("scenario", (index) => scenarios[index % 2] ?? null),
    text("submitter", (index) => `Submitter ${index % 40}`),
    text("system_name", (index) => `System ${index % 3000}`),
    text("accelerator", (index) => accelerators[index % 4] ?? null),
    column("accelerators_total", (index) => 1 + (index % 72), "DOUBLE"),
    column("tokens_per_second", (index) => 10 + ((index * 7919) % 100_000), "DOUBLE"),
    column("tokens_per_second_per_accelerator", (index) => 1 + ((index * 104_729) % 20_000), "DOUBLE"),
    column("result_value", (index) => 10 + ((index * 7919) % 100_000), "DOUBLE"),
    text("result_unit", () => "tokens/s"),
  ];
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, new Uint8Array(parquetWriteBuffer({ columnData })));
}

const types: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".json": "application/json",
};

/** Serves the built application as a static host does, with a folder as its `data/`. */
export async function serveBoard(dataFolder: string): Promise<{ url: string; close: () => Promise<void> }> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://board");
    const file = pathname.startsWith("/data/")
      ? path.join(dataFolder, pathname.slice("/data/".length))
      : path.join(application, pathname === "/" ? "index.html" : pathname);
    if (!existsSync(file)) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { "content-type": types[path.extname(file)] ?? "application/octet-stream" });
    createReadStream(file).pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
