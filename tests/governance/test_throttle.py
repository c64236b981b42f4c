"""Counting calls: per caller and minute, and never in the way when the cache is away."""

import logging
from typing import Any

import pytest
from django.core.cache import caches

from governance.web.throttles import _counted
from tests.houses import House


def test_calls_are_counted_one_by_one(db: None) -> None:
    assert [_counted("one") for _call in range(3)] == [1, 2, 3]
    assert _counted("two") == 1


def test_a_counter_that_vanishes_in_between_begins_anew(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when it runs out right after it was found standing."""
    cache = caches["default"]
    monkeypatch.setattr(type(cache), "add", lambda *_args, **_kwargs: False)
    assert _counted("vanished") == 1


def test_without_its_cache_the_api_answers_all_the_same(
    alpha: House, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caller = alpha.caller("pmo")
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
        }
    }
    with caplog.at_level(logging.WARNING):
        assert caller.get("portfolios/").status_code == 200
    assert "calls cannot be counted" in caplog.text
