import type { Reporter, TestModule } from "vitest/node";

type Result = "passed" | "failed" | "skipped";

/** A test that never ran to a result counts as failed, unless it was skipped. */
function countTests(modules: readonly TestModule[]): Record<Result, number> {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const module of modules) {
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      counts[state === "pending" ? "failed" : state] += 1;
    }
    // A file that could not be loaded, or a suite whose hook threw, holds no failed test of its own.
    counts.failed += module.errors().length;
    for (const suite of module.children.allSuites()) counts.failed += suite.errors().length;
  }
  return counts;
}

/** Prints, as the very last thing, one plain line for scripts: `N passed, N failed`, and `, N skipped` if there are. */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const { passed, failed, skipped } = countTests(modules);
    const line = `${passed} passed, ${failed + unhandledErrors.length} failed${skipped > 0 ? `, ${skipped} skipped` : ""}\n`;
    // Other reporters print at the end of the run too; this one waits until the process has nothing left to say.
    process.once("exit", () => process.stdout.write(line));
  }
}
