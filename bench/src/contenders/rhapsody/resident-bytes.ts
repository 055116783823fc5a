/** Memory that the process really needs: after everything unreachable was given back to the system. */
export async function residentBytes(): Promise<number> {
  // A turn of the event loop, so that nothing is kept by the stack of what ran before.
  await new Promise((resolve) => setImmediate(resolve));
  // Only the last resort gives free pages back at once; other collections keep them for later.
  globalThis.gc?.({ type: "major", execution: "sync", flavor: "last-resort" });
  return process.memoryUsage.rss();
}
