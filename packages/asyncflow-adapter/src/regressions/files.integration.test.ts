import { mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { rejectionOf, temporaryDirectory } from "@rhapsody-internal/fixtures";
import { describe, expect, it, onTestFinished } from "vitest";
import { localEngine } from "../__fixtures__/engines.ts";
import { InputFile } from "../files/input-file.ts";

/** Answers `/x` at once, `/missing` with 404, and anything else never. */
async function serve(): Promise<string> {
  const server = createServer(({ url }, response) => {
    if (url === "/x?token=1") response.end("fetched\n");
    else if (url?.startsWith("/missing") === true) response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function cat(...inputs: readonly InputFile[]): Promise<string> {
  const flow = await localEngine();
  return await flow.executableTask(() => ["cat", ...inputs.map(({ name }) => name)].join(" "), { inputs })();
}

describe("input files", () => {
  it("keep their whole path: two of the same name are told apart (W38)", async () => {
    const directory = temporaryDirectory();
    for (const part of ["a", "b"]) {
      await mkdir(join(directory, part));
      await writeFile(join(directory, part, "x"), `${part}\n`);
    }

    const read = await cat(
      new InputFile(join(directory, "a/x"), { name: "x-of-a" }),
      new InputFile(pathToFileURL(join(directory, "b/x"))),
    );

    expect(read).toBe("a\nb\n");
  });

  it("come from http: and data: URLs, when the task is ready (W38)", async () => {
    const origin = await serve();

    expect(await cat(new InputFile(`${origin}/x?token=1`), new InputFile("data:,inline%0A"))).toBe("fetched\ninline\n");
  });

  it.each(["s3:", "ftp:", "sftp:", "gs:"])(
    "from %s are refused at once, with what there is instead (W38)",
    (scheme) => {
      expect(() => new InputFile(`${scheme}//bucket/x`)).toThrow("use a path, file:, http:, https: or data:");
    },
  );

  it("that the server does not have fail their task, without the query in the message (W38)", async () => {
    const origin = await serve();

    const error = await rejectionOf(cat(new InputFile(`${origin}/missing?token=secret`)));

    expect(error).toMatchObject({ code: "FLOW_INPUT_UNAVAILABLE", message: expect.stringContaining("404") as string });
    expect(String(error)).not.toContain("secret");
  });

  it("that take too long fail their task (W38)", async () => {
    const origin = await serve();

    expect(await rejectionOf(cat(new InputFile(`${origin}/never`, { timeout: 20 })))).toMatchObject({
      code: "FLOW_INPUT_UNAVAILABLE",
    });
  });

  it("of another task are found by whoever takes them, or say what is missing (W38)", async () => {
    const flow = await localEngine();
    const write = flow.executableTask((name: string) => `echo written > ${name}`, {
      shell: true,
      outputs: ["out.txt"],
    });
    const read = (file: InputFile): PromiseLike<string> =>
      flow.executableTask(() => "cat out.txt", { inputs: [file] })();

    expect(await read(write("out.txt").file("out.txt"))).toBe("written\n");
    expect(await rejectionOf(read(write("other.txt").file("out.txt")))).toMatchObject({
      code: "FLOW_OUTPUT_MISSING",
      message: expect.stringContaining("out.txt") as string,
    });
  });
});
