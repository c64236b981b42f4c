"""A Celery application on the product's broker settings; its one task leaves a file."""

import os
import time
from pathlib import Path

from celery import Celery

from config.broker import broker_settings
from config.env import read_env

app = Celery("marking", set_as_current=False)
app.config_from_object(broker_settings(read_env()), namespace="CELERY")


@app.task(name="tests.mark")
def mark(number: int) -> None:
    """Work a moment, then leave a file: twice is as good as once."""
    time.sleep(0.1)
    (Path(os.environ["MARK_FOLDER"]) / str(number)).touch()
