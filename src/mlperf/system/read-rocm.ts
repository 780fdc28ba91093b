import { type Accelerators, modelNames } from "./accelerators.ts";

/** What rocm-smi prints, each as far as it could be had. */
export interface RocmTexts {
  /** Of `--showproductname --showmeminfo vram --showdriverversion --json`. */
  cards: string;
  /** Of `--showtopotype --json`. */
  topology: string | null;
  /** Of ROCm's own version file. */
  version: string | null;
}

type Card = Readonly<Record<string, unknown>>;

/** The GPUs of AMD; null when rocm-smi lists none. */
export function readRocm({ cards, topology, version }: RocmTexts): Accelerators | null {
  const told = parse(cards);
  const all = Object.entries(told)
    .filter(([name]) => /^card\d+$/.test(name))
    .map(([, card]) => card);
  const [first] = all;
  if (first === undefined) return null;
  const bytes = Number(fieldOf(first, /^VRAM Total Memory \(B\)$/i) ?? Number.NaN);
  const driver = fieldOf(told.system ?? {}, /^Driver version$/i);
  const rocm = version?.trim();
  return {
    count: all.length,
    // Older versions write "Card series", newer ones "Card Series".
    model: modelNames(all.map((card) => fieldOf(card, /^Card (series|model)$/i) ?? "unknown")),
    memoryBytes: Number.isNaN(bytes) ? null : bytes,
    maxMhz: null,
    hostInterconnect: null,
    ...linksOf(all.length, topology),
    software: [
      ...(driver === null ? [] : [`AMD driver ${driver}`]),
      ...(rocm === undefined || rocm === "" ? [] : [`ROCm ${rocm}`]),
    ],
  };
}

function linksOf(count: number, topology: string | null): Pick<Accelerators, "interconnect" | "topology"> {
  if (count === 1) return { interconnect: "N/A", topology: null };
  const links = Object.entries(parse(topology ?? "").system ?? {})
    .filter(([name]) => /link type/i.test(name))
    .map(([, link]) => String(link));
  const distinct = [...new Set(links)].sort();
  if (distinct.length === 0) return { interconnect: null, topology: null };
  return {
    interconnect: distinct.join(" and "),
    topology: distinct.length === 1 ? `every pair by ${distinct[0]}` : `pairs by ${distinct.join(", ")}`,
  };
}

function fieldOf(card: Card, name: RegExp): string | null {
  const value = Object.entries(card).find(([key]) => name.test(key))?.[1];
  return typeof value === "string" && value !== "" ? value : null;
}

/** rocm-smi writes warnings before its JSON. */
function parse(text: string): Record<string, Card> {
  const start = text.indexOf("{");
  try {
    return start === -1 ? {} : (JSON.parse(text.slice(start)) as Record<string, Card>);
  } catch {
    return {};
  }
}
