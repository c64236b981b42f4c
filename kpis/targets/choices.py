"""Words of targets: of what kind of value they speak."""

from kpis.choices import EffectKind

# V7: a run-rate and a one-off amount are two targets and never one.
TARGET_KINDS = (EffectKind.RECURRING, EffectKind.ONE_OFF)
TARGET_KIND_CHOICES = [(kind.value, kind.label) for kind in TARGET_KINDS]
