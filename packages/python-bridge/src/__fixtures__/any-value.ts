import fc from "fast-check";

/** Values that come back from Python as they went. Small `bigint`s come back as numbers, so there are none. */
export function anyValue(): fc.Arbitrary<unknown> {
  const beyond = 2n ** 53n;
  const leaf = fc.oneof(
    fc.constantFrom(null, true, false, Number.NaN, Infinity, -Infinity, -0, 2 ** 53, 1e300, ""),
    fc.double(),
    fc.integer(),
    fc.maxSafeInteger(),
    fc.string({ unit: "binary" }),
    fc.string().map((text) => `${text}\u{d800}`),
    fc.bigInt({ min: beyond }),
    fc.bigInt({ max: -beyond }),
    fc.date({ noInvalidDate: true, min: new Date("0001-01-01"), max: new Date("9999-12-31") }),
    fc.uint8Array(),
    fc.int8Array(),
    fc.int16Array(),
    fc.uint32Array(),
    fc.float32Array(),
    fc.float64Array(),
    fc.bigInt64Array(),
    fc.bigUint64Array(),
  );
  const key = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("$b", "$o", "$", "__proto__", "toJSON"));
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 5 },
      leaf,
      fc.array(tie("tree")),
      fc.dictionary(key, tie("tree"), { noNullPrototype: true }),
    ),
  }));
  return tree;
}
