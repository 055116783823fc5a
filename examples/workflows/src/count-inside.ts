/**
 * Draws points of the unit square, and counts those whose distance from the corner is at most 1.
 *
 * The generator is that of S. K. Park and K. W. Miller, "Random number generators: good ones are hard to find" (1988), with the multiplier 48,271.
 */
export function countInside({ seed, points }: { readonly seed: number; readonly points: number }): number {
  // Neighbouring seeds begin alike; one step with a large multiplier parts them.
  let state = (seed * 69_621 * 16_807) % 2_147_483_647;
  const draw = (): number => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
  let inside = 0;
  for (let n = 0; n < points; n += 1) {
    if (draw() ** 2 + draw() ** 2 <= 1) inside += 1;
  }
  return inside;
}
