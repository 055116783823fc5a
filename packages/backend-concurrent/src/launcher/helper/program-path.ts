/** `confstr(_CS_PATH)` of glibc: where programs are looked for when `PATH` is not set. */
const DEFAULT_PATH = "/bin:/usr/bin";

/** The files that a program's name may mean, in order, as `execvp` looks them up. Relative ones start at the working directory. */
export function candidatePaths(program: string, path: string | undefined): readonly string[] {
  if (program === "") return [];
  if (program.includes("/")) return [program];
  return (path ?? DEFAULT_PATH).split(":").map((directory) => `${directory === "" ? "." : directory}/${program}`);
}
