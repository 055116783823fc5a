import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { declaredCodes, documentedCodes } from "./error-codes.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const page = "docs/architecture/failures.md";

it("finds the codes of unions and of error classes", () => {
  const codes = declaredCodes(root);

  expect(codes.get("TASK_EXIT_CODE")).toBe("packages/core/src/backend/task-update.ts");
  expect(codes.get("INVALID_OPTIONS")).toBe("packages/core/src/errors/options-error.ts");
});

it(`${page} explains every error code that a package declares, and no other`, () => {
  const declared = [...declaredCodes(root).keys()];
  // The code of the whole batch stands in the text above the table of its problems.
  const documented = documentedCodes(readFileSync(`${root}/${page}`, "utf8")).union(new Set(["TASK_VALIDATION"]));

  expect([...documented].toSorted()).toEqual(declared.toSorted());
});
