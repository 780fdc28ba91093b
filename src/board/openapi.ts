import * as z from "zod";
import { answerSchemas } from "./answer-schemas.ts";
import { type ApiPath, apiPaths } from "./api-paths.ts";

/** The HTTP interface as an OpenAPI 3.1 document. */
export function openapiDocument(version: string): Record<string, unknown> {
  return {
    openapi: "3.1.0",
    info: {
      title: "FlexBoard",
      version,
      description:
        "Predictions, choices and queries of a FlexBoard. Predictions are not verified by MLCommons.",
    },
    servers: [{ url: "/" }],
    paths: Object.fromEntries(Object.entries(apiPaths).map(([path, one]) => [path, pathItem(path, one)])),
    components: { schemas: componentSchemas() },
  };
}

function pathItem(path: string, { summary, description, body, example, answer }: ApiPath) {
  const request = { content: { "application/json": { schema: bodySchema(body), example } } };
  return {
    [body === null ? "get" : "post"]: {
      ...{ summary, description, operationId: path.split("/").at(-1) },
      ...(body === null ? {} : { requestBody: { required: true, ...request } }),
      responses: {
        200: { description: answer.description, content: contentOf(answer.name) },
        ...(body === null ? {} : { 400: failed("The body is wrong; every problem is listed.") }),
        403: failed("The board was called by a name that is not of this machine."),
        404: failed("This board has no predictor, or no dataset."),
        405: failed("The path takes another method, which the header allow names."),
        ...(body === null ? {} : { 415: failed("The body is not application/json.") }),
        500: failed("The board failed."),
        501: failed("This machine lacks what the answer needs, such as DuckDB."),
      },
    },
  };
}

const contentOf = (name: string) => ({
  "application/json": { schema: { $ref: `#/components/schemas/${name}` } },
});

const failed = (description: string) => ({ description, content: contentOf("Problem") });

/** The schema of a body; that of nothing for a path that takes none. */
export function bodySchema(body: z.ZodType | null): Record<string, unknown> {
  if (body === null) return {};
  const { $schema: _, ...schema } = z.toJSONSchema(body, { io: "input" });
  return schema;
}

function componentSchemas(): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(answerSchemas).map(([name, answer]) => {
      // A question in an answer is as it was sent.
      const { $schema: _, ...schema } = z.toJSONSchema(answer, { io: "input" });
      return [name, schema];
    }),
  );
}
