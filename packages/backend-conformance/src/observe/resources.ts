/** What only something started holds; timers, ports and file requests come and go with the test runner itself. */
const STARTED = new Set(["ProcessWrap", "TCPServerWrap", "TCPSocketWrap", "PipeWrap", "UDPWrap", "FSEventWrap"]);

/** Kinds of processes, servers, sockets and watchers that keep this process going, one entry for each. */
export function startedResources(): readonly string[] {
  return process.getActiveResourcesInfo().filter((kind) => STARTED.has(kind));
}

/** What is in `after` and not in `before`, entry by entry. */
export function grown(before: readonly string[], after: readonly string[]): readonly string[] {
  const rest = [...after];
  for (const kind of before) {
    const index = rest.indexOf(kind);
    if (index !== -1) rest.splice(index, 1);
  }
  return rest;
}
