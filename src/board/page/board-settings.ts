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
  const told: unknown = await answer.json().catch((cause: unknown) => {
    throw new Error("board.json is no JSON.", { cause });
  });
  if (typeof told !== "object" || told === null) throw new Error("board.json holds no object.");
  const { datasets, runs, api } = told as Partial<Record<keyof BoardSettings, unknown>>;
  return {
    datasets: datasets === undefined ? usualSettings.datasets : entries(datasets, "datasets", "name"),
    runs: runs === undefined ? [] : entries(runs, "runs", "id"),
    api: typeof api === "string" ? api : null,
  };
}

function entries<Name extends string>(
  list: unknown,
  where: string,
  name: Name,
): (Record<Name, string> & { url: string })[] {
  const isEntry = (entry: unknown): entry is Record<Name, string> & { url: string } => {
    const told = Object(entry) as Record<string, unknown>;
    return typeof told[name] === "string" && typeof told.url === "string";
  };
  if (Array.isArray(list) && list.every(isEntry)) return list;
  throw new Error(`board.json: ${where} must be a list of objects with ${name} and url.`);
}
