import { fileURLToPath } from "node:url";
import * as z from "zod";
import { messageOf } from "../errors/message-of.ts";

/** {@link CacheOptions} as a plan has them: `true` is no options at all, and URLs are paths. */
export interface PlannedCache {
  readonly key?: string | undefined;
  readonly version?: string | number | undefined;
  readonly inputs?: readonly string[] | undefined;
}

const input = z
  .custom<string | URL>(
    (value) => value instanceof URL || (typeof value === "string" && value !== "" && !value.includes("\0")),
    "must be a path or a file: URL",
  )
  .transform((given, context) => {
    try {
      return given instanceof URL ? fileURLToPath(given) : given;
    } catch (error) {
      context.addIssue({ code: "custom", message: messageOf(error) });
      return z.NEVER;
    }
  });

const options = z
  .strictObject(
    {
      key: z.string().min(1, "must not be empty").optional(),
      version: z.union([z.string(), z.number()], "must be text or a number").optional(),
      inputs: z.array(input).optional(),
    },
    { error: ({ code }) => (code === "invalid_type" ? "must be true, or key, version and inputs" : undefined) },
  )
  .refine(({ key, inputs }) => key === undefined || inputs === undefined, {
    path: ["inputs"],
    message: "does not count when there is a key: leave one of them out",
  });

/** The check of a task's `cache`. */
export const cacheSchema: z.ZodType<PlannedCache> = z.preprocess((value) => (value === true ? {} : value), options);
