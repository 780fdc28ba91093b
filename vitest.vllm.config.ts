import { defineConfig } from "vitest/config";

/** The real vLLM: apart from `npm test`, because its installation takes gigabytes and minutes. */
export default defineConfig({
  test: {
    include: ["test/vllm/**/*.test.ts"],
    testTimeout: 1_200_000,
    // The first run installs vLLM.
    hookTimeout: 1_800_000,
    maxWorkers: 1,
    reporters: ["default", "./test/closing-line.ts"],
  },
});
