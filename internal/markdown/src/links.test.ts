import { globSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import { brokenLinks } from "./links.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const texts = globSync(["*.md", "{packages,examples}/*/*.md", "bench/*.md", "docs/**/*.md"], {
  cwd: root,
  exclude: ["docs/api/**", "**/node_modules/**", "**/CHANGELOG.md"],
});

it.each(texts)("every link of %s leads somewhere", (path) => {
  expect(brokenLinks(root, path)).toEqual([]);
});

it("finds links to files and headings that are not there", () => {
  const folder = mkdtempSync(join(tmpdir(), "links-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "there.md"), "# A Heading, Here!\n");
  writeFileSync(
    join(folder, "page.md"),
    "[a](there.md) [b](there.md#a-heading-here) [c](https://example.com) [d](#own)\n[e](gone.md) [f](there.md#gone) `[g](h)`\n\n## Own\n",
  );

  expect(brokenLinks(folder, "page.md")).toEqual(["gone.md", "there.md#gone"]);
});
