/**
 * Splits a command line into words as a POSIX shell does (IEEE Std 1003.1, Shell Command Language, 2.2 Quoting), and does nothing else that a shell does:
 * no variables, no globs, no pipes.
 *
 * @throws TypeError when a quote is not closed, or nothing follows a last backslash.
 */
export function splitWords(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  const pattern = /\s+|'([^']*)'|"((?:[^"\\]|\\[^])*)"|\\([^])|([^\s'"\\]+)/gy;
  let end = 0;
  for (const match of line.matchAll(pattern)) {
    const [whole, single, double, escaped, bare] = match;
    end = match.index + whole.length;
    const part = single ?? double?.replaceAll(/\\([$`"\\\n])/g, unescape) ?? escaped ?? bare;
    if (part !== undefined) word = (word ?? "") + (escaped === "\n" ? "" : part);
    else if (word !== undefined) {
      words.push(word);
      word = undefined;
    }
  }
  if (end < line.length) {
    throw new TypeError(
      `the command line has a quote that is not closed, or ends with a backslash: ${JSON.stringify(line)}`,
    );
  }
  if (word !== undefined) words.push(word);
  return words;
}

function unescape(_: string, character: string): string {
  return character === "\n" ? "" : character;
}
