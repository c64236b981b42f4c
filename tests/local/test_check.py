"""`make check` runs everything, reports everything and fails when anything failed."""

import sys

import pytest

from local import check

GOOD = (sys.executable, "-c", "print('quiet when good')")
BAD = (sys.executable, "-c", "print('what went wrong'); raise SystemExit(3)")


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setattr(check, "STEPS", (check.Step("first", BAD), check.Step("second", GOOD)))
    monkeypatch.setattr(check, "TESTS", (sys.executable, "-c", "print('12 passed')"))
    return monkeypatch


def test_a_failed_step_hides_no_other_and_the_tests_close_the_output(
    steps: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert check.check() == 1
    told = capfd.readouterr().out
    assert "FAIL" in told
    assert "what went wrong" in told
    assert "second" in told
    assert "quiet when good" not in told
    assert told.rstrip().endswith("12 passed")


def test_all_good_is_good(steps: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    steps.setattr(check, "STEPS", (check.Step("only", GOOD),))
    assert check.check() == 0
    assert "all passed" in capfd.readouterr().out


def test_failing_tests_fail_the_check(steps: pytest.MonkeyPatch) -> None:
    steps.setattr(check, "STEPS", (check.Step("only", GOOD),))
    steps.setattr(check, "TESTS", BAD)
    assert check.check() == 1


def test_external_servers_come_as_a_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REDIS_URL", raising=False)
    with pytest.raises(SystemExit, match="REDIS_URL"):
        check.check_external()
