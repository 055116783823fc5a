"""The codec of values, by the vectors that the TypeScript side reads too, and on its own."""

import array
import collections
import dataclasses
import datetime
import decimal
import enum
import json
import math
import pathlib
import random
import re

import numpy
import pytest
from rhapsody_bridge.refusals import ValueRefused
from rhapsody_bridge.values import MAX_DEPTH, MAX_INT, decode, encode

VECTORS = json.loads((pathlib.Path(__file__).parents[2] / "src/values/__fixtures__/vectors.json").read_text())


def vectors(direction):
    return [
        pytest.param(vector, id=vector["name"])
        for vector in VECTORS["vectors"]
        if "python" in vector and direction in vector.get("only", [direction])
    ]


def same(left, right):
    """Equal in value and in type, `nan` and the sign of 0 included."""
    if type(left) is not type(right):
        return False
    if isinstance(left, float):
        return left == right and math.copysign(1, left) == math.copysign(1, right) if left == left else right != right
    if isinstance(left, memoryview):
        return (left.format, left.shape, left.tolist()) == (right.format, right.shape, right.tolist())
    if isinstance(left, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict):
        return list(left) == list(right) and all(same(left[key], right[key]) for key in left)
    return left == right


@pytest.mark.parametrize("vector", vectors("python encode"))
def test_encodes_as_the_other_side_does(vector):
    encoded = encode(eval(vector["python"]))
    end = 4 + int.from_bytes(encoded[:4], "little")

    assert json.loads(encoded[4:end]) == vector["json"]
    assert encoded[end:].hex() == vector["bytes"]


@pytest.mark.parametrize("vector", vectors("python decode"))
def test_decodes_what_the_other_side_encodes(vector):
    text = json.dumps(vector["json"]).encode()
    decoded = decode(len(text).to_bytes(4, "little") + text + bytes.fromhex(vector["bytes"]))

    assert same(decoded, eval(vector["python"]))


@pytest.mark.parametrize("vector", [pytest.param(vector, id=vector["name"]) for vector in VECTORS["refused"] if "python" in vector])
def test_refuses_and_names_the_part(vector):
    with pytest.raises(ValueRefused) as caught:
        encode(eval(vector["python"]))

    assert vector.get("part") in (None, f"value{caught.value.part}")


class Color(enum.Enum):
    RED = 1


class Level(enum.IntEnum):
    HIGH = 3


