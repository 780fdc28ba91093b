import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const beside = fileURLToPath(new URL("../../shared/data", import.meta.url));
const folder = process.env.FLEXBENCH_OPENMLPERF_SOURCES ?? beside;

/** Folder with official results, which are no part of the repository; null where it is not there. */
export const officialData: string | null = existsSync(folder) ? folder : null;
