import type { View } from "./view.ts";
import { choose } from "./views/choose.tsx";
import { compare } from "./views/compare.tsx";
import { cost } from "./views/cost.tsx";
import { data } from "./views/data.tsx";
import { explore } from "./views/explore.tsx";
import { overview } from "./views/overview.tsx";
import { predict } from "./views/predict.tsx";
import { runs } from "./views/runs.tsx";

/** Views in the order of the navigation; the first is shown where the address names none. */
export const views: readonly [View, ...View[]] = [
  overview,
  explore,
  compare,
  runs,
  cost,
  predict,
  choose,
  data,
];
