import { z } from "zod";

/** What a header can carry: a key or a token, without the line break that a file of it ends with. */
export const visible: z.ZodString = z
  .string()
  .regex(/^[\x21-\x7e]+$/, "must be visible ASCII characters, at least one, without spaces and line breaks");
