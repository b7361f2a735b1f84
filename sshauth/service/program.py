"""All that a worker needs, loaded once: by the process that workers are forked from, see `supervisor`.

Loading is all that it does. What is there afterwards is hidden from the garbage collector, which would touch
it, and so copy it, in every worker: 20 MB each.
"""

import gc

gc.disable()

import sshauth.service.work  # noqa: E402, F401 - while nothing is collected

gc.freeze()
gc.enable()
