import { checkName } from "./input-file.ts";

/** A file that a program leaves in its own directory. */
export class OutputFile {
  /** Path below the directory of the task. */
  readonly name: string;

  /** @throws TypeError when the name is empty, ends with a slash, or leads out of the directory. */
  constructor(name: string) {
    checkName("OutputFile", name);
    this.name = name;
  }
}
