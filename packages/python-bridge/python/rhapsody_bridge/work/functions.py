"""Python functions by name."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Mapping
from types import AsyncGeneratorType, BuiltinFunctionType, FunctionType, GeneratorType
from typing import Any

from rhapsody_bridge.outcome import message_of

_SHOWN = 12


class CallError(Exception):
    """A call that failed for another reason than what the function threw: a task failure code and a message."""

    def __init__(self, code: str, message: str, cause: BaseException | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.cause = cause


def call(work: Mapping[str, Any]) -> Any:
    """Calls the function of a piece of work; what a coroutine function returns is awaited.

    Raises:
        CallError: it cannot be found, or returned what is no result.
        BaseException: what it threw.
    """
    function = load(work["module"], work["name"])
    process = os.getpid()
    try:
        result = function(*work["args"])
    finally:
        # One that the function forked and that came back from it: all that is here is its parent's.
        if os.getpid() != process:
            os._exit(0)
    if hasattr(type(result), "__await__"):
        # Most functions do without, and it takes long to load.
        import asyncio

        result = asyncio.run(_wait_for(result))
    if isinstance(result, (GeneratorType, AsyncGeneratorType)):
        advice = "return list(...) of it" if isinstance(result, GeneratorType) else "return a list of what it yields"
        message = f"{work['module']}:{work['name']} is a generator function, whose results nobody would take one by one; {advice}"
        raise CallError("TASK_NOT_SERIALIZABLE", message)
    return result


def load(module: str, name: str) -> Callable[..., Any]:
    """The function of that name; dots in it lead into classes.

    Raises:
        CallError: `TASK_FUNCTION_NOT_FOUND`.
    """
    found = _import(module)
    for part in name.split("."):
        try:
            found = getattr(found, part)
        except AttributeError:
            raise CallError("TASK_FUNCTION_NOT_FOUND", f'module "{module}" has no function "{name}"; {_others(found, module)}') from None
    if not callable(found):
        kind = type(found).__name__
        raise CallError("TASK_FUNCTION_NOT_FOUND", f'"{name}" of module "{module}" is no function but of type {kind}; name a function')
    return found  # type: ignore[no-any-return]


def _import(module: str) -> Any:
    for again in (True, False):
        try:
            return importlib.import_module(module)
        except ModuleNotFoundError as error:
            missing = error.name or ""
            if module != missing and not module.startswith(f"{missing}."):
                raise _unloadable(module, error) from None
            if not again:
                raise CallError("TASK_FUNCTION_NOT_FOUND", _not_found(module, missing)) from None
            # It may have been written a moment ago.
            importlib.invalidate_caches()
        except Exception as error:
            raise _unloadable(module, error) from error
        except SystemExit as error:
            raise _unloadable(module, error) from error
    raise AssertionError


def _unloadable(module: str, error: BaseException) -> CallError:
    return CallError("TASK_FUNCTION_NOT_FOUND", f'module "{module}" cannot be imported: {describe(error)}', error)


def _not_found(module: str, missing: str) -> str:
    what = f'module "{module}"' if module == missing else f'module "{module}" (its package "{missing}")'
    looked = ", ".join(path or "." for path in sys.path[:_SHOWN]) + (", …" if len(sys.path) > _SHOWN else "")
    return (
        f"{what} is not there for {sys.executable} (Python {sys.version.split()[0]}) in {_directory()}; it was looked for in {looked}; "
        "install it for this Python, or add its directory to PYTHONPATH"
    )


def _others(found: Any, module: str) -> str:
    members = getattr(found, "__dict__", {})
    names = [name for name, member in members.items() if name[0] != "_" and isinstance(member, (FunctionType, BuiltinFunctionType))]
    file = getattr(sys.modules.get(module), "__file__", None)
    where = f" ({file})" if file else ""
    if not names:
        return f"it has no function{where}"
    return f"its functions are: {', '.join(names[:_SHOWN])}{', …' if len(names) > _SHOWN else ''}{where}"


def describe(thrown: BaseException) -> str:
    """What was thrown, in one line."""
    text = message_of(thrown)
    return f"{type(thrown).__name__}: {text}" if text else type(thrown).__name__


def _directory() -> str:
    try:
        return os.getcwd()
    except OSError:
        return "a directory that is gone"


async def _wait_for(awaitable: Any) -> Any:
    return await awaitable
