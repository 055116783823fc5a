import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createLogger, silentLogger } from "./create-logger.ts";
import { guardLogger } from "./guard-logger.ts";

let directory: string;
let file: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "logger-"));
  file = join(directory, "session.log");
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(directory, { recursive: true });
});

/** What a logger writes to standard error while something is done with it. */
function written(options: Parameters<typeof createLogger>[0], use: (logger: ReturnType<typeof createLogger>) => void) {
  const lines: string[] = [];
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    lines.push(String(text));
    return true;
  });
  use(createLogger(options));
  vi.restoreAllMocks();
  return lines;
}

async function logged(): Promise<Record<string, unknown>[]> {
  const text = await readFile(file, "utf8");
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

const everything = (logger: ReturnType<typeof createLogger>): void => {
  for (const level of ["debug", "info", "warn", "error"] as const) logger[level]({}, level);
};

describe("the level", () => {
  it.each([
    ["debug", 4],
    ["info", 3],
    ["warn", 2],
    ["error", 1],
    ["silent", 0],
  ] as const)("%s lets %d of 4 levels through", (level, count) => {
    expect(written({ level }, everything)).toHaveLength(count);
  });

  it.each([
    ["debug", 4],
    ["INFO", 3],
    ["Error", 1],
    ["silent", 0],
    ["nonsense", 2],
    ["", 2],
  ])("comes from RHAPSODY_LOG_LEVEL=%s", (value, count) => {
    vi.stubEnv("RHAPSODY_LOG_LEVEL", value);

    expect(written({}, everything)).toHaveLength(count);
  });

  it("is warn without any", () => {
    vi.stubEnv("RHAPSODY_LOG_LEVEL", undefined);

    expect(written({}, everything)).toHaveLength(2);
  });

  it("given as an option wins over the environment", () => {
    vi.stubEnv("RHAPSODY_LOG_LEVEL", "silent");

    expect(written({ level: "error" }, everything)).toHaveLength(1);
  });
});

describe("a line for people", () => {
  it("has time, level, message and facts", () => {
    const [line] = written({ level: "info" }, (logger) =>
      logger.info({ session: "s1", task: "a", none: undefined, error: new Error("no\nway"), n: 7 }, "hello"),
    );

    expect(line).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z INFO hello {2}session=s1 task=a error="no\\nway" n=7\n$/);
  });

  it("has the messages of all errors of an aggregate", () => {
    const error = new AggregateError([new Error("one"), new Error("two")], "2 failed");

    const [line] = written({ level: "info" }, (logger) => logger.error({ error }, "closing"));

    expect(line).toContain('error="2 failed; one; two"');
  });
});

describe("a line of JSON", () => {
  it("has every field, errors and causes included", async () => {
    const cause = new TypeError("root");
    const error = Object.assign(new Error("no way", { cause }), { code: "NO_WAY" });

    createLogger({ level: "info", file }).warn({ task: "a", big: 7n, error }, "hello");

    expect(await logged()).toMatchObject([
      {
        time: expect.any(Number) as number,
        level: "warn",
        message: "hello",
        task: "a",
        big: "7",
        error: {
          name: "Error",
          message: "no way",
          code: "NO_WAY",
          stack: expect.stringContaining("no way") as string,
          cause: { name: "TypeError", message: "root" },
        },
      },
    ]);
  });

  it("is one line, whatever is in it", async () => {
    const logger = createLogger({ level: "info", file });

    logger.info({ text: "a\nb\u2028c" }, "one\ntwo");
    logger.info({}, "three");

    expect((await logged()).map(({ message }) => message)).toEqual(["one\ntwo", "three"]);
  });

  it.each([
    [
      "contains itself",
      () => {
        const ring: Record<string, unknown> = {};
        ring["ring"] = ring;
        return Object.assign(new Error("circular"), { response: ring });
      },
    ],
    [
      "throws when it is turned into JSON",
      () => ({
        toJSON: () => {
          throw new Error("no");
        },
      }),
    ],
    ["is a symbol", () => Symbol("s")],
    ["is a function", () => () => 1],
  ])("is written also when a field %s", async (_, build) => {
    createLogger({ level: "info", file }).error({ task: "a", error: build() }, "hello");

    expect(await logged()).toMatchObject([{ message: "hello", task: "a" }]);
  });

  it("is appended to what is there", async () => {
    createLogger({ level: "info", file }).info({}, "first");
    createLogger({ level: "info", file }).info({}, "second");

    expect((await logged()).map(({ message }) => message)).toEqual(["first", "second"]);
  });
});

it("is silent when told so", () => {
  expect(() => everything(silentLogger)).not.toThrow();
});

it("guarded, never throws, and keeps the logger's `this`", () => {
  class Mine {
    readonly lines: string[] = [];
    debug(): void {
      throw new Error("disk full");
    }
    info(_: unknown, message: string): void {
      this.lines.push(message);
    }
    warn(): void {}
    error(): void {}
  }
  const mine = new Mine();

  everything(guardLogger(mine));

  expect(mine.lines).toEqual(["info"]);
});
