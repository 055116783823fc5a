import { Descriptors } from "./descriptors.ts";
import { loadLibc, type Libc } from "./libc.ts";
import { OwnChildren } from "./own-children.ts";
import { Poller } from "./poller.ts";

/** What the native engine stands on. */
export interface Kernel {
  readonly libc: Libc;
  readonly poller: Poller;
  readonly descriptors: Descriptors;
  readonly children: OwnChildren;
}

/**
 * Gets hold of the C library and of the kernel's features.
 *
 * @throws Error that names what is missing: the prebuilt FFI library, glibc, or a feature of the kernel.
 */
export async function openKernel(): Promise<Kernel> {
  const libc = await loadLibc();
  return { libc, poller: new Poller(libc), descriptors: new Descriptors(libc), children: new OwnChildren(libc) };
}
