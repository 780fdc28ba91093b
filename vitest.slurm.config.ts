import { defineConfig } from "vitest/config";

/** A real Slurm of Debian's packages: apart from `npm test`, because it may download them and waits for its scheduler. */
export default defineConfig({
  test: {
    include: ["test/slurm/**/*.test.ts"],
    testTimeout: 240_000,
    // The first run may unpack Slurm.
    hookTimeout: 300_000,
    maxWorkers: 1,
    reporters: ["default", "./test/closing-line.ts"],
  },
});
