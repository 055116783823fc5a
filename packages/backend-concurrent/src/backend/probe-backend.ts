/** Tells whether the backend could open here. It needs nothing but Node.js, so it always can. */
export async function probeBackend(): Promise<{
  readonly available: boolean;
  readonly reason?: string;
  readonly fix?: string;
}> {
  return { available: true };
}
