import { stat } from "node:fs/promises";
import { join } from "node:path";
import { EnvironmentError, UsageError } from "../errors.ts";
import { datasetFiles } from "./forms/dataset-files.ts";

/** What a query gave: names of its columns, and its rows as plain values; whole numbers that JSON cannot hold are text. */
export interface QueryResult {
  columns: string[];
  rows: Record<string, unknown>[];
}

/** How a query is run. */
export interface QueryOptions {
  /** The query comes from somebody else: it may read the dataset, and neither files nor the network. @default false */
  sealed?: boolean;
}

/**
 * Runs SQL on a dataset, whose rows are the table `results`, by DuckDB, which is read only here: it is no dependency, and
 * those who only benchmark do not carry it. The dataset is a built folder, a Parquet file, or its address.
 * Throws EnvironmentError `DUCKDB_MISSING` without `@duckdb/node-api`, UsageError `DATASET_QUERY` when the dataset cannot
 * be read or DuckDB refuses the query.
 */
export async function queryDataset(
  dataset: string,
  sql: string,
  { sealed = false }: QueryOptions = {},
): Promise<QueryResult> {
  const { DuckDBInstance, DuckDBTypeId } = await loadDuckdb();
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  try {
    const table = (await parquetOf(dataset)).replaceAll("'", "''");
    const kind = sealed ? "TABLE" : "VIEW";
    await connection.run(`CREATE ${kind} results AS SELECT * FROM read_parquet('${table}')`);
    if (sealed) await connection.run("SET enable_external_access = false; SET lock_configuration = true");
    const reader = await connection.runAndReadAll(sql);
    const columns = reader.columnNames();
    const { BIGINT, UBIGINT, HUGEINT, UHUGEINT } = DuckDBTypeId;
    const large = columns.filter((_, index) =>
      [BIGINT, UBIGINT, HUGEINT, UHUGEINT].includes(reader.columnTypeId(index)),
    );
    return { columns, rows: reader.getRowObjectsJson().map((row) => withNumbers(row, large)) };
  } catch (cause) {
    const message = cause instanceof Error ? (cause.message.split("\n")[0] ?? "") : String(cause);
    throw new UsageError("DATASET_QUERY", [{ where: dataset, message }], { cause });
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** DuckDB gives whole numbers of 64 bits and more as text; nearly all of them are small. */
function withNumbers(row: Record<string, unknown>, columns: readonly string[]): Record<string, unknown> {
  const numbers = columns
    .map((column) => [column, row[column]] as const)
    .filter(([, value]) => typeof value === "string" && Number.isSafeInteger(Number(value)))
    .map(([column, value]) => [column, Number(value)]);
  return { ...row, ...Object.fromEntries(numbers) };
}

async function loadDuckdb() {
  try {
    return await import("@duckdb/node-api");
  } catch (cause) {
    throw new EnvironmentError("DUCKDB_MISSING", "Queries need DuckDB, which is not installed.", {
      hint: "`npm install @duckdb/node-api` beside FlexBench installs it.",
      cause,
    });
  }
}

async function parquetOf(dataset: string): Promise<string> {
  if (/^https?:\/\//.test(dataset)) return dataset;
  const found = await stat(dataset).catch(() => null);
  return found?.isDirectory() === true ? join(dataset, datasetFiles.parquet) : dataset;
}
