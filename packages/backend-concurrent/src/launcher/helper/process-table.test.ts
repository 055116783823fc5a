import { describe, expect, it } from "vitest";
import { requestIdInEnvironment } from "./marker.ts";
import { parsePs, ProcessTable } from "./process-table.ts";

describe("parsePs", () => {
  it("reads processes with their mark, and leaves out those that ended", () => {
    const text = [
      "    1     0     1 Ss   /sbin/launchd",
      "  501     1   501 S    sleep 1000 HOME=/Users/me RHAPSODY_PROCESS=m:12 SHELL=/bin/zsh",
      "  502   501   501 S+   sleep 1000 RHAPSODY_PROCESS=other:3",
      "  503   501   501 Z    (sh)",
      "",
    ].join("\n");

    expect(parsePs(text, "m")).toEqual([
      { pid: 1, parent: 0, group: 1, requestId: undefined },
      { pid: 501, parent: 1, group: 501, requestId: 12 },
      { pid: 502, parent: 501, group: 501, requestId: undefined },
    ]);
  });
});

describe("ProcessTable", () => {
  it("lists this process below its parent", () => {
    const table = new ProcessTable("m");

    const own = table.list().find(({ pid }) => pid === process.pid);
    table.close();

    expect(own).toMatchObject({ parent: process.ppid, requestId: undefined });
  });
});

describe("requestIdInEnvironment", () => {
  it.each([
    ["RHAPSODY_PROCESS=m:7", 7],
    ["A=1\0RHAPSODY_PROCESS=m:7\0B=2", 7],
    ["RHAPSODY_PROCESS=m:7/inner:9\0", 7],
    ["RHAPSODY_PROCESS=outer:1/m:8", undefined],
    ["NOT_RHAPSODY_PROCESS=m:7", undefined],
    ["RHAPSODY_PROCESS=m2:7", undefined],
    ["", undefined],
  ])("reads %j as %s", (environ, id) => {
    expect(requestIdInEnvironment(environ, "m")).toBe(id);
  });
});
