import type { ComponentType } from "preact";
import type { BoardSettings } from "./board-settings.ts";
import type { Table } from "./data/table.ts";
import type { UrlState } from "./url-state.ts";

/** What every view is given. */
export interface ViewProps {
  table: Table;
  settings: BoardSettings;
  state: UrlState;
  /** Opens the details of results, by their row numbers. */
  openRows: (rows: readonly number[], title: string) => void;
}

/** One page of the board. */
export interface View {
  /** Its name in the address. */
  id: string;
  title: string;
  render: ComponentType<ViewProps>;
}
