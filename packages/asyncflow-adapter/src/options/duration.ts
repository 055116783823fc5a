import { OptionsError } from "@rhapsody/core";

/** A length of time: a number of milliseconds, or text such as `"500ms"`, `"5s"`, `"2m"` or `"1.5h"`. */
export type Duration = number | `${number}${"ms" | "s" | "m" | "h"}`;

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/**
 * A length of time in milliseconds.
 *
 * @throws OptionsError that names the option when it is none.
 */
export function toMs(option: string, duration: Duration | undefined): number | undefined {
  if (duration === undefined) return undefined;
  const [, number, unit = ""] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(String(duration)) ?? [];
  const ms = typeof duration === "number" ? duration : Number(number) * (UNITS[unit] ?? Number.NaN);
  if (ms >= 0) return ms;
  throw new OptionsError(
    `[flow] ${option}: give milliseconds, or a number with ms, s, m or h, not ${JSON.stringify(duration)}`,
  );
}
