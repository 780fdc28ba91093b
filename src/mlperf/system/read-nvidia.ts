import { type Accelerators, modelNames } from "./accelerators.ts";

/** What `nvidia-smi --query-gpu` is asked for, in this order. */
export const nvidiaQuery =
  "name,memory.total,driver_version,clocks.max.sm,pcie.link.gen.max,pcie.link.width.max" as const;

/** What nvidia-smi prints, each as far as it could be had. */
export interface NvidiaTexts {
  /** Of `--query-gpu=… --format=csv,noheader,nounits`. */
  query: string;
  /** Of nvidia-smi without options; its head names CUDA. */
  overview: string | null;
  /** Of `topo -m`. */
  topology: string | null;
}

/** The GPUs of NVIDIA; null when nvidia-smi lists none. */
export function readNvidia({ query, overview, topology }: NvidiaTexts): Accelerators | null {
  const rows = query
    .split("\n")
    .map((line) => line.split(",").map((cell) => cell.trim()))
    .filter((cells) => cells.length >= 6);
  const [first] = rows;
  if (first === undefined) return null;
  const [, mebibytes, driver, maxMhz, generation, width] = first;
  const cuda = /CUDA Version:\s*([\d.]+)/.exec(overview ?? "")?.[1];
  return {
    count: rows.length,
    model: modelNames(rows.map(([name = ""]) => name)),
    memoryBytes: mapNumber(mebibytes, (value) => value * 2 ** 20),
    maxMhz: mapNumber(maxMhz, (value) => value),
    hostInterconnect:
      mapNumber(generation, Number) === null
        ? null
        : `PCIe Gen${generation}${mapNumber(width, Number) === null ? "" : ` x${width}`}`,
    ...linksOf(rows.length, topology),
    software: [
      ...(driver === undefined || /N\/A/.test(driver) ? [] : [`NVIDIA driver ${driver}`]),
      ...(cuda === undefined ? [] : [`CUDA ${cuda}`]),
    ],
  };
}

function linksOf(count: number, topology: string | null): Pick<Accelerators, "interconnect" | "topology"> {
  if (count === 1) return { interconnect: "N/A", topology: null };
  const links = topology === null ? [] : readLinks(topology);
  const distinct = [...new Set(links)].sort();
  if (distinct.length === 0) return { interconnect: null, topology: null };
  const nvlinks = distinct.filter((link) => link.startsWith("NV"));
  const isAll = nvlinks.length === distinct.length;
  return {
    interconnect: nvlinks.length === 0 ? "PCIe" : isAll ? "NVLink" : "NVLink and PCIe",
    topology: isAll ? `every pair by ${distinct.join(" or ")}` : `pairs by ${distinct.join(", ")}`,
  };
}

/** Links between GPUs in the matrix of `nvidia-smi topo -m`, e.g. NV18 or PHB, one entry an ordered pair. */
export function readLinks(topology: string): string[] {
  // The header is underlined on terminals.
  const plain = topology.replaceAll(new RegExp(`${String.fromCharCode(27)}\\[[\\d;]*m`, "g"), "");
  const rows = plain
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter(([name = ""]) => /^GPU\d+$/.test(name));
  // The header starts with GPU0 as well, yet its second word names a GPU and no link.
  const matrix = rows.filter(([, second = ""]) => !/^GPU\d+$/.test(second));
  const count = matrix.length;
  return matrix.flatMap(([, ...cells]) => cells.slice(0, count).filter((cell) => cell !== "X"));
}

function mapNumber(text: string | undefined, map: (value: number) => number): number | null {
  const value = Number(text || Number.NaN);
  return Number.isNaN(value) ? null : map(value);
}
