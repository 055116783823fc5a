/** A Python module that an engine needs, and how it is got. */
export interface PythonRequirement {
  /** Import path of the module, e.g. `"distributed"`. */
  readonly module: string;
  /** What pip is asked for, e.g. `"distributed>=2024.1"`; the name before the version is that of the installed distribution. */
  readonly install: string;
  /** Least version that will do, e.g. `"2024.1"`; any when absent. */
  readonly version?: string;
}

/** A Python interpreter with all that was asked for. */
export interface PythonInstallation {
  /** Absolute path of the interpreter. */
  readonly path: string;
  /** Its version, e.g. `"3.11.7"`. */
  readonly version: string;
  /** Versions of the required modules by their import paths; `"unknown"` for one that does not tell. */
  readonly modules: Readonly<Record<string, string>>;
}
