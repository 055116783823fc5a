/**
 * Files of a process in nested control groups of version 1, with a quota of one and a half cores and half a gibibyte set on the outer level.
 * Recorded on Linux 6.18, 2026-11-23.
 */
export const nestedV1: Readonly<Record<string, string>> = {
  "/proc/self/cgroup": `9:name=systemd:/
8:pids:/
7:blkio:/
6:freezer:/
5:devices:/
4:memory:/outer/inner
3:cpuset:/
2:cpuacct:/
1:cpu:/outer
0::/
`,
  "/proc/self/mountinfo": `23 1 254:0 / / rw,relatime - ext4 /dev/root rw
31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu
33 31 0:30 / /sys/fs/cgroup/cpuacct rw,relatime - cgroup cgroup rw,cpuacct
34 31 0:31 / /sys/fs/cgroup/cpuset rw,relatime - cgroup cgroup rw,cpuset
35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
39 31 0:36 / /sys/fs/cgroup/pids rw,relatime - cgroup cgroup rw,pids
41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
`,
  "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
  "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
  "/sys/fs/cgroup/cpu/outer/cpu.cfs_quota_us": "150000\n",
  "/sys/fs/cgroup/cpu/outer/cpu.cfs_period_us": "100000\n",
  "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
  "/sys/fs/cgroup/memory/outer/memory.limit_in_bytes": "536870912\n",
  "/sys/fs/cgroup/memory/outer/inner/memory.limit_in_bytes": "9223372036854771712\n",
};

/** Files of a container under version 2 whose namespace makes its group the root; formats of the kernel's admin-guide/cgroup-v2.rst. */
export const containerV2: Readonly<Record<string, string>> = {
  "/proc/self/cgroup": "0::/\n",
  "/proc/self/mountinfo": "812 811 0:26 / /sys/fs/cgroup ro,nosuid,nodev,noexec,relatime - cgroup2 cgroup rw,nsdelegate\n",
  "/sys/fs/cgroup/cpu.max": "350000 100000\n",
  "/sys/fs/cgroup/memory.max": "2147483648\n",
  "/sys/fs/cgroup/pids.max": "max\n",
};

/** Files of a batch job under version 2: the limit of memory is on the job, none on its step, and a limit of processes on both. */
export const jobV2: Readonly<Record<string, string>> = {
  "/proc/self/cgroup": "0::/system.slice/slurmstepd.scope/job_42/step_0/user/task_0\n",
  "/proc/self/mountinfo": "29 23 0:26 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:4 - cgroup2 cgroup2 rw,nsdelegate\n",
  "/sys/fs/cgroup/system.slice/slurmstepd.scope/job_42/memory.max": "8589934592\n",
  "/sys/fs/cgroup/system.slice/slurmstepd.scope/job_42/pids.max": "1000\n",
  "/sys/fs/cgroup/system.slice/slurmstepd.scope/job_42/step_0/memory.max": "max\n",
  "/sys/fs/cgroup/system.slice/slurmstepd.scope/job_42/step_0/pids.max": "4000\n",
  "/sys/fs/cgroup/system.slice/slurmstepd.scope/job_42/step_0/cpu.max": "max 100000\n",
};

/** `/proc/self/limits` of a shell after `ulimit -S -n 256; ulimit -u 4000`. Recorded on Linux 6.18, 2026-11-23. */
export const limits: string = `Limit                     Soft Limit           Hard Limit           Units     
Max cpu time              unlimited            unlimited            seconds   
Max core file size        0                    unlimited            bytes     
Max processes             4000                 4000                 processes 
Max open files            256                  20000                files     
Max locked memory         8388608              8388608              bytes     
Max realtime timeout      unlimited            unlimited            us        
`;

/** `/proc/self/status`, in part, of a process started by `taskset -c 0-2,6`. */
export const statusOfTaskset: string = "Name:\tnode\nCpus_allowed:\t47\nCpus_allowed_list:\t0-2,6\nMems_allowed_list:\t0\n";
