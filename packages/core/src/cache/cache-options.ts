/** What decides whether a task is the same as one that was done before. */
export interface CacheOptions {
  /**
   * Stands for all that the task is given: with it, only `key`, `version`, the kind of work and what is kept of its output decide. Not together with `inputs`.
   * @defaultValue the task's description, the content of its program or module, and what its dependencies gave
   */
  readonly key?: string | undefined;
  /** Change it when something changed that cannot be seen from outside: a library, a model, a script that a program reads. @defaultValue none */
  readonly version?: string | number | undefined;
  /**
   * Files and directories that the task reads, whose content counts; paths are relative to the task's `workingDirectory`, else to that of the process. Directories
   * are walked, and symbolic links followed. One that is missing when the task is ready fails the task. @defaultValue none
   */
  readonly inputs?: readonly (string | URL)[] | undefined;
}
