import type { CArgument, Koffi } from "@koromix/koffi-linux-x64";

/** The C library, as far as starting and ending processes needs it. A negative result means failure: see {@link Libc.errno}. */
export interface Libc {
  /** The error number of the last failed call. */
  errno(): number;
  /** Address of a view's memory. */
  address(view: NodeJS.ArrayBufferView): bigint;
  access(path: string, mode: number): number;
  chdir(path: string): number;
  close(fd: number): number;
  epollCreate(flags: number): number;
  epollControl(epoll: number, operation: number, fd: number, event: Uint8Array): number;
  epollWait(epoll: number, events: Uint8Array, count: number, timeoutMs: number): number;
  fcntl(fd: number, command: number, argument: number): number;
  getpgid(pid: number): number;
  kill(pid: number, signal: number): number;
  open(path: string, flags: number, mode: number): number;
  pidfdOpen(pid: number): number;
  pipe(ends: Int32Array): number;
  /** Unlike the others, returns the error number itself, 0 for success; so does every `spawn*` below. */
  posixSpawn(pid: Int32Array, path: string, spawn: SpawnArguments): number;
  pread(fd: number, buffer: Uint8Array, count: number, offset: number): number;
  prctl(option: number, argument: number): number;
  read(fd: number, buffer: Uint8Array, count: number): number;
  signal(signal: number, handler: number): void;
  spawnActionsInit(actions: Uint8Array): number;
  spawnActionsDup2(actions: Uint8Array, from: number, to: number): number;
  spawnActionsDestroy(actions: Uint8Array): number;
  spawnAttributesInit(attributes: Uint8Array): number;
  spawnAttributesSetFlags(attributes: Uint8Array, flags: number): number;
  spawnAttributesSetDefaultSignals(attributes: Uint8Array, set: Uint8Array): number;
  wait4(pid: number, status: Int32Array, options: number, usage: Uint8Array): number;
  write(fd: number, buffer: Uint8Array, count: number): number;
}

/** What `posix_spawn` does in the child before the program begins, and what the program gets. */
export interface SpawnArguments {
  readonly actions: Uint8Array;
  readonly attributes: Uint8Array;
  readonly argv: BigUint64Array;
  readonly envp: BigUint64Array;
}

/** The same on every Linux architecture since the numbers were unified (`asm-generic/unistd.h`). */
const SYS_PIDFD_OPEN = 434;
/** `linux/fcntl.h`. */
const O_CLOEXEC = 0o2000000;

/**
 * Loads the C library through koffi.
 *
 * The prebuilt package of the platform is loaded directly: it is the whole library, while `koffi` itself adds a fallback build at install
 * time, a script that package managers refuse to run or fail over.
 *
 * @throws Error where there is no prebuilt package or no glibc.
 */
export async function loadLibc(): Promise<Libc> {
  const koffi = await loadKoffi();
  const library = koffi.load("libc.so.6");
  const bind = (declaration: string): ((...args: CArgument[]) => number) => library.func(declaration);
  const pipe2 = bind("int pipe2(void *ends, int flags)");
  const syscall = bind("long syscall(long number, long pid, long flags)");
  const fcntl = bind("int fcntl(int fd, int command, ...)");
  const open = bind("int open(str path, int flags, ...)");
  const prctl = bind("int prctl(int option, long argument2, long argument3, long argument4, long argument5)");
  const spawn = bind("int posix_spawn(void *pid, str path, void *actions, void *attributes, void *argv, void *envp)");
  return {
    errno: () => koffi.errno(),
    address: (view) => koffi.address(view),
    access: bind("int access(str path, int mode)"),
    chdir: bind("int chdir(str path)"),
    close: bind("int close(int fd)"),
    epollCreate: bind("int epoll_create1(int flags)"),
    epollControl: bind("int epoll_ctl(int epoll, int operation, int fd, void *event)"),
    epollWait: bind("int epoll_wait(int epoll, void *events, int count, int timeout)"),
    fcntl: (fd, command, argument) => fcntl(fd, command, "int", argument),
    getpgid: bind("int getpgid(int pid)"),
    kill: bind("int kill(int pid, int signal)"),
    open: (path, flags, mode) => open(path, flags | O_CLOEXEC, "int", mode),
    pidfdOpen: (pid) => syscall(SYS_PIDFD_OPEN, pid, 0),
    pipe: (ends) => pipe2(ends, O_CLOEXEC),
    posixSpawn: (pid, path, { actions, attributes, argv, envp }) => spawn(pid, path, actions, attributes, argv, envp),
    pread: bind("long pread(int fd, void *buffer, size_t count, long offset)"),
    prctl: (option, argument) => prctl(option, argument, 0, 0, 0),
    read: bind("long read(int fd, void *buffer, size_t count)"),
    signal: bind("void signal(int signal, long handler)"),
    spawnActionsInit: bind("int posix_spawn_file_actions_init(void *actions)"),
    spawnActionsDup2: bind("int posix_spawn_file_actions_adddup2(void *actions, int from, int to)"),
    spawnActionsDestroy: bind("int posix_spawn_file_actions_destroy(void *actions)"),
    spawnAttributesInit: bind("int posix_spawnattr_init(void *attributes)"),
    spawnAttributesSetFlags: bind("int posix_spawnattr_setflags(void *attributes, short flags)"),
    spawnAttributesSetDefaultSignals: bind("int posix_spawnattr_setsigdefault(void *attributes, void *set)"),
    wait4: bind("int wait4(int pid, void *status, int options, void *usage)"),
    write: bind("long write(int fd, void *buffer, size_t count)"),
  };
}

async function loadKoffi(): Promise<Koffi> {
  if (process.platform === "linux" && process.arch === "x64") return (await import("@koromix/koffi-linux-x64")).default;
  if (process.platform === "linux" && process.arch === "arm64")
    return (await import("@koromix/koffi-linux-arm64")).default;
  throw new Error(`system calls are made on Linux x64 and arm64 only, not on ${process.platform} ${process.arch}`);
}
