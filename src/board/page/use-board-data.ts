import { useCallback, useEffect, useState } from "preact/hooks";
import { type BoardSettings, readBoardSettings } from "./board-settings.ts";
import { openDatasets, openFile } from "./data/open-data.ts";
import type { Table } from "./data/table.ts";

/** The data that the board shows, or why there are none. */
export interface BoardData {
  settings: BoardSettings | null;
  table: Table | null;
  /** Names of what was opened. */
  name: string;
  failure: string | null;
  /** Shows a file of the user's in place of what is shown; on failure what is shown stays. */
  open(file: File): Promise<void>;
}

/** Opens what board.json names when the page starts, and files that the user gives. */
export function useBoardData(): BoardData {
  const [settings, setSettings] = useState<BoardSettings | null>(null);
  const [opened, setOpened] = useState<{ table: Table; name: string } | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  useEffect(() => {
    async function start(): Promise<void> {
      const found = await readBoardSettings();
      setSettings(found);
      const table = await openDatasets(found.datasets);
      setOpened({ table, name: found.datasets.map(({ name }) => name).join(" + ") });
    }
    start().catch((cause: unknown) => setFailure(messageOf(cause)));
  }, []);
  const open = useCallback(async (file: File) => {
    try {
      const table = await openFile(file);
      setOpened({ table, name: file.name });
      setFailure(null);
    } catch (cause) {
      setFailure(messageOf(cause));
    }
  }, []);
  return { settings, table: opened?.table ?? null, name: opened?.name ?? "", failure, open };
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
