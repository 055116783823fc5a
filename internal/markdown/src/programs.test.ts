import { expect, it } from "vitest";
import { codeBlocks } from "./code-blocks.ts";
import { programsIn } from "./programs.ts";

const fence = (info: string, code: string): string => `\`\`\`${info}\n${code}\n\`\`\`\n`;

it("finds blocks with their marks and lines, also in lists", () => {
  const text = `# Title\n\n${fence("ts readme-example", "a();")}\n- item\n  \`\`\`sh\n  ls\n    -l\n  \`\`\`\n`;

  expect(codeBlocks(text)).toEqual([
    { language: "ts", marks: ["readme-example"], code: "a();\n", line: 4 },
    { language: "sh", marks: [], code: "ls\n  -l\n", line: 9 },
  ]);
});

it("joins continued blocks and attaches the output", () => {
  const text = fence("ts", "const a = 1;") + fence("ts continues", "console.log(a);") + fence("text output", "1");

  expect(programsIn("a.md", text)).toEqual([
    { title: "a.md:2", code: "const a = 1;\nconsole.log(a);\n", fileName: undefined, runs: true, output: "1\n" },
  ]);
});

it("does not run what is marked so, nor a file that another program imports", () => {
  const text = fence("ts no-run", "a();") + fence("ts file=sum.ts", "export {};");

  expect(programsIn("a.md", text).map(({ runs, fileName }) => ({ runs, fileName }))).toEqual([
    { runs: false, fileName: undefined },
    { runs: false, fileName: "sum.ts" },
  ]);
});

it("takes Python only as a file that the programs use", () => {
  const text = fence("python file=model.py", "def fit(): ...") + fence("python", "fit()") + fence("ts", "a();");

  expect(programsIn("a.md", text).map(({ runs, fileName }) => ({ runs, fileName }))).toEqual([
    { runs: false, fileName: "model.py" },
    { runs: true, fileName: undefined },
  ]);
});

it.each([
  ["a language that hides TypeScript", fence("typescript", "a();"), /write "ts"/],
  ["an unknown mark", fence("ts norun", "a();"), /unknown mark/],
  ["a continuation of nothing", fence("ts continues", "a();"), /nothing to continue/],
  ["an output of nothing", fence("text output", "1"), /needs a program/],
  ["a block that never ends", "```ts\na();\n", /never closed/],
])("refuses %s", (_title, text, message) => {
  expect(() => programsIn("a.md", text)).toThrow(message);
});
