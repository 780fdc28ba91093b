import { stat } from "node:fs/promises";
import { join } from "node:path";
import { EnvironmentError, UsageError } from "../errors.ts";
import { datasetFiles } from "./forms/dataset-files.ts";

/** What a query gave: names of its columns, and its rows as plain values; whole numbers that JSON cannot hold are text. */
export interface QueryResult {
  columns: string[];
  rows: Record<string, unknown>[];
  /** There were more rows, or more bytes of them, than a limit allowed. */
  truncated: boolean;
}

/** How a query is run. */
export interface QueryOptions {
  /** The query comes from somebody else: it may read the dataset, and neither files nor the network. @default false */
  sealed?: boolean;
  /** How much a query may take; all that there is when left out. */
  limits?: QueryLimits;
}

/** What one query may take of this machine. */
export interface QueryLimits {
  rows: number;
  /** Of the rows as JSON. */
  bytes: number;
  seconds: number;
  /** Memory of DuckDB. */
  megabytes: number;
  threads: number;
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
  { sealed = false, limits }: QueryOptions = {},
): Promise<QueryResult> {
  const { DuckDBInstance, DuckDBTypeId } = await loadDuckdb();
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  let isLate = false;
  const interrupt = (): void => {
    isLate = true;
    connection.interrupt();
  };
  const timer = limits === undefined ? undefined : setTimeout(interrupt, limits.seconds * 1000);
  try {
    const table = (await parquetOf(dataset)).replaceAll("'", "''");
    const kind = sealed ? "TABLE" : "VIEW";
    if (limits !== undefined)
      await connection.run(`SET memory_limit = '${limits.megabytes}MB'; SET threads = ${limits.threads}`);
    await connection.run(`CREATE ${kind} results AS SELECT * FROM read_parquet('${table}')`);
    if (sealed) await connection.run("SET enable_external_access = false; SET lock_configuration = true");
    const reader =
      limits === undefined
        ? await connection.runAndReadAll(sql)
        : await connection.streamAndReadUntil(sql, limits.rows + 1);
    const columns = reader.columnNames();
    const { BIGINT, UBIGINT, HUGEINT, UHUGEINT } = DuckDBTypeId;
    const large = columns.filter((_, index) =>
      [BIGINT, UBIGINT, HUGEINT, UHUGEINT].includes(reader.columnTypeId(index)),
    );
    const rows = reader.getRowObjectsJson().map((row) => withNumbers(row, large));
    return { columns, ...within(limits, rows) };
  } catch (cause) {
    const message = cause instanceof Error ? (cause.message.split("\n")[0] ?? "") : String(cause);
    const told = isLate ? `took longer than ${limits?.seconds} seconds` : message;
    throw new UsageError("DATASET_QUERY", [{ where: sealed ? "sql" : dataset, message: told }], { cause });
  } finally {
    clearTimeout(timer);
    connection.closeSync();
    instance.closeSync();
  }
}

/** As many of the rows as limits allow. */
function within(
  limits: QueryLimits | undefined,
  rows: Record<string, unknown>[],
): Pick<QueryResult, "rows" | "truncated"> {
  if (limits === undefined) return { rows, truncated: false };
  let bytes = 0;
  const kept = rows.slice(0, limits.rows).filter((row) => {
    bytes += JSON.stringify(row).length;
    return bytes <= limits.bytes;
  });
  return { rows: kept, truncated: kept.length < rows.length };
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
