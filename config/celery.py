"""The Celery application of worker, scheduler and whoever publishes."""

import os

from celery import Celery
from celery.signals import worker_shutting_down

from config.liveness import AliveFile
from config.role import OrdinaryRole
from config.stopping import begin_countdown

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("tollgate", task_cls="config.task:ProductTask")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.steps["worker"].add(AliveFile)
app.steps["worker"].add(OrdinaryRole)
# By name: these know models, and the counters' folder must be known before they are imported.
app.steps["worker"].add("config.observers:Observers")
app.steps["worker"].add("config.task_times:TaskTimes")
app.steps["worker"].add("config.metrics_port:MetricsPort")
worker_shutting_down.connect(begin_countdown)
