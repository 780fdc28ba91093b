/** A named file beside the page or elsewhere. */
export interface NamedAddress {
  name: string;
  url: string;
}

/** A run of one's own. */
export interface RunAddress {
  id: string;
  /** Address of its record.json. */
  record: string;
  /** Address of its requests.parquet; null where it has none. */
  requests: string | null;
}

/** A sweep of one's own. */
export interface SweepAddress {
  id: string;
  /** Address of its sweep.json. */
  url: string;
  /** Runs that are its points, by their ids. */
  runs: string[];
}

/** What board.json beside the page says: where data are. */
export interface BoardSettings {
  /** Datasets whose rows are shown together. */
  datasets: NamedAddress[];
  /** Runs of one's own. */
  runs: RunAddress[];
  /** Sweeps of one's own. */
  sweeps: SweepAddress[];
  /** Address of a predictor.json; null where nothing is predicted. */
  predictor: string | null;
  /** Address of a price table as JSON; null without prices. */
  prices: string | null;
  /** Address of the board's HTTP interface; null on a static host. */
  api: string | null;
}

/** Where no board.json is, dataset, predictor and prices stand at their usual places beside the page. */
const usualSettings: BoardSettings = {
  datasets: [{ name: "Open MLPerf", url: "data/openmlperf.parquet" }],
  runs: [],
  sweeps: [],
  predictor: "data/predictor.json",
  prices: "data/prices.json",
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
  const { datasets, runs, sweeps, predictor, prices, api } = told as Partial<
    Record<keyof BoardSettings, unknown>
  >;
  return {
    datasets:
      datasets === undefined ? usualSettings.datasets : entries(datasets, "datasets", ["name", "url"]),
    runs: runs === undefined ? [] : entries(runs, "runs", ["id", "record"]).map(withRequests),
    sweeps: sweeps === undefined ? [] : entries(sweeps, "sweeps", ["id", "url"]).map(withRuns),
    predictor: predictor === undefined ? usualSettings.predictor : textOrNull(predictor),
    prices: prices === undefined ? usualSettings.prices : textOrNull(prices),
    api: textOrNull(api),
  };
}

function withRequests(entry: { id: string; record: string; requests?: unknown }): RunAddress {
  return { id: entry.id, record: entry.record, requests: textOrNull(entry.requests) };
}

function withRuns(entry: { id: string; url: string; runs?: unknown }): SweepAddress {
  const runs = Array.isArray(entry.runs) ? entry.runs.filter((id) => typeof id === "string") : [];
  return { id: entry.id, url: entry.url, runs };
}

function textOrNull(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

function entries<Name extends string>(
  list: unknown,
  where: string,
  names: readonly Name[],
): Record<Name, string>[] {
  const isEntry = (entry: unknown): entry is Record<Name, string> => {
    const told = Object(entry) as Record<string, unknown>;
    return names.every((name) => typeof told[name] === "string");
  };
  if (Array.isArray(list) && list.every(isEntry)) return list;
  throw new Error(`board.json: ${where} must be a list of objects with ${names.join(" and ")}.`);
}