@dataclasses.dataclass
class Point:
    x: int


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ({"a": [0, {"b": {1}}]}, "a[1].b is of type set, which has no form outside Python: use a list, sorted(x)"),
        ({"a b": 1j}, 'a["a b"]'),
        ({1: 2}, "the value has the key 1, of type int: keys are strings, use str(key)"),
        (Color.RED, "the value is the enum member Color.RED: use its .value"),
        ([Level.HIGH], "[0] is the enum member"),
        (Point(1), "use dataclasses.asdict(x)"),
        (
            decimal.Decimal("0.1"),
            "is of type decimal.Decimal, which has no form outside Python: use float(x), or str(x) to keep every digit",
        ),
        (pathlib.Path("x"), "use str(x)"),
        (datetime.date(2026, 1, 1), "use .isoformat()"),
        (datetime.timedelta(1), "use .total_seconds()"),
        (
            datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc).replace(tzinfo=None),
            "is a datetime without a time zone: use .astimezone(timezone.utc)",
        ),
        (datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone(datetime.timedelta(hours=1))), "in another time zone than UTC"),
        (datetime.datetime(2026, 1, 1, microsecond=1, tzinfo=datetime.timezone.utc), "with microseconds"),
        ((x for x in ()), "use list(x)"),
        (object(), "use numbers, strings, lists, dicts, bytes and arrays"),
        (memoryview(bytes(2)).cast("?"), "is an array of elements of format"),
        (10**5000, "is an int of too many digits"),
        (ValueError("x"), "use str(x)"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_says_what_to_do(value, told):
    with pytest.raises(ValueRefused) as caught:
        encode(value)

    assert told.removeprefix("a[") in str(caught.value)


@pytest.mark.parametrize("leaf", [1, float("nan"), {"$a": 1}], ids=str)
def test_takes_what_is_nested_as_deep_as_allowed_and_nothing_deeper(leaf):
    value = leaf
    for depth in range(MAX_DEPTH - isinstance(leaf, dict)):
        value = [value] if depth % 2 else {"k": value}

    assert same(decode(encode(value)), value)
    with pytest.raises(ValueRefused, match="deep"):
        encode([value])


def test_names_a_deep_part_by_its_ends():
    with pytest.raises(ValueRefused) as caught:
        encode({"first": {"k" * 300: {"last": {1}}}})

    assert re.match(r"first\.k+….*\.last is of type set", str(caught.value))
    assert len(str(caught.value)) < 400


def test_keys_that_look_like_tags_survive_in_any_depth():
    value = {"$o": {"$b": [{"$x": b"1"}, {"$f": "nan", "y": 1}]}}

    assert decode(encode(value)) == value


def test_takes_subclasses_of_plain_types_by_their_value():
    pair = collections.namedtuple("pair", "a b")(1, collections.OrderedDict(x=collections.Counter("aa")))

    assert decode(encode([pair])) == [[1, {"x": {"a": 2}}]]


def test_halves_of_surrogate_pairs_survive_wherever_they_are():
    value = {"\ud800": ["a\udfffb", b"x"]}

    assert decode(encode(value)) == value


def test_takes_what_numpy_makes():
    matrix = numpy.arange(6, dtype="i4").reshape(2, 3)
    value = [
        numpy.float32(0.5),
        numpy.int64(2**60),
        numpy.bool_(True),
        numpy.str_("x"),
        numpy.float64("nan"),
        matrix,
        matrix.T,
        matrix[:, 1],
    ]
    decoded = decode(encode(value))

    assert decoded[:4] == [0.5, 2**60, True, "x"]
    assert decoded[4] != decoded[4]
    assert [part.tolist() for part in decoded[5:]] == [matrix.tolist(), matrix.T.tolist(), matrix[:, 1].tolist()]
    assert decode(encode(numpy.array(3.5))).tolist() == 3.5


@pytest.mark.parametrize("kind", ["complex128", "datetime64[s]", "f2", ">f8", "object", "bool"])
def test_refuses_arrays_and_scalars_that_javascript_has_no_type_for(kind):
    with pytest.raises(ValueRefused, match=r"use "):
        encode([numpy.zeros(2, kind)])


@pytest.mark.parametrize(
    "data",
    [b"", b"\x05\x00\x00\x00", b"\x02\x00\x00\x00{]", b"\x01\x00\x00\x00\xff", b"\x09\x00\x00\x00" + b"[" * 9, b"\xff\xff\xff\xff1"],
)
def test_bytes_that_are_no_value_are_refused(data):
    with pytest.raises(ValueRefused):
        decode(data)


@pytest.mark.parametrize(
    "text",
    [
        '{"$b":[0,1]}',
        '{"$b":[-1,1]}',
        '{"$b":"x"}',
        '{"$a":["f8",0,4]}',
        '{"$a":["x",0,0]}',
        '{"$z":1}',
        '{"$i":"x"}',
        '{"$d":1e30}',
        '{"$o":[1]}',
    ]
    + ['{"$a":["u1",0,0,[0,3]]}', '{"$f":"x"}', "[" * 500_000 + "]" * 500_000],
    ids=lambda text: text[:20],
)
def test_damaged_tags_are_refused(text):
    with pytest.raises(ValueRefused):
        decode(len(text).to_bytes(4, "little") + text.encode())


def test_arrays_are_copies_that_can_be_written():
    encoded = encode([b"x", array.array("d", [1.5])])
    numbers = decode(encoded)[1]
    numbers[0] = 2.5

    assert decode(encoded)[1][0] == 1.5


def test_random_values_survive():
    chance = random.Random(6)
    for _ in range(2000):
        value = _any(chance, 4)
        decoded = decode(encode(value))
        assert same(decoded, value), value


def _any(chance, depth):
    kind = chance.randrange(13 if depth else 10)
    if kind == 0:
        return chance.choice([None, True, False])
    if kind == 1:
        return chance.randint(-MAX_INT - 3, MAX_INT + 3) if chance.random() < 0.5 else chance.choice([0, -MAX_INT, MAX_INT + 1, 2**64])
    if kind == 2:
        return chance.choice([0.5, -0.0, 1e300, 5e-324, float("nan"), float("inf"), -float("inf"), 1e16, 2.0**53])
    if kind in (3, 4, 5):
        return "".join(chance.choice('a$"\\{é\u2028\U0001f600\ud800 ') for _ in range(chance.randrange(6))).replace("\ud800\udc00", "")
    if kind == 6:
        return chance.randbytes(chance.randrange(9))
    if kind == 7:
        return (
            memoryview(array.array(chance.choice("bhHiIqQfd"), [chance.randrange(100) for _ in range(chance.randrange(4))]))
            if depth
            else None
        )
    if kind == 8:
        return datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc) + datetime.timedelta(
            milliseconds=chance.randint(-(10**13), 10**13)
        )
    if kind == 9:
        return chance.choice(["$b", "$", '{"$b":[0,1]}'])
    if kind == 10:
        return [_any(chance, depth - 1) for _ in range(chance.randrange(5))]
    return {chance.choice(["a", "b", "$b", "$o", "", "__proto__", "é"]): _any(chance, depth - 1) for _ in range(chance.randrange(4))}
