/** How the sidecar is started: what a launcher of the engine's wraps. */
export interface SidecarCommand {
  /** Program and arguments. No secret is among them. */
  readonly argv: readonly string[];
  /** Variables of the process, and so of everything that it starts. No secret is among them. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}
