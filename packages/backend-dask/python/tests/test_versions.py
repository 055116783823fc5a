from rhapsody_dask.versions import find_mismatch


def versions(python="3.11.7.final.0", distributed="2026.8.0", cloudpickle="3.1.2"):
    return {"host": {"python": python}, "packages": {"distributed": distributed, "cloudpickle": cloudpickle}}


def test_the_same_and_nearly_the_same_fit():
    assert find_mismatch(versions(), versions(), "it") is None
    assert find_mismatch(versions(), versions(python="3.11.9.final.0", cloudpickle="3.0.0"), "it") is None


def test_others_are_named_on_both_sides_with_the_fix():
    told = find_mismatch(
        versions(), versions(python="3.12.1.final.0", distributed="2025.1.0", cloudpickle="2.0.0"), "the scheduler tcp://a:1"
    )

    assert told is not None
    assert told.startswith("the scheduler tcp://a:1 has Python 3.12.1 there and 3.11.7 here, distributed 2025.1.0 there and 2026.8.0 here")
    assert "an environment with Python 3.12, distributed==2025.1.0 and cloudpickle==2.0.0" in told
