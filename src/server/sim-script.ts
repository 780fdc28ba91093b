/** What an event of an answer is. */
export type EventPart = "role" | "token" | "usage" | "done" | "error" | "comment";

/** An event or other piece of the body, sent as one HTTP chunk. */
export interface EventStep {
  do: "event";
  part: EventPart;
  /** Bytes of the body. Strings are ASCII. */
  body: string | Buffer;
  /** Output tokens that it carries. */
  tokens: number;
}

/** One thing that the server does while it answers. */
export type Step =
  /** Status and headers; nothing is sent before. */
  | { do: "head"; status: number; headers: Readonly<Record<string, string>> }
  /** Until the next token is due; the first one waits for a free slot too. */
  | { do: "wait" }
  /** A delay on top, ms. */
  | { do: "pause"; ms: number }
  | EventStep
  /** Bytes as they are, outside HTTP's chunks. */
  | { do: "raw"; bytes: string }
  /** The proper end of the answer. */
  | { do: "end" }
  /** The connection is closed although the answer is not at its end. */
  | { do: "close" }
  /** The connection is reset (RST). */
  | { do: "reset" }
  /** Nothing more is sent until the client gives up. */
  | { do: "hang" };

/** Waits for the next token; one object for all. */
export const wait: Step = { do: "wait" };

/** A server-sent event with one line of data. */
export function dataEvent(part: EventPart, data: string, tokens = 0): EventStep {
  return { do: "event", part, body: `data: ${data}\n\n`, tokens };
}

/** JSON in ASCII, as `Step` wants it. */
export function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
