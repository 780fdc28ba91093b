import { readFileSync } from "node:fs";

/** Version of this package, and the commit where it is a checkout. */
export function flexbenchVersion(): { version: string; commit: string | null } {
  const { version } = JSON.parse(readRoot("package.json") ?? "{}") as { version?: string };
  return { version: version ?? "0.0.0", commit: commitOfCheckout() };
}

function commitOfCheckout(): string | null {
  const head = readRoot(".git/HEAD")?.trim();
  if (head === undefined) return null;
  if (!head.startsWith("ref: ")) return head;
  const ref = head.slice("ref: ".length);
  const packed = readRoot(".git/packed-refs")
    ?.split("\n")
    .find((line) => line.endsWith(` ${ref}`));
  return readRoot(`.git/${ref}`)?.trim() ?? packed?.split(" ")[0] ?? null;
}

function readRoot(path: string): string | null {
  try {
    return readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
  } catch {
    return null;
  }
}
