"""How a confined child begins: ``python -P -m commons.sandbox.child_start MODULE`` runs ``MODULE`` as the program, and spares it seconds.

Starting costs such a process more than most files do, and a landing starts several. ``quick_start`` says what is spared; here it is for
good, as nothing that a child reads ever is an array of pandas, and until ``confinement.enter``, which looks for garbage again.
"""

from __future__ import annotations

import gc
import runpy
import sys

from commons.quick_start import WithoutPandas

if __name__ == "__main__":
    gc.disable()
    sys.meta_path.insert(0, WithoutPandas())
    runpy.run_module(sys.argv[1], run_name="__main__", alter_sys=True)
