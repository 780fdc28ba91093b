/** The processors of one machine. */
export interface Processor {
  model: string;
  sockets: number;
  coresPerSocket: number;
  /** Highest clock, MHz. */
  maxMhz: number | null;
  /** By level, as the machine writes them, e.g. `L3: 32 MiB (1 instance)`. */
  caches: string[];
}

/** Reads what `lscpu` prints in the C locale; null when it names no processor. */
export function readLscpu(text: string): Processor | null {
  const values = new Map<string, string>();
  for (const line of text.split("\n")) {
    const [, name, value] = /^\s*([^:]+):\s+(\S.*?)\s*$/.exec(line) ?? [];
    // Machines with two kinds of cores repeat names; the first kind is the larger one.
    if (name !== undefined && value !== undefined && !values.has(name)) values.set(name, value);
  }
  const model = values.get("Model name");
  if (model === undefined) return null;
  const maxMhz = Number(values.get("CPU max MHz") ?? Number.NaN);
  return {
    model,
    // Some ARM machines count clusters instead and print a dash for sockets.
    sockets: Number(values.get("Socket(s)")) || 1,
    coresPerSocket: Number(values.get("Core(s) per socket") ?? values.get("Core(s) per cluster")) || 1,
    maxMhz: Number.isFinite(maxMhz) ? Math.round(maxMhz) : null,
    caches: ["L1d", "L1i", "L2", "L3"].flatMap((level) => {
      const size = values.get(`${level} cache`);
      return size === undefined ? [] : [`${level}: ${size}`];
    }),
  };
}

/** Reads `/proc/cpuinfo`, where there is no `lscpu`; null when it names no processor, as on ARM. */
export function readCpuInfo(text: string): Processor | null {
  const blocks = text.split(/\n\s*\n/).map((block) => {
    const fieldOf = (name: string) => new RegExp(`^${name}\\s*:\\s*(.*)$`, "m").exec(block)?.[1]?.trim();
    return { model: fieldOf("model name"), socket: fieldOf("physical id"), cores: fieldOf("cpu cores") };
  });
  const [first, ...others] = blocks.filter(({ model }) => model !== undefined);
  if (first?.model === undefined) return null;
  const sockets = new Set([first, ...others].map(({ socket }) => socket ?? "0")).size;
  return {
    model: first.model,
    sockets,
    coresPerSocket: Number(first.cores) || (others.length + 1) / sockets,
    maxMhz: null,
    caches: [],
  };
}
