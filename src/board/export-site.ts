import { readdir } from "node:fs/promises";
import { resolve, sep } from "node:path";
import { UsageError } from "../errors.ts";
import type { HubSettings } from "../hub/hub-settings.ts";
import { sendToHub } from "../hub/send-to-hub.ts";
import { writeWhole } from "../results/write-whole.ts";
import { readSiteFile, type Site } from "./site.ts";

/** Writes a board into a folder that is empty or holds an older one. Throws UsageError `BOARD_OUTPUT` for any other folder. */
export async function writeSite(site: Site, folder: string): Promise<number> {
  const there: string[] = await readdir(folder).catch(() => []);
  if (there.length > 0 && !there.includes("board.json"))
    throw new UsageError("BOARD_OUTPUT", [{ where: "--output", message: `${folder} holds other files` }]);
  const inside = resolve(folder) + sep;
  const outside = [...site.files.keys()].filter((name) => !resolve(folder, name).startsWith(inside));
  if (outside.length > 0)
    throw new UsageError(
      "BOARD_OUTPUT",
      outside.map((name) => ({ where: name, message: `lies outside of ${folder}` })),
    );
  for (const [name, file] of site.files) await writeWhole(resolve(folder, name), await readSiteFile(file));
  return site.files.size;
}

/** Settings of a Space that serves files as they are. */
const spaceCard = `---
title: FlexBoard
emoji: 📊
colorFrom: blue
colorTo: green
sdk: static
app_file: index.html
pinned: false
license: apache-2.0
---

Open MLPerf results and predictions. MLPerf is a trademark of MLCommons; predictions and own runs are not verified by MLCommons.
`;

/** Files of the board as a static Space of the Hub has them. */
export async function spaceFiles(site: Site): Promise<{ path: string; content: Blob }[]> {
  const files = [{ path: "README.md", content: new Blob([spaceCard]) }];
  for (const [path, file] of site.files)
    files.push({ path, content: new Blob([Buffer.from(await readSiteFile(file))]) });
  return files;
}

/**
 * Sends a board to a static Space of the Hub as one commit, and returns the commit; the token comes from the environment
 * (`HF_TOKEN`). Throws UsageError `HUB_TOKEN_MISSING`, FlexBenchError `HUB_PUBLISH_FAILED`.
 */
export async function publishSite(
  site: Site,
  space: string,
  { title, ...given }: { title: string } & Partial<HubSettings>,
): Promise<string | null> {
  return await sendToHub(
    { type: "space", name: space, files: await spaceFiles(site), title },
    { what: "board", where: "Space" },
    given,
  );
}
