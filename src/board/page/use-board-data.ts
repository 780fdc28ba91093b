import { useCallback, useEffect, useState } from "preact/hooks";
import { type BoardSettings, readBoardSettings } from "./board-settings.ts";
import { openDatasets, openFile } from "./data/open-data.ts";
import type { Table } from "./data/table.ts";
import { type OwnRun, readOwnRun } from "./runs/own-run.ts";
import { withOwnRuns } from "./runs/rows-of-runs.ts";

/** The data that the board shows, or why there are none. */
export interface BoardData {
  settings: BoardSettings | null;
  /** Rows of the datasets, and after them the user's runs once their records have been read. */
  table: Table | null;
  /** Names of what was opened; empty where there is no dataset. */
  name: string;
  /** The user's runs; null while their records are being read. */
  ownRuns: readonly OwnRun[] | null;
  /** True when nothing more comes: every dataset and run is in the table. */
  isWhole: boolean;
  failure: string | null;
  /** Shows a file of the user's in place of what is shown; on failure what is shown stays. */
  open(file: File): Promise<void>;
}

interface Opened {
  dataset: Table;
  name: string;
}

/** Opens what board.json names when the page starts, and files that the user gives. */
export function useBoardData(): BoardData {
  const [settings, setSettings] = useState<BoardSettings | null>(null);
  const [opened, setOpened] = useState<Opened | null>(null);
  const [ownRuns, setOwnRuns] = useState<readonly OwnRun[] | null>(null);
  const [joined, setJoined] = useState<{ dataset: Table; table: Table } | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  useEffect(() => {
    async function start(): Promise<void> {
      const found = await readBoardSettings();
      setSettings(found);
      const reading = Promise.all(found.runs.map(readOwnRun)).then(setOwnRuns);
      const dataset = await openDatasets(found.datasets);
      setOpened({ dataset, name: found.datasets.map(({ name }) => name).join(" + ") });
      await reading;
    }
    start().catch((cause: unknown) => setFailure(messageOf(cause)));
  }, []);
  useEffect(() => {
    if (opened === null || ownRuns === null) return;
    const { dataset } = opened;
    // The first picture does not wait for the runs: their rows come after those of the dataset.
    withOwnRuns(dataset, ownRuns).then(
      (table) => setJoined({ dataset, table }),
      (cause: unknown) => setFailure(messageOf(cause)),
    );
  }, [opened, ownRuns]);
  const open = useCallback(async (file: File) => {
    try {
      const dataset = await openFile(file);
      setOpened({ dataset, name: file.name });
      setFailure(null);
    } catch (cause) {
      setFailure(messageOf(cause));
    }
  }, []);
  const isWhole = joined !== null && joined.dataset === opened?.dataset;
  const table = isWhole ? joined.table : (opened?.dataset ?? null);
  return { settings, table, name: opened?.name ?? "", ownRuns, isWhole, failure, open };
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
