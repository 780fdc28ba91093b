/** Memory modules of one kind. */
export interface MemoryModules {
  count: number;
  /** Of one module, as the firmware writes it, e.g. `64 GB`. */
  size: string;
  /** Of one module. */
  bytes: number;
  /** Such as DDR5. */
  type: string;
  /** Such as 5600 MT/s; null where it is not told. */
  speed: string | null;
  /** Maker and part number; null where neither is told. */
  part: string | null;
}

const units: Readonly<Record<string, number>> = { kB: 2 ** 10, MB: 2 ** 20, GB: 2 ** 30, TB: 2 ** 40 };

/** All memory by `/proc/meminfo`, bytes; null when it says nothing. */
export function readMemoryTotal(text: string): number | null {
  const kibibytes = /^MemTotal:\s+(\d+) kB/m.exec(text)?.[1];
  return kibibytes === undefined ? null : Number(kibibytes) * 1024;
}

/** The modules that `dmidecode -t memory` lists, by kind; empty slots are left out. */
export function readMemoryModules(text: string): MemoryModules[] {
  const kinds = new Map<string, MemoryModules>();
  for (const block of text.split(/\n\s*\n/)) {
    if (!/^Memory Device$/m.test(block)) continue;
    const size = valueIn(block, "Size");
    const [, amount, unit = ""] = /^(\d+) (\w+)$/.exec(size ?? "") ?? [];
    const factor = units[unit];
    if (size === null || amount === undefined || factor === undefined) continue;
    const type = valueIn(block, "Type") ?? "unknown";
    const speed = valueIn(block, "Configured Memory Speed") ?? valueIn(block, "Speed");
    const maker = [valueIn(block, "Manufacturer"), valueIn(block, "Part Number")].filter(
      (name) => name !== null,
    );
    const part = maker.length === 0 ? null : maker.join(" ");
    const key = [size, type, speed, part].join("|");
    const known = kinds.get(key);
    if (known !== undefined) known.count += 1;
    else kinds.set(key, { count: 1, size, bytes: Number(amount) * factor, type, speed, part });
  }
  return [...kinds.values()];
}

const sayNothing = /^(unknown|not specified|none|no dimm|<out of spec>|not provided|ram)?$/i;

function valueIn(block: string, name: string): string | null {
  const value = new RegExp(`^\\s+${name}:[ \\t]*(.*)$`, "m").exec(block)?.[1]?.trim() ?? "";
  return sayNothing.test(value) ? null : value;
}
