"""Rotations as pure functions on arrays, for numpy and torch alike.

Quaternions are ``wxyz`` on the last axis and rotate column vectors: ``rotate(multiply(a, b), v) ==
rotate(a, rotate(b, v))``. Angles are radians. Every function broadcasts over the leading axes.
"""

from __future__ import annotations

from typing import Any

from motionlcm.arrays import array_namespace

Array = Any  #: a numpy array or a torch tensor
_TINY = 1e-12


def multiply(a: Array, b: Array) -> Array:
    """Hamilton product of quaternions ``[... 4]``."""
    xp = array_namespace(a, b)
    aw, ax, ay, az = _components(a, 4)
    bw, bx, by, bz = _components(b, 4)
    return xp.stack(
        [
            aw * bw - ax * bx - ay * by - az * bz,
            aw * bx + ax * bw + ay * bz - az * by,
            aw * by - ax * bz + ay * bw + az * bx,
            aw * bz + ax * by - ay * bx + az * bw,
        ],
        axis=-1,
    )


def inverse(q: Array) -> Array:
    """Conjugate of unit quaternions ``[... 4]``."""
    xp = array_namespace(q)
    return xp.concat([q[..., :1], -q[..., 1:]], axis=-1)


def normalize(v: Array) -> Array:
    """Vectors ``[... N]`` of length one; a zero vector stays zero (and its gradient finite)."""
    xp = array_namespace(v)
    square = _square(v)
    is_zero = square < _TINY * _TINY
    length = xp.sqrt(xp.where(is_zero, xp.ones_like(square), square))
    return xp.where(is_zero, xp.zeros_like(v), v / length)


def cross(a: Array, b: Array) -> Array:
    """Cross product of vectors ``[... 3]``."""
    xp = array_namespace(a, b)
    ax, ay, az = _components(a, 3)
    bx, by, bz = _components(b, 3)
    return xp.stack([ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx], axis=-1)


def rotate(q: Array, v: Array) -> Array:
    """Rotate vectors ``[... 3]`` by unit quaternions ``[... 4]``."""
    xyz = q[..., 1:]
    twice = 2 * cross(*_broadcast(xyz, v))
    return v + q[..., :1] * twice + cross(*_broadcast(xyz, twice))


def between(u: Array, v: Array) -> Array:
    """Shortest rotation ``[... 4]`` that takes the direction of ``u`` to ``v``'s, both ``[... 3]``.

    Opposite directions turn by half a circle about an axis across ``u``; where either vector is
    zero the result is the identity.
    """
    xp = array_namespace(u, v)
    u, v = _broadcast(normalize(u), normalize(v))
    w = 1 + xp.sum(u * v, axis=-1, keepdims=True)
    q = xp.concat([w, cross(u, v)], axis=-1)

    # opposite directions leave the axis open: any that is across will do
    is_opposite = w < 1e-7
    x_axis = xp.concat([xp.ones_like(w), xp.zeros_like(w), xp.zeros_like(w)], axis=-1)
    z_axis = xp.concat([xp.zeros_like(w), xp.zeros_like(w), xp.ones_like(w)], axis=-1)
    across = normalize(cross(u, xp.where(xp.abs(u[..., :1]) < 0.9, x_axis, z_axis)))
    half_turn = xp.concat([xp.zeros_like(w), across], axis=-1)

    identity = xp.concat([xp.ones_like(w), xp.zeros_like(u)], axis=-1)
    is_zero = (_square(u) < 0.5) | (_square(v) < 0.5)
    return xp.where(is_zero, identity, normalize(xp.where(is_opposite, half_turn, q)))


def from_axis_angle(v: Array) -> Array:
    """Quaternions ``[... 4]`` of rotation vectors ``[... 3]`` (axis times angle in radians)."""
    xp = array_namespace(v)
    square = _square(v)
    is_small = square < 1e-8  # there the series, which has no division by the angle
    angle = xp.sqrt(xp.where(is_small, xp.ones_like(square), square))
    scale = xp.where(is_small, 0.5 - square / 48, xp.sin(angle / 2) / angle)
    w = xp.where(is_small, 1 - square / 8, xp.cos(angle / 2))
    return xp.concat([w, v * scale], axis=-1)


def to_axis_angle(q: Array) -> Array:
    """Rotation vectors ``[... 3]`` of unit quaternions ``[... 4]``, angle in [0, pi]."""
    xp = array_namespace(q)
    q = xp.where(q[..., :1] < 0, -q, q)
    square = xp.sum(q[..., 1:] ** 2, axis=-1, keepdims=True)
    is_small = square < 1e-12
    sine = xp.sqrt(xp.where(is_small, xp.ones_like(square), square))
    scale = xp.where(is_small, 2 * xp.ones_like(sine), 2 * xp.atan2(sine, q[..., :1]) / sine)
    return q[..., 1:] * scale


def from_yaw(angle: Array) -> Array:
    """Quaternions ``[... 4]`` that turn by ``angle`` ``[...]`` about +Y (from +Z towards +X)."""
    xp = array_namespace(angle)
    zero = xp.zeros_like(angle)
    return xp.stack([xp.cos(angle / 2), zero, xp.sin(angle / 2), zero], axis=-1)


def to_matrix(q: Array) -> Array:
    """Rotation matrices ``[... 3 3]`` of unit quaternions ``[... 4]``."""
    xp = array_namespace(q)
    w, x, y, z = _components(q, 4)
    rows = [
        xp.stack([1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)], axis=-1),
        xp.stack([2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)], axis=-1),
        xp.stack([2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)], axis=-1),
    ]
    return xp.stack(rows, axis=-2)


