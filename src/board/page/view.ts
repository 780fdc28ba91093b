import type { ComponentType } from "preact";
import type { BoardSettings } from "./board-settings.ts";
import type { Table } from "./data/table.ts";
import type { OwnRun } from "./runs/own-run.ts";
import type { UrlState } from "./url-state.ts";

/** What every view is given. */
export interface ViewProps {
  table: Table;
  settings: BoardSettings;
  /** The user's runs; null while their records are being read. */
  ownRuns: readonly OwnRun[] | null;
  state: UrlState;
  /** Opens the details of results, by their row numbers. */
  openRows: (rows: readonly number[], title: string) => void;
}

/** One page of the board. */
export interface View {
  /** Its name in the address. */
  id: string;
  title: string;
  /** False where it shows something without any result. */
  needsData: boolean;
  render: ComponentType<ViewProps>;
}
