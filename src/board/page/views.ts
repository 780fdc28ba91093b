import type { View } from "./view.ts";
import { overview } from "./views/overview.tsx";

/** Views in the order of the navigation; the first is shown where the address names none. */
export const views: readonly [View, ...View[]] = [overview];
