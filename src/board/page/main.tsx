/*
 * How to add a view:
 * 1. Write views/NAME.tsx that exports a `View`: `{ id, title, needsData, render }`. `render` is a component that takes `ViewProps`:
 *    the rows, the state of the URL, the opened result and what board.json says (runs, api).
 * 2. Put it into the list in views.ts. Navigation, address and title follow from it.
 * What a view shows goes into the URL by `state.set`, so that its address can be shared.
 */
import { render } from "preact";
import { App } from "./app.tsx";
import "./board.css";
import "./filters.css";
import "./tables.css";
import "./decisions.css";

const place = document.getElementById("app");
if (place !== null) render(<App />, place);
