import { type AsyncBuffer, asyncBufferFromUrl, byteLengthFromUrl } from "hyparquet";
import type { NamedAddress } from "../board-settings.ts";
import { joinTables } from "./join-tables.ts";
import { openParquetTable } from "./parquet-table.ts";
import type { Table } from "./table.ts";

/** Up to here one request for all is quicker than one for each column. */
const wholeFileBytes = 8e6;

/** Opens every dataset and joins them. Throws an Error that names the one that cannot be read, and why. */
export async function openDatasets(datasets: readonly NamedAddress[]): Promise<Table> {
  return joinTables(
    await Promise.all(
      datasets.map(async ({ name, url }) => {
        try {
          return await openParquetTable(await bufferOfUrl(url));
        } catch (cause) {
          throw new Error(`${name} (${url}): ${messageOf(cause)}`, { cause });
        }
      }),
    ),
  );
}

/** Opens a file that the user chose. */
export async function openFile(file: File): Promise<Table> {
  try {
    return await openParquetTable(await file.arrayBuffer());
  } catch (cause) {
    throw new Error(`${file.name}: ${messageOf(cause)}`, { cause });
  }
}

async function bufferOfUrl(url: string): Promise<AsyncBuffer | ArrayBuffer> {
  const byteLength = await byteLengthFromUrl(url).catch(() => null);
  if (byteLength !== null && byteLength > wholeFileBytes) return asyncBufferFromUrl({ url, byteLength });
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`the server answered ${answer.status} ${answer.statusText}`);
  return answer.arrayBuffer();
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
