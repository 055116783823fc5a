"""Outcomes as engines and work build them."""

import pytest
from rhapsody_bridge import outcome
from rhapsody_bridge.taken import MAX_REMEMBERED, Taken
from rhapsody_bridge.values import decode


def test_a_value_is_there_only_when_something_was_returned():
    assert decode(outcome.done()) == {"state": "DONE"}
    assert decode(outcome.done(None, {"exitCode": 0})) == {"state": "DONE", "exitCode": 0, "returnValue": None}


def test_a_value_that_cannot_cross_is_a_failure_which_names_the_part():
    failure = decode(outcome.done({"rows": {1}}, {"startedAt": 1.5}))

    assert failure["state"] == "FAILED"
    assert failure["startedAt"] == 1.5
    assert failure["failure"]["code"] == "TASK_NOT_SERIALIZABLE"
    assert "returnValue.rows is of type set" in failure["failure"]["message"]


def test_other_states_hold_what_is_known():
    assert decode(outcome.running(1.5)) == {"state": "RUNNING", "at": 1.5}
    assert decode(outcome.output("stdout", "x")) == {"state": "OUTPUT", "stream": "stdout", "text": "x"}
    assert decode(outcome.canceled({"stdout": "a"})) == {"state": "CANCELED", "stdout": "a"}
    assert decode(outcome.lost("gone")) == {"state": "LOST", "failure": {"code": "TASK_WORKER_DIED", "message": "gone"}}


def test_an_exception_is_described_with_its_causes():
    def user():
        try:
            raise KeyError("inner")
        except KeyError as error:
            raise ValueError("outer") from error

    try:
        user()
    except ValueError as error:
        cause = decode(outcome.failed("TASK_FUNCTION_THREW", "it threw", cause=error))["failure"]["cause"]

    assert (cause["name"], cause["module"], cause["message"]) == ("ValueError", "builtins", "outer")
    assert "KeyError: 'inner'" in cause["traceback"]
    assert "in user" in cause["traceback"]


def test_the_bridges_own_frames_are_not_in_a_traceback():
    from rhapsody_bridge.values import encode

    class Bad(dict):
        def items(self):
            raise OSError("user")

    try:
        encode({"a": Bad(b={1})})
    except OSError as error:
        trace = outcome.thrown(error.with_traceback(error.__traceback__.tb_next))["traceback"]

    assert "values.py" not in trace
    assert "in items" in trace


@pytest.mark.parametrize("text", ["x" * 100_000, "é" * 100_000])
def test_what_is_told_of_an_exception_is_bounded(text):
    told = outcome.thrown(ValueError(text))

    assert len(told["message"]) <= outcome.MAX_MESSAGE + 1
    assert len(told["traceback"]) <= outcome.MAX_TRACEBACK + 100


def test_an_exception_that_cannot_be_shown_is_told_all_the_same():
    class Bad(Exception):
        def __str__(self):
            raise RuntimeError

    told = outcome.thrown(Bad())

    assert told["message"] == "(its message cannot be shown)"
    assert "Bad" in told["traceback"]


def test_attempts_are_remembered_up_to_a_number():
    class Attempt:
        def __init__(self, uid, attempt):
            self.uid, self.attempt = uid, attempt

    taken = Taken()
    first, second = Attempt("a", 1), Attempt("a", 2)

    assert taken.add([first, first, second]) == [first, second]
    assert taken.add([first]) == []
    taken.add([Attempt(str(index), 1) for index in range(MAX_REMEMBERED)])
    assert taken.add([first]) == [first]
