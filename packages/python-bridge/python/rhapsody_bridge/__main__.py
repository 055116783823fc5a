"""The command lines of the two processes that stand for one opening: ``guard`` and ``sidecar``. See docs/architecture/python-bridge.md."""

import sys


def main(arguments: list[str]) -> None:
    """Becomes the process that the first argument names."""
    here = __file__.rpartition("/")[0] or "."
    # names of the bridge's own files must not be importable as modules of their own
    if sys.path and sys.path[0] == here:
        del sys.path[0]
    bridge = here.rpartition("/")[0] or "."
    role = arguments[0] if arguments else ""
    if role == "guard":
        sys.path.insert(0, bridge)
        from rhapsody_bridge.guard import main as guard

        guard(arguments[1:])
    elif role == "sidecar":
        sys.path.insert(0, bridge)
        from rhapsody_bridge.sidecar import main as sidecar

        sidecar(arguments[1:])
    else:
        sys.exit("rhapsody_bridge is started by RHAPSODY: guard --lifeline fd:N -- COMMAND, or sidecar --channel fd:N|unix:PATH --path DIR")


if __name__ == "__main__":
    main(sys.argv[1:])
