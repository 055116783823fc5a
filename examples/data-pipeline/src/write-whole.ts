import { rename, writeFile } from "node:fs/promises";

/** Writes a file that is either there whole or not at all, also when the program is stopped halfway. */
export async function writeWhole(file: string, text: string): Promise<void> {
  const unfinished = `${file}.unfinished`;
  await writeFile(unfinished, text);
  await rename(unfinished, file);
}
