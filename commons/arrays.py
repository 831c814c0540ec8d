"""Arrays by what they hold. The shape stands where one is made or taken: ``# (n, d)``; a lone vector is ``(d,)``.

Here and not beside their first use, so that a signature that names one can be resolved wherever it is read.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]  # (n, d), one row a text; of length 1 where not said otherwise
Scores = npt.NDArray[np.float32]  # (n,) one number a candidate
Positions = npt.NDArray[np.int64]  # (n,) or (n, k), rows of an index
Mask = npt.NDArray[np.bool_]  # (n,) which rows of an index count
