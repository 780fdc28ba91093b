import { useEffect, useState } from "preact/hooks";
import type { Table } from "./table.ts";

/** Reads columns for a component; true when all are there. A failure is thrown to the component. */
export function useColumns(table: Table, names: readonly string[]): boolean {
  const isReady = names.every((name) => table.isLoaded(name));
  const [, renderAgain] = useState(0);
  const [failure, setFailure] = useState<{ cause: unknown } | null>(null);
  const key = names.join(" ");
  useEffect(() => {
    if (isReady) return;
    let isWanted = true;
    table.load(key.split(" ")).then(
      () => isWanted && renderAgain((count) => count + 1),
      (cause: unknown) => isWanted && setFailure({ cause }),
    );
    return () => {
      isWanted = false;
    };
  }, [table, key, isReady]);
  if (failure !== null) throw failure.cause;
  return isReady;
}
