/** Disks of one kind. */
export interface Disks {
  count: number;
  /** Of one disk. */
  bytes: number;
  /** Such as NVMe SSD. */
  type: string;
}

interface BlockDevice {
  name?: unknown;
  type?: unknown;
  size?: unknown;
  rota?: unknown;
  tran?: unknown;
}

/** Disks by what `lsblk -J -b -d -o NAME,TYPE,SIZE,ROTA,TRAN` prints; what lies in memory or in files is none. */
export function readBlockDevices(json: string): Disks[] {
  const kinds = new Map<string, Disks>();
  for (const device of devicesOf(json)) {
    const name = String(device.name ?? "");
    const bytes = Number(device.size);
    const isDisk = device.type === "disk" && !/^(zram|ram|loop|nbd|fd)\d/.test(name);
    if (!isDisk || !(bytes > 0)) continue;
    const type = typeOf(name, device);
    const key = `${bytes} ${type}`;
    const known = kinds.get(key);
    if (known !== undefined) known.count += 1;
    else kinds.set(key, { count: 1, bytes, type });
  }
  return [...kinds.values()];
}

function devicesOf(json: string): BlockDevice[] {
  try {
    const { blockdevices } = JSON.parse(json) as { blockdevices?: unknown };
    return Array.isArray(blockdevices) ? blockdevices : [];
  } catch {
    return [];
  }
}

function typeOf(name: string, { rota, tran }: BlockDevice): string {
  if (tran === "nvme" || name.startsWith("nvme")) return "NVMe SSD";
  // Hypervisors call every disk of theirs a turning one.
  if (/^(vd|xvd)/.test(name)) return "virtual disk";
  // Older versions of lsblk print "0" and "1".
  const kind = rota === true || rota === "1" ? "HDD" : "SSD";
  return typeof tran === "string" && tran !== "" ? `${tran.toUpperCase()} ${kind}` : kind;
}
