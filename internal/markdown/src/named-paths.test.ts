import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { markdownFiles } from "./documents.ts";
import { namedPaths } from "./named-paths.ts";
import { ROOT } from "./root.ts";

it("finds what reads as a path, and leaves out patterns, what is generated, and blocks of code", () => {
  const text = "`packages/core` `docs/api` `packages/*/x` `a/b`\n```sh\nls `bench/x`\n```\n";

  expect(namedPaths(text)).toEqual(["packages/core"]);
});

it.each(markdownFiles(ROOT))("%s names only paths that exist", (path) => {
  const named = namedPaths(readFileSync(join(ROOT, path), "utf8"));

  expect(named.filter((mention) => !existsSync(join(ROOT, mention)))).toEqual([]);
});
