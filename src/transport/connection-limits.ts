import { readFileSync } from "node:fs";

/** The most connections that this machine lets one process have, and what sets the limit. */
export interface ConnectionLimit {
  most: number;
  setBy: string;
}

/** Files that the process needs beside its connections. */
const reservedFiles = 200;
/** Share of the port range that is left to others, and to ports that wait out TCP's TIME_WAIT. */
const usablePorts = 0.9;

/**
 * The limit on connections to `endpoints` servers: open files, or local ports, of which each connection to one address
 * takes one (RFC 6056; Linux's ip_local_port_range). Null where the machine does not say (other systems than Linux).
 */
export function connectionLimit(endpoints: number): ConnectionLimit | null {
  const files = openFilesLimit();
  const ports = localPorts();
  const limits: ConnectionLimit[] = [];
  if (files !== null)
    limits.push({ most: files - reservedFiles, setBy: `the limit of ${files} open files (ulimit -n)` });
  if (ports !== null) {
    const most = Math.floor(ports * usablePorts) * endpoints;
    limits.push({ most, setBy: `${ports} local ports for each address (net.ipv4.ip_local_port_range)` });
  }
  const [lowest] = limits.sort((a, b) => a.most - b.most);
  return lowest ?? null;
}

function openFilesLimit(): number | null {
  const soft = /^Max open files\s+(\d+)/m.exec(readText("/proc/self/limits"))?.[1];
  return soft === undefined ? null : Number(soft);
}

function localPorts(): number | null {
  const [first, last] = readText("/proc/sys/net/ipv4/ip_local_port_range").trim().split(/\s+/).map(Number);
  return first === undefined || last === undefined || Number.isNaN(last) ? null : last - first + 1;
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
