import { useCallback, useEffect, useMemo, useState } from "preact/hooks";

/** What the part of the address behind # says: which view, and what it shows. */
export interface UrlState {
  view: string;
  parameters: URLSearchParams;
  /** One value; `fallback` where the address names none. */
  get(name: string, fallback: string): string;
  getAll(name: string): string[];
  /** Changes values; null or an empty list removes a name. Other names stay. */
  set(changes: Readonly<Record<string, string | readonly string[] | null>>): void;
}

/** Parts of `#/view?name=value`. */
export function parseHash(hash: string): { view: string; parameters: URLSearchParams } {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  return { view: path, parameters: new URLSearchParams(query) };
}

/** The address of a view. */
export function formatHash(view: string, parameters: URLSearchParams): string {
  const query = parameters.toString();
  return `#/${view}${query === "" ? "" : `?${query}`}`;
}

/** The state of the address; the component is rendered again when it changes. */
export function useUrlState(firstView: string): UrlState {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const follow = () => setHash(location.hash);
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, []);
  const parsed = useMemo(() => parseHash(hash), [hash]);
  const view = parsed.view === "" ? firstView : parsed.view;
  const set = useCallback(
    (changes: Readonly<Record<string, string | readonly string[] | null>>) => {
      const now = parseHash(location.hash);
      for (const [name, value] of Object.entries(changes)) {
        now.parameters.delete(name);
        for (const each of value === null ? [] : [value].flat()) now.parameters.append(name, each);
      }
      // One step back leaves the view, not the last of many small changes within it.
      history.replaceState(null, "", formatHash(now.view === "" ? firstView : now.view, now.parameters));
      setHash(location.hash);
    },
    [firstView],
  );
  return useMemo(
    () => ({
      view,
      parameters: parsed.parameters,
      get: (name: string, fallback: string) => parsed.parameters.get(name) ?? fallback,
      getAll: (name: string) => parsed.parameters.getAll(name),
      set,
    }),
    [view, parsed, set],
  );
}
