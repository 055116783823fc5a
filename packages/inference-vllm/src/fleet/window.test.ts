import { describe, expect, it } from "vitest";
import { Window } from "./window.ts";

describe("Window", () => {
  it("begins with all that is allowed", () => {
    expect(new Window(256).size).toBe(256);
  });

  it("shrinks once for a burst of refusals", () => {
    const window = new Window(100);

    for (let inFlight = 100; inFlight > 70; inFlight -= 1) window.refused(inFlight);

    expect(window.size).toBe(70);
  });

  it("shrinks to what the server bore, not below one", () => {
    const window = new Window(256);
    window.refused(10);
    expect(window.size).toBe(7);

    for (let round = 0; round < 20; round += 1) window.refused(1);

    expect(window.size).toBe(1);
  });

  it("grows by one for each window of answers, up to where it began", () => {
    const window = new Window(4);
    window.refused(3);
    expect(window.size).toBe(2);

    window.answered();
    window.answered();
    expect(window.size).toBe(3);

    for (let round = 0; round < 100; round += 1) window.answered();
    expect(window.size).toBe(4);
  });
});
