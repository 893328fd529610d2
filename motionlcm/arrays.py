"""The functions of an array's own library, so that one formula serves numpy and torch."""

from __future__ import annotations

from typing import Any

import numpy as np

#: numpy 2.1 and later follow the array API standard by themselves
_IS_STANDARD = hasattr(np, "cumulative_prod")


def array_namespace(*values: Any) -> Any:
    """The library where ``concat``, ``where``, ``cumulative_sum`` and so on live for these arrays.

    Plain numpy where that will do: array-api-compat's own numpy namespace loads all of numpy, f2py
    and its test tools included (0.1 s of a command that should take one), and looks long at each
    array.
    """
    if _IS_STANDARD and all(isinstance(value, np.ndarray | np.generic) for value in values):
        return np

    import array_api_compat

    return array_api_compat.array_namespace(*values)
