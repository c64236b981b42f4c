"""Which task wants to hear of which topic; apps fill it in `AppConfig.ready()`."""

_subscribers: dict[str, list[str]] = {}


def subscribe(topic: str, task: str) -> None:
    """Hand events of `topic` to the Celery task of that name; a second call changes nothing."""
    tasks = _subscribers.setdefault(topic, [])
    if task not in tasks:
        tasks.append(task)


def subscribers(topic: str) -> tuple[str, ...]:
    return tuple(_subscribers.get(topic, ()))
