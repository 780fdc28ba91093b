import { it } from "vitest";

/** A test that takes many seconds: `npm run test:slow` and CI run it, `npm test` leaves it out to stay within five minutes. */
export const slowly = process.env.FLEXBENCH_SLOW_TESTS === "1" ? it : it.skip;
