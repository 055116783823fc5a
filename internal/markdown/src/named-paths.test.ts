import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { markdownFiles } from "./documents.ts";
import { namedPaths } from "./named-paths.ts";
import { ROOT } from "./root.ts";

it("finds links and inline paths, and leaves out the rest", () => {
  const text =
    "See [a](docs/a.md#top), [b](https://example.org), [c](#here), `packages/core`, `docs/api`, `packages/*/x`, `a/b`\n" +
    "```sh\nls [d](d.md)\n```\n";

  expect(namedPaths(text)).toEqual({ links: ["docs/a.md"], mentions: ["packages/core"] });
});

describe.each(markdownFiles(ROOT))("%s", (path) => {
  it("names only paths that exist", () => {
    const { links, mentions } = namedPaths(readFileSync(join(ROOT, path), "utf8"));

    const missing = [
      ...links.filter((link) => !existsSync(join(ROOT, dirname(path), link))),
      ...mentions.filter((mention) => !existsSync(join(ROOT, mention))),
    ];

    expect(missing).toEqual([]);
  });
});
