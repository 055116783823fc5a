"""Asks prompts, each on a queue for replies that no other prompt has at that time.

Replies of the service name no prompt. A lane is a queue for replies with a thread that uses it for one prompt after the other, and for the
next one only when the last reply to the one before has come: so no answer can reach another prompt, however late it is, or given up.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping, Sequence
from queue import Empty
from typing import Any, Protocol

from .replies import Answer, Piece, PromptFailed, Reader

#: Seconds after which a lane that waits looks whether it is still wanted.
_LOOK_SECONDS = 0.5


class Replies(Protocol):
    """A queue for replies, of Dragon."""

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        """The next reply; raises ``queue.Empty`` when none comes in time."""


class Service(Protocol):
    """Whoever answers prompts."""

    def new_replies(self) -> Replies:
        """A queue that nobody else has."""

    def put(self, prompt: Prompt, replies: Replies) -> None:
        """Has a prompt answered; may block while the service is full."""


class Prompt:
    """One prompt under way. Subclasses hear what becomes of it, in the thread of a lane; after an end nothing more."""

    def __init__(self, messages: Sequence[Mapping[str, Any]]) -> None:
        #: The chat, in the form of the chat completions protocol.
        self.messages = [dict(message) for message in messages]
        self.tools: list[dict[str, Any]] | None = None
        self.schema: dict[str, Any] | None = None
        self.stream = False
        self.given_up = False

    def went_out(self) -> None:
        """The service has it."""

    def hear(self, news: Piece | Answer | PromptFailed) -> None:
        """A piece, or the end."""


class Lanes:
    """At most ``most`` prompts with the service, the others in line."""

    def __init__(self, service: Service, most: int) -> None:
        self._service = service
        self._most = most
        self._line: deque[Prompt] = deque()
        self._changed = threading.Condition()
        self._count = 0
        self._idle = 0
        self._closed = False

    def ask(self, prompts: Sequence[Prompt]) -> None:
        """Puts prompts in line. Returns at once."""
        with self._changed:
            self._line.extend(prompts)
            wanted = min(len(self._line) - self._idle, self._most - self._count)
            for _ in range(wanted):
                self._count += 1
                threading.Thread(target=self._serve, name=f"prompts-{self._count}", daemon=True).start()
            self._changed.notify(len(prompts))

    def give_up(self, prompt: Prompt) -> bool:
        """Hears no more of a prompt. True when it was in line, and False when the service goes on with it."""
        with self._changed:
            prompt.given_up = True
            try:
                self._line.remove(prompt)
            except ValueError:
                return False
            return True

    def close(self) -> None:
        """Hears no more of anything."""
        with self._changed:
            self._closed = True
            self._line.clear()
            self._changed.notify_all()

    def _serve(self) -> None:
        replies: Replies | None = None
        while (prompt := self._next()) is not None:
            try:
                replies = replies or self._service.new_replies()
                self._service.put(prompt, replies)
            except Exception as error:  # noqa: BLE001 whatever Dragon says
                self._tell(prompt, PromptFailed(f"the service does not take the prompt: {error}"))
                replies = None
                continue
            if not prompt.given_up:
                prompt.went_out()
            if not self._listen(prompt, replies):
                replies = None

    def _next(self) -> Prompt | None:
        with self._changed:
            self._idle += 1
            try:
                while not self._line and not self._closed:
                    self._changed.wait()
                return None if self._closed else self._line.popleft()
            finally:
                self._idle -= 1

    def _listen(self, prompt: Prompt, replies: Replies) -> bool:
        """Hears replies to the end. False when more may come: after a failure the service sends one reply or two."""
        reader = Reader()
        while not self._closed:
            try:
                news = reader.read(replies.get(timeout=_LOOK_SECONDS))
            except Empty:
                news = None
            if news is not None:
                self._tell(prompt, news)
            if news is not None and not isinstance(news, Piece):
                return isinstance(news, Answer)
        return False

    def _tell(self, prompt: Prompt, news: Piece | Answer | PromptFailed) -> None:
        if not prompt.given_up and not self._closed:
            prompt.hear(news)
