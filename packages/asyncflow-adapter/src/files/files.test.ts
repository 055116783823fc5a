import { readFile, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { rejectionOf, temporaryDirectory } from "@rhapsody-internal/fixtures";
import { describe, expect, it, onTestFinished } from "vitest";
import { localEngine } from "../__fixtures__/engines.ts";
import { InputFile } from "./input-file.ts";
import { OutputFile } from "./output-file.ts";

async function serve(answer: Parameters<typeof createServer>[1]): Promise<string> {
  const server: Server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe("a program with files", () => {
  it("finds those that others left, under their names, in a directory of its own", async () => {
    const flow = await localEngine({ workDir: temporaryDirectory() });
    const write = flow.executableTask((text: string) => `echo ${text} > sub/out.txt; pwd`, {
      shell: true,
      outputs: [new OutputFile("sub/out.txt")],
    });
    const read = flow.executableTask((_: string) => "cat out.txt");
    const written = write("hello");

    const text = read.with({ inputs: [written.file("sub/out.txt")] })("x");

    expect(await text).toBe("hello\n");
    expect((await written).trim()).not.toBe(process.cwd());
    expect(flow.graph().edges).toEqual([{ from: written.uid, to: text.uid }]);
  });

  it("finds local files and what URLs give", async () => {
    const place = temporaryDirectory();
    await writeFile(join(place, "a b.txt"), "local");
    await writeFile(join(place, "other.txt"), "by URL");
    const url = await serve((_, response) => response.end("fetched"));
    const flow = await localEngine({ workDir: place });
    const inputs = [
      new InputFile(join(place, "a b.txt")),
      new InputFile(pathToFileURL(join(place, "other.txt"))),
      new InputFile(`${url}/data/set.csv?token=secret`),
      new InputFile("data:text/plain,inline", { name: "in/line.txt" }),
    ];

    const text = flow.executableTask(() => 'cat "a b.txt" other.txt set.csv in/line.txt', { inputs })();

    expect(await text).toBe("localby URLfetchedinline");
  });

  it("hands the path of a file to whom that is enough", async () => {
    const flow = await localEngine({ workDir: temporaryDirectory() });
    const written = flow.executableTask(() => "echo hi > x", { shell: true, outputs: ["x"] })();

    const size = flow.functionTask(async (path: string) => (await readFile(path, "utf8")).length)(written.path("x"));

    expect(await size).toBe(3);
  });

  it("fails, naming file and task, when another did not leave what it declared", async () => {
    const flow = await localEngine({ workDir: temporaryDirectory() });
    const forgets = flow.executableTask(() => "true", { outputs: ["x"], name: "forgets" })();
    const reads = flow.executableTask(() => "cat x", { inputs: [forgets.file("x")] })();

    for (const handle of [reads, forgets.path("x")]) {
      expect(await rejectionOf(handle)).toMatchObject({
        code: "FLOW_OUTPUT_MISSING",
        message: expect.stringMatching(/forgets.*"x"/) as string,
      });
    }
    expect(() => forgets.file("y")).toThrow(TypeError);
  });

  it("goes down with the task whose file it reads", async () => {
    const flow = await localEngine({ workDir: temporaryDirectory() });
    const fails = flow.executableTask(() => "false", { outputs: ["x"] })();
    const reads = flow.executableTask(() => "cat x", { inputs: [fails.file("x")] })();

    expect(await rejectionOf(reads)).toMatchObject({ code: "FLOW_DEPENDENCY_FAILED", path: [fails.uid] });
  });

  it.each([
    ["is not there", async () => new InputFile("/nowhere/at/all.txt")],
    [
      "no server has",
      async () => new InputFile(`${await serve((_, response) => response.writeHead(404).end())}/x.txt?key=secret`),
    ],
    ["takes too long", async () => new InputFile(`${await serve(() => {})}/x.txt`, { timeout: 20 })],
  ])("fails when a file %s", async (_, input) => {
    const flow = await localEngine({ workDir: temporaryDirectory() });

    const error = await rejectionOf(flow.executableTask(() => "cat x.txt", { inputs: [await input()] })());

    expect(error).toMatchObject({ code: "FLOW_INPUT_UNAVAILABLE" });
    expect(error.message).not.toContain("secret");
  });

  it("is refused with two inputs of one name", async () => {
    const flow = await localEngine();
    const inputs = [new InputFile("/a/x"), new InputFile("/b/x")];

    expect(() => flow.executableTask(() => "cat x", { inputs })).toThrow("same name");
  });
});

describe("names of files", () => {
  it.each(["", "a/", "/abs", "../up", "a/../../b", "a\0b"])("cannot be %j", (name) => {
    expect(() => new OutputFile(name)).toThrow(TypeError);
    expect(() => new InputFile("/a/x", { name })).toThrow(TypeError);
  });

  it.each(["", "s3://bucket/key", "ftp://host/x", "http://host/"])("cannot come from %j", (source) => {
    expect(() => new InputFile(source)).toThrow(TypeError);
  });

  it("come from the last part, whatever stands before", () => {
    expect(new InputFile("./some dir/a:b.txt").name).toBe("a:b.txt");
    expect(new InputFile("https://host/a%20b.csv?x=1#y").name).toBe("a b.csv");
  });
});
