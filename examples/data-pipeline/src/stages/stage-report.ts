/** What a stage tells the next one: where its data is, and how much there is. Passed on as one line of JSON. */
export interface StageReport {
  /** Absolute path of the stage's output. */
  readonly file: string;
  /** Flights in the file. */
  readonly flights: number;
  /** Records left out so far because they were no usable flights. */
  readonly rejected: number;
}

/** Writes the report to standard output, which is the value of a program's task. */
export function printReport(report: StageReport): void {
  process.stdout.write(`${JSON.stringify(report)}\n`);
}

/** @throws TypeError when the text is no report. */
export function parseReport(text: string): StageReport {
  // What comes out of JSON is checked below.
  const { file, flights, rejected } = JSON.parse(text) as Partial<StageReport>;
  if (typeof file !== "string" || typeof flights !== "number" || typeof rejected !== "number") {
    throw new TypeError(`not the report of a stage: ${text}`);
  }
  return { file, flights, rejected };
}
