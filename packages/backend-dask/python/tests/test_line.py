import random

from rhapsody_dask.attempts import Entry
from rhapsody_dask.line import Line
from rhapsody_dask.places import to_placement
from tests.dask_rigs import function


def entries(*described):
    made = []
    for seq, (group, priority) in enumerate(described):
        task = function(f"{group}:f", priority=priority)
        made.append(Entry(task, seq, to_placement(task)))
    return made


def drain(line, count=1):
    taken = []
    while some := line.take(count):
        taken.append(some)
    return taken


def test_by_priority_then_by_arrival():
    line = Line()
    made = entries(("a", 0), ("b", 5), ("a", 0), ("c", 5))
    for entry in made:
        line.push(entry)

    assert drain(line) == [[made[1]], [made[3]], [made[0]], [made[2]]]
    assert len(line) == 0


def test_only_one_group_at_a_time():
    line = Line()
    made = entries(("a", 0), ("b", 0), ("a", 0), ("b", 0), ("a", 0))
    for entry in made:
        line.push(entry)

    assert drain(line, 2) == [[made[0], made[2]], [made[1], made[3]], [made[4]]]


def test_a_second_attempt_goes_alone():
    line = Line()
    tasks = [function("a:f"), function("a:f", attempt=2), function("a:f")]
    made = [Entry(task, seq, to_placement(task)) for seq, task in enumerate(tasks)]
    for entry in made:
        line.push(entry)

    assert drain(line, 10) == [[made[0]], [made[1]], [made[2]]]


def test_what_is_put_back_has_its_old_turn():
    line = Line()
    made = entries(("a", 0), ("a", 0), ("b", 0), ("a", 0))
    for entry in made:
        line.push(entry)
    taken = line.take(2)

    line.put_back(taken)

    assert len(line) == 4
    assert drain(line, 9) == [[made[0], made[1], made[3]], [made[2]]]


def test_any_order_of_events_loses_and_repeats_nothing():
    chance = random.Random(7)
    for _ in range(200):
        line = Line()
        made = entries(*((chance.choice("abc"), chance.choice([0, 0, 1])) for _ in range(30)))
        coming, out, ended = list(made), [], set()
        while coming or len(line) or out:
            step = chance.random()
            if coming and step < 0.4:
                line.push(coming.pop(0))
            elif step < 0.7:
                out.extend([some] if (some := line.take(chance.randint(1, 4))) else [])
            elif out and step < 0.8:
                line.put_back(out.pop())
            elif out and step < 0.95:
                for entry in out.pop():
                    assert entry not in ended
                    entry.ended = True
                    ended.add(entry)
            elif (head := line.peek()) is not None:
                head.ended = True
                ended.add(head)
                line.forget()
        assert ended == set(made)
