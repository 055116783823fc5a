"""Holds a lock on a file, given by its path, until standard input ends; says "held" once it has it.

The system takes the lock away from a process that dies, however it dies.
"""

import fcntl
import sys

with open(sys.argv[1], "a") as file:
    fcntl.flock(file, fcntl.LOCK_EX)
    print("held", flush=True)
    sys.stdin.read()
