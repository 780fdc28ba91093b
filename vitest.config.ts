import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/browser/**", "test/slurm/**", "test/vllm/**"],
    tags: [{ name: "slow", description: "Takes many seconds: npm test leaves it out." }],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    reporters: ["default", "./test/closing-line.ts"],
  },
});
