import { statfsSync } from "node:fs";
import { dirname } from "node:path";

/** Types of file systems over a network, as `statfs(2)` gives them. From linux/magic.h and the table in the manual page statfs(2), unless said otherwise. */
const NETWORK_TYPES: ReadonlySet<number> = new Set([
  0x6969, // NFS
  0x517b, // SMB
  0xff534d42, // CIFS
  0xfe534d42, // SMB2
  0x5346414f, // AFS
  0x73757245, // CODA
  0x00c36400, // Ceph
  0x01021997, // 9P
  0x65735546, // FUSE: sshfs, GlusterFS, and others that stay on the machine
  0x0bd00bd0, // Lustre; lustre_user.h, LL_SUPER_MAGIC
  0x47504653, // GPFS; gpfs.h, "GPFS" in ASCII
  0x19830326, // BeeGFS; its client's module, BEEGFS_MAGIC
  0x20030528, // OrangeFS
]);

/** Tells whether a file lies, or would lie, on a file system over a network. */
export function isOnNetwork(path: string): boolean {
  return isNetworkType(statfsSync(dirname(path)).type);
}

/** Tells whether a type of file system is one over a network. */
export function isNetworkType(type: number): boolean {
  return NETWORK_TYPES.has(type >>> 0);
}
