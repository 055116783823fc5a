"""The Python side of the seam between RHAPSODY and engines that are Python libraries."""

#: What both ends of a channel have to agree on.
PROTOCOL = 1

__version__ = "0.0.0"
