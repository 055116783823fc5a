import fc from "fast-check";
import { expect, it } from "vitest";
import { anyValue } from "../__fixtures__/any-value.ts";
import { openTestEngine } from "../__fixtures__/open-test-engine.ts";

it("gives back from Python whatever went there", async () => {
  const { handle } = await openTestEngine("echo_engine");

  await fc.assert(
    fc.asyncProperty(fc.array(anyValue(), { minLength: 10 }), async (values) => {
      expect(await handle.call("echo", values)).toStrictEqual(values);
    }),
  );
});
