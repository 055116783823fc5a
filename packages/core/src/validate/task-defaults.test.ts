import { expect, it } from "vitest";
import { OptionsError } from "../errors/options-error.ts";
import { Session } from "../session/session.ts";
import { parseDefaults } from "./task-defaults.ts";

it.each([{ timeoutMs: -1 }, { colour: "red" }, { retry: { attempts: 0 } }, { environment: { "A=B": "" } }])(
  "refuses %j",
  (defaults) => {
    expect(() => parseDefaults(defaults as never)).toThrow(OptionsError);
  },
);

it.each(["uid", "name", "backend", "executable"])("refuses %s, which belongs to one task", (field) => {
  expect(() => parseDefaults({ [field]: "a" })).toThrow(`${field} cannot have a default`);
});

it.each(["arguments", "stdin"])("refuses %s, which belongs to one task", (field) => {
  expect(() => parseDefaults({ [field]: field === "stdin" ? "text" : [] })).toThrow(OptionsError);
});

it("refuses bad defaults when the session is built, not with the first task", () => {
  expect(() => new Session({ backends: [], defaults: { timeoutMs: 0 } })).toThrow(
    expect.objectContaining({ code: "INVALID_OPTIONS" }),
  );
});
