import type { ScaleBand, ScaleLinear } from "d3-scale";
import type { HourStatistics, Quantiles } from "../results.ts";

/** Sizes and places, in pixels from the top left corner. */
export const WIDTH = 900;
export const HEIGHT = 620;
/** Where both panels begin and end from left to right. */
export const LEFT = 84;
export const RIGHT: number = WIDTH - 144;
export const DELAYS = { top: 84, bottom: 384 } as const;
export const COUNTS = { top: 420, bottom: 548 } as const;

/** Okabe and Ito's colours, which people who see colours differently can tell apart. */
export const BLUE = "#0072b2";
export const ORANGE = "#d55e00";
export const GRAY = "#bdbdbd";
export const INK = "#222222";
export const PALE_INK = "#555555";

/** From hour of departure to pixels. */
export type HourScale = ScaleBand<number>;

/** From minutes or flights to pixels. */
export type ValueScale = ScaleLinear<number, number>;

/** An hour with enough flights to draw their delays. */
export type DrawnHour = HourStatistics & { readonly delayQuantilesMinutes: Quantiles };
