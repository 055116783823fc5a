"""Runs the work of tasks at one place: in a worker process of an engine, or in a process of its own."""

from .site import Site

__all__ = ["Site"]
