import { UsageError } from "../../../errors.ts";
import type {
  OpenedPredictor,
  PredictorAnswers,
  PredictorDeed,
  PredictorReply,
} from "./predictor-messages.ts";

/** A predictor that works in a thread of its own. */
export interface PredictorClient extends OpenedPredictor {
  /** Throws UsageError with everything that is wrong with the question. */
  ask<Deed extends "predict" | "choose">(
    deed: Deed,
    question: PredictorAnswers[Deed]["question"],
  ): Promise<PredictorAnswers[Deed]["answer"]>;
}

const opened = new Map<string, Promise<PredictorClient>>();

/** Opens the predictor at an address, once for the page. Throws an Error that says why it cannot be read. */
export function openPredictorAt(url: string): Promise<PredictorClient> {
  const address = new URL(url, location.href).href;
  const client = opened.get(address) ?? startPredictor(address);
  opened.set(address, client);
  client.catch(() => opened.delete(address));
  return client;
}

async function startPredictor(url: string): Promise<PredictorClient> {
  const worker = new Worker(new URL("./predictor-worker.ts", import.meta.url), { type: "module" });
  const waiting = new Map<number, (reply: PredictorReply) => void>();
  let asked = 0;
  let broken: string | null = null;
  worker.addEventListener("message", ({ data }: MessageEvent<PredictorReply>) => {
    waiting.get(data.id)?.(data);
    waiting.delete(data.id);
  });
  worker.addEventListener("error", ({ message }) => {
    broken = `The predictor's thread ended: ${message || "it could not be started"}`;
    for (const [id, settle] of waiting) settle({ id, state: "failed", message: broken, problems: [] });
    waiting.clear();
  });
  async function ask<Deed extends PredictorDeed>(
    deed: Deed,
    question: PredictorAnswers[Deed]["question"],
  ): Promise<PredictorAnswers[Deed]["answer"]> {
    if (broken !== null) throw new Error(broken);
    const id = ++asked;
    const reply = await new Promise<PredictorReply>((resolve) => {
      waiting.set(id, resolve);
      worker.postMessage({ id, deed, question });
    });
    if (reply.state === "answered") return reply.answer as PredictorAnswers[Deed]["answer"];
    throw reply.problems.length > 0
      ? new UsageError("PREDICTOR_QUESTION", reply.problems)
      : new Error(reply.message);
  }
  try {
    return { ...(await ask("open", { url })), ask };
  } catch (cause) {
    worker.terminate();
    throw cause;
  }
}
