import { expect, it } from "vitest";
import { redactor } from "./redact.ts";

it("strikes secrets out, the longer of two first", () => {
  const redact = redactor({ user: "swordfish", token: "swordfish-2", pin: "12" });

  expect(redact("swordfish-2 and swordfish, 12 times")).toBe("[secret] and [secret], 12 times");
});