def from_matrix(m: Array) -> Array:
    """Unit quaternions ``[... 4]`` of rotation matrices ``[... 3 3]``.

    Of the four formulas that are equal, the best conditioned one is taken for each matrix.
    """
    xp = array_namespace(m)
    m00, m01, m02 = _components(m[..., 0, :], 3)
    m10, m11, m12 = _components(m[..., 1, :], 3)
    m20, m21, m22 = _components(m[..., 2, :], 3)

    candidates = [
        xp.stack([1 + m00 + m11 + m22, m21 - m12, m02 - m20, m10 - m01], axis=-1),
        xp.stack([m21 - m12, 1 + m00 - m11 - m22, m01 + m10, m02 + m20], axis=-1),
        xp.stack([m02 - m20, m01 + m10, 1 - m00 + m11 - m22, m12 + m21], axis=-1),
        xp.stack([m10 - m01, m02 + m20, m12 + m21, 1 - m00 - m11 + m22], axis=-1),
    ]

    best, best_size = candidates[0], candidates[0][..., 0]
    for index in (1, 2, 3):
        is_better = candidates[index][..., index] > best_size
        best = xp.where(is_better[..., None], candidates[index], best)
        best_size = xp.where(is_better, candidates[index][..., index], best_size)

    return normalize(best)


def to_6d(q: Array) -> Array:
    """First two columns of the rotation matrix, column after column, ``[... 6]``.

    Source: Zhou et al., CVPR 2019.
    """
    xp = array_namespace(q)
    m = to_matrix(q)
    return xp.concat([m[..., 0], m[..., 1]], axis=-1)


def from_6d(d: Array) -> Array:
    """Quaternions ``[... 4]`` of six numbers ``[... 6]``, made orthonormal by Gram-Schmidt."""
    xp = array_namespace(d)
    x, second = normalize(d[..., :3]), d[..., 3:]
    y = normalize(second - xp.sum(x * second, axis=-1, keepdims=True) * x)
    return from_matrix(xp.stack([x, y, cross(x, y)], axis=-1))


def from_euler(angles: Array, order: str) -> Array:
    """Quaternions of intrinsic Euler angles ``[... 3]``: ``"ZYX"`` is ``Rz(a0) Ry(a1) Rx(a2)``."""
    xp = array_namespace(angles)
    _check_order(order)

    q = None
    for index, axis in enumerate(order):
        half = angles[..., index] / 2
        parts = [xp.cos(half), xp.zeros_like(half), xp.zeros_like(half), xp.zeros_like(half)]
        parts[1 + "XYZ".index(axis)] = xp.sin(half)
        turn = xp.stack(parts, axis=-1)
        q = turn if q is None else multiply(q, turn)

    return q


def to_euler(q: Array, order: str) -> Array:
    """Intrinsic Euler angles ``[... 3]`` of unit quaternions about three axes, e.g. ``"ZYX"``.

    At the poles (middle angle of +-90 degrees) the third angle is zero.
    """
    xp = array_namespace(q)
    _check_order(order)
    i, j, k = ("XYZ".index(axis) for axis in order)
    sign = 1.0 if (j - i) % 3 == 1 else -1.0
    m = to_matrix(q)

    sine = xp.clip(sign * m[..., i, k], -1.0, 1.0)
    middle = xp.asin(sine)
    first = xp.atan2(-sign * m[..., j, k], m[..., k, k])
    third = xp.atan2(-sign * m[..., i, j], m[..., i, i])

    # at a pole only the sum of the two is known, and the first takes it
    is_pole = xp.abs(sine) > 1 - 1e-9
    first = xp.where(is_pole, xp.atan2(sign * m[..., k, j], m[..., j, j]), first)
    third = xp.where(is_pole, xp.zeros_like(third), third)
    return xp.stack([first, middle, third], axis=-1)


def make_continuous(q: Array, axis: int = 0) -> Array:
    """Flip signs so that neighbours in time of quaternions ``[... 4]`` are in one hemisphere."""
    xp = array_namespace(q)
    q = xp.moveaxis(q, axis, 0)

    dots = xp.sum(q[1:] * q[:-1], axis=-1, keepdims=True)
    steps = xp.where(dots < 0, -xp.ones_like(dots), xp.ones_like(dots))
    signs = xp.concat([xp.ones_like(q[:1, ..., :1]), xp.cumulative_prod(steps, axis=0)], axis=0)

    return xp.moveaxis(q * signs, 0, axis)


def slerp(a: Array, b: Array, t: Array) -> Array:
    """Spherical interpolation of quaternions ``[... 4]`` at ``t`` in [0, 1], broadcast."""
    xp = array_namespace(a, b)
    b = xp.where(xp.sum(a * b, axis=-1, keepdims=True) < 0, -b, b)
    step = to_axis_angle(multiply(inverse(a), b))
    return multiply(a, from_axis_angle(step * t[..., None]))


def _components(v: Array, count: int) -> list[Array]:
    """The numbers ``[...]`` of vectors ``[... count]``, one after the other."""
    return [v[..., index] for index in range(count)]


def _square(v: Array) -> Array:
    """Squared length of vectors, ``[... N] -> [... 1]``."""
    return array_namespace(v).sum(v * v, axis=-1, keepdims=True)


def _check_order(order: str) -> None:
    if sorted(order) != ["X", "Y", "Z"]:
        raise ValueError(f"rotation order must be a permutation of XYZ, got {order!r}")


def _broadcast(a: Array, b: Array) -> tuple[Array, Array]:
    xp = array_namespace(a, b)
    if a.shape == b.shape:
        return a, b
    return tuple(xp.broadcast_arrays(a, b))  # type: ignore[return-value]
