/** A named file beside the page or elsewhere. */
export interface NamedAddress {
  name: string;
  url: string;
}

/** What board.json beside the page says: where data are. */
export interface BoardSettings {
  /** Datasets whose rows are shown together. */
  datasets: NamedAddress[];
  /** Records of runs. */
  runs: { id: string; url: string }[];
  /** Address of the board's HTTP interface; null on a static host. */
  api: string | null;
}

/** Where no board.json is, the dataset stands at its usual place beside the page. */
const usualSettings: BoardSettings = {
  datasets: [{ name: "Open MLPerf", url: "data/openmlperf.parquet" }],
  runs: [],
  api: null,
};

/** Reads board.json; `?data=` in the address takes the place of its datasets. */
export async function readBoardSettings(): Promise<BoardSettings> {
  const given = new URLSearchParams(location.search).getAll("data").filter((url) => url !== "");
  const settings = await readSettingsFile();
  if (given.length === 0) return settings;
  return { ...settings, datasets: given.map((url) => ({ name: url, url })) };
}

async function readSettingsFile(): Promise<BoardSettings> {
  const answer = await fetch("board.json");
  // Static hosts answer a missing file with 404, and some with their start page.
  if (!answer.ok || !(answer.headers.get("content-type") ?? "").includes("json")) return usualSettings;
  const told = (await answer.json()) as Partial<BoardSettings>;
  return {
    datasets: told.datasets ?? usualSettings.datasets,
    runs: told.runs ?? [],
    api: told.api ?? null,
  };
}
