import fc from "fast-check";
import { expect, it } from "vitest";
import { splitWords } from "./split-words.ts";

it.each([
  ["a b  c\t d\n", ["a", "b", "c", "d"]],
  ["echo 'a   b'", ["echo", "a   b"]],
  [`"it's" 'say "hi"'`, ["it's", 'say "hi"']],
  [`a'b'"c"d`, ["abcd"]],
  [`'' ""`, ["", ""]],
  [String.raw`a\ b \'x \\`, ["a b", "'x", "\\"]],
  [String.raw`"a\"b\\c\d\$e"`, [String.raw`a"b\c\d$e`]],
  [String.raw`'a\nb'`, [String.raw`a\nb`]],
  ["a\\\nb", ["ab"]],
  ['"a\\\nb"', ["ab"]],
  ["$HOME *.txt a|b; c > d # e", ["$HOME", "*.txt", "a|b;", "c", ">", "d", "#", "e"]],
  ["", []],
  ["  ", []],
])("%j is %j", (line, words) => {
  expect(splitWords(line)).toEqual(words);
});

it.each(["'open", '"open', "a 'b' \"c", "end\\"])("%j is refused", (line) => {
  expect(() => splitWords(line)).toThrow(TypeError);
});

it("gives any words back that were quoted", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "binary" })), (words) => {
      const line = words.map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`).join(" ");

      expect(splitWords(line)).toEqual(words);
    }),
  );
});
