"""The order in which a cluster's processes are stopped: the highest first, those of one stage together."""

STAGE_STORE, STAGE_ENGINE, STAGE_API, STAGE_CONTROL, STAGE_NODE = 10, 20, 30, 40, 50
