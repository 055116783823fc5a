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

  it("is soon where it began when the server was full for a moment only", () => {
    const window = new Window(256);
    for (let inFlight = 256; inFlight > 0; inFlight -= 1) window.refused(inFlight);
    expect(window.size).toBe(1);

    for (let answer = 0; answer < 600; answer += 1) window.answered();

    expect(window.size).toBe(256);
  });

  it("grows carefully again after each refusal", () => {
    const window = new Window(256);
    window.refused(10);
    for (let answer = 0; answer < 7 + 8 + 10; answer += 1) window.answered();
    expect(window.size).toBe(14);
    window.refused(14);
    expect(window.size).toBe(9);

    for (let answer = 0; answer < 9; answer += 1) window.answered();

    expect(window.size).toBe(10);
  });

  it("grows with each window of answers, up to where it began", () => {
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
