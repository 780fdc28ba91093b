import { useEffect, useRef, useState } from "preact/hooks";

/** What was asked for, as far as it is there. */
export interface Answer<Content> {
  /** The latest answer; that to the question before while `isUnderWay`. */
  content: Content | null;
  /** Why there is no answer to the present question. */
  failure: Error | null;
  isUnderWay: boolean;
}

/** Asks again whenever `question` changes; null asks nothing. An answer that comes too late is dropped. */
export function useAnswer<Content>(question: string | null, ask: () => Promise<Content>): Answer<Content> {
  const [state, setState] = useState<{ to: string | null; content: Content | null; failure: Error | null }>({
    to: null,
    content: null,
    failure: null,
  });
  const latest = useRef(ask);
  latest.current = ask;
  useEffect(() => {
    if (question === null) return;
    let isWanted = true;
    latest.current().then(
      (content) => isWanted && setState({ to: question, content, failure: null }),
      (cause: unknown) => {
        const failure = cause instanceof Error ? cause : new Error(String(cause));
        if (isWanted) setState({ to: question, content: null, failure });
      },
    );
    return () => {
      isWanted = false;
    };
  }, [question]);
  const isUnderWay = question !== null && state.to !== question;
  return { content: state.content, failure: isUnderWay ? null : state.failure, isUnderWay };
}
