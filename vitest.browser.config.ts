import { defineConfig } from "vitest/config";

/** Pages in a real Chromium: apart from `npm test`, because they need one on the machine and take a minute. */
export default defineConfig({
  test: {
    include: ["test/browser/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // What is held to milliseconds is measured alone.
    maxWorkers: 1,
    reporters: ["default", "./test/closing-line.ts"],
  },
});
