import { Environment, Interpreter, Template } from "@huggingface/jinja";
import { UsageError } from "../errors.ts";
import type { SpecialTokens } from "./special-tokens.ts";
import type { TemplateMessage } from "./tokenizer.ts";
import type { TokenizerFiles } from "./tokenizer-files.ts";

const usedName = "default";

/**
 * The model's own chat template: `chat_template.jinja`, else `chat_template` of tokenizer_config.json, where it is one
 * text or a list of named ones, of which `default` is taken, or the only one. Null when the model has none.
 * Throws a UsageError `CHAT_TEMPLATE_MISSING` when none of the named ones is for plain chats.
 */
export function chatTemplateOf(files: TokenizerFiles): string | null {
  if (files.chatTemplate !== null) return files.chatTemplate;
  const given = files.tokenizerConfig.chat_template;
  if (typeof given === "string") return given;
  if (!Array.isArray(given)) return null;
  const templates = given as { name?: unknown; template?: unknown }[];
  const chosen =
    templates.find(({ name }) => name === usedName) ?? (given.length === 1 ? templates[0] : null);
  if (typeof chosen?.template === "string") return chosen.template;
  const names = templates.map(({ name }) => String(name)).join(", ");
  throw new UsageError("CHAT_TEMPLATE_MISSING", [
    { where: files.source, message: `it has chat templates (${names}), but none named ${usedName}` },
  ]);
}

/** A chat template, ready to render. */
export class ChatTemplate {
  readonly #source: string;
  readonly #template: Template;
  readonly #specialTokens: SpecialTokens;

  /** Throws a UsageError `CHAT_TEMPLATE_FAILED` when the template cannot be understood. */
  constructor(source: string, template: string, specialTokens: SpecialTokens) {
    this.#source = source;
    this.#specialTokens = specialTokens;
    try {
      // Python's Jinja knows one kind of line end.
      this.#template = new Template(template.replace(/\r\n?/g, "\n"));
    } catch (cause) {
      throw this.#failure("it is not understood", cause);
    }
  }

  /**
   * The prompt of a chat, with the opening of the answer. Throws a UsageError `CHAT_TEMPLATE_FAILED` when the template
   * refuses the messages.
   */
  render(messages: readonly TemplateMessage[]): string {
    const environment = new Environment();
    const known = {
      ...constants,
      ...this.#specialTokens,
      messages,
      tools: null,
      documents: null,
      add_generation_prompt: true,
      range,
      strftime_now: (format: string) => formatTime(new Date(), format),
      raise_exception: (message: string) => {
        throw new TemplateRefusal(message);
      },
    };
    for (const [name, value] of Object.entries(known)) environment.set(name, value);
    try {
      return String(new Interpreter(environment).run(this.#template.parsed).value);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw this.#failure(
        cause instanceof TemplateRefusal ? `it refuses the messages: ${reason}` : reason,
        cause,
      );
    }
  }

  #failure(message: string, cause: unknown): UsageError {
    const where = `chat template of ${this.#source}`;
    return new UsageError("CHAT_TEMPLATE_FAILED", [{ where, message }], { cause });
  }
}

/** What a template raises by itself. */
class TemplateRefusal extends Error {}

/** Jinja's constants, in both of the ways in which they are written. */
const constants = { true: true, false: false, none: null, True: true, False: false, None: null };

/** Python's range, as templates call it. */
function range(first: number, end?: number, step = 1): number[] {
  const from = end === undefined ? 0 : first;
  const length = Math.max(0, Math.ceil(((end ?? first) - from) / step));
  return Array.from({ length }, (_, index) => from + index * step);
}

/** Python's strftime in English: the date in a prompt must not depend on the machine's language. */
function formatTime(time: Date, format: string): string {
  const english = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat("en-US", options).format(time);
  const padded = (value: number, length = 2) => String(value).padStart(length, "0");
  const parts: Record<string, () => string> = {
    "%": () => "%",
    Y: () => String(time.getFullYear()),
    y: () => padded(time.getFullYear() % 100),
    m: () => padded(time.getMonth() + 1),
    d: () => padded(time.getDate()),
    H: () => padded(time.getHours()),
    I: () => padded(time.getHours() % 12 || 12),
    M: () => padded(time.getMinutes()),
    S: () => padded(time.getSeconds()),
    p: () => (time.getHours() < 12 ? "AM" : "PM"),
    b: () => english({ month: "short" }),
    B: () => english({ month: "long" }),
    a: () => english({ weekday: "short" }),
    A: () => english({ weekday: "long" }),
  };
  return format.replace(/%(-?)([%YymdHIMSpbBaA])/g, (_, bare: string, letter: string) => {
    const text = parts[letter]?.() ?? "";
    return bare === "-" ? text.replace(/^0(?=\d)/, "") : text;
  });
}
