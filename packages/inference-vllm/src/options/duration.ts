import { z } from "zod";

/** The longest time that a timer knows, in milliseconds: 24 days. It would run out at once for a longer one. */
export const LONGEST_MS: number = 2 ** 31 - 1;

/** A time in milliseconds for which a timer is set. */
export const duration: z.ZodNumber = z.number().max(LONGEST_MS, "must be at most 2147483647 ms (24 days)");
