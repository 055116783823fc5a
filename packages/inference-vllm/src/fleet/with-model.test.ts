import { expect, it } from "vitest";
import { withModel } from "./with-model.ts";

it.each([
  [' \n{ "seed": 9007199254740993, "min_p": 0.10 }', ' \n{"model":"a\\"b", "seed": 9007199254740993, "min_p": 0.10 }'],
  ["{}", '{"model":"a\\"b"}'],
])("adds a model to %j and leaves the rest as it is", (written, sent) => {
  const body = JSON.parse(written) as Record<string, unknown>;
  const call = { path: "completions", body, bytes: Buffer.from(written), cost: 1, prefix: "", owner: "me" } as const;

  const { body: read, bytes } = withModel(call, 'a"b');

  expect(Buffer.from(bytes ?? []).toString()).toBe(sent);
  expect(read).toEqual(JSON.parse(sent));
});
