"""Python's log records and warnings, on their way to the session's log."""

from __future__ import annotations

import logging

from rhapsody_bridge.channel import Channel

#: Longest text of a line of log, in characters.
MAX_TEXT = 8 * 1024


class ChannelHandler(logging.Handler):
    """Sends log records to the host."""

    def __init__(self, channel: Channel) -> None:
        super().__init__()
        self._channel = channel

    def emit(self, record: logging.LogRecord) -> None:
        try:
            text = self.format(record)
        except Exception as error:  # noqa: BLE001 a record of somebody else
            text = f"{record.msg!s:.200} (its arguments cannot be shown: {type(error).__name__})"
        if len(text) > MAX_TEXT:
            text = text[: MAX_TEXT // 2] + " … " + text[-MAX_TEXT // 2 :]
        self._channel.log(_level_of(record.levelno), record.name, text)


def send_logs(channel: Channel) -> None:
    """Sends what is logged from now on, and warnings, to the host; levels below ``WARNING`` only of loggers that ask for them."""
    root = logging.getLogger()
    root.addHandler(ChannelHandler(channel))
    root.setLevel(logging.WARNING)
    logging.captureWarnings(True)


def _level_of(number: int) -> str:
    if number >= logging.ERROR:
        return "error"
    if number >= logging.WARNING:
        return "warn"
    return "info" if number >= logging.INFO else "debug"
