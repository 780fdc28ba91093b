/** Bytes of a file that a request asks for: all, one part, or a part that is not there. */
export type ByteRange =
  | { state: "whole" }
  | { state: "part"; start: number; end: number }
  | { state: "outside" };

/** Reads a header `range` of one part, as readers of Parquet send it; RFC 9110 lets other forms be passed over. */
export function byteRange(header: string | undefined, size: number): ByteRange {
  const [, from = "", to = ""] = /^bytes=(\d*)-(\d*)$/.exec(header ?? "") ?? [];
  if ((from === "" && to === "") || (from !== "" && to !== "" && Number(to) < Number(from)))
    return { state: "whole" };
  const start = from === "" ? Math.max(0, size - Number(to)) : Number(from);
  const end = from === "" || to === "" ? size - 1 : Math.min(size - 1, Number(to));
  return start <= end ? { state: "part", start, end } : { state: "outside" };
}
