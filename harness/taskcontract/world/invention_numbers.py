"""A node as a number: what it is bound to, or one."""

from __future__ import annotations

from typing import Any

from taskcontract.world.invention_tree import Leaf


class Numeric:
    """Arithmetic on a leaf; using it is what tells that the leaf is a number."""

    __slots__ = ()
    _tc_leaf: Leaf

    def _tc_text(self) -> str:
        """What it is as text."""
        return self._tc_leaf.text

    def __int__(self) -> int:
        return int(self._tc_leaf.number_value())

    __index__ = __int__

    def __float__(self) -> float:
        return float(self._tc_leaf.number_value())

    def __round__(self, digits: int | None = None) -> Any:
        return round(self._tc_leaf.number_value(), digits)

    def __neg__(self) -> Any:
        return -self._tc_leaf.number_value()

    def __abs__(self) -> Any:
        return abs(self._tc_leaf.number_value())

    def __sub__(self, other: Any) -> Any:
        return self._tc_leaf.number_value() - _operand(other)

    def __rsub__(self, other: Any) -> Any:
        return other - self._tc_leaf.number_value()

    def __mul__(self, other: Any) -> Any:
        return self._tc_leaf.number_value() * _operand(other)

    def __rmul__(self, other: Any) -> Any:
        return other * self._tc_leaf.number_value()

    def __truediv__(self, other: Any) -> Any:
        return self._tc_leaf.number_value() / _operand(other)

    def __rtruediv__(self, other: Any) -> Any:
        if not isinstance(other, (int, float)):  # a path, which joins text
            return other / self._tc_text()
        return other / self._tc_leaf.number_value()

    def __floordiv__(self, other: Any) -> Any:
        return self._tc_leaf.number_value() // _operand(other)

    def __rfloordiv__(self, other: Any) -> Any:
        return other // self._tc_leaf.number_value()

    def __mod__(self, other: Any) -> Any:
        return self._tc_leaf.number_value() % _operand(other)

    def __rmod__(self, other: Any) -> Any:
        if isinstance(other, str):
            return str.__mod__(other, self)
        return other % self._tc_leaf.number_value()


def _operand(other: Any) -> Any:
    return other._tc_leaf.number_value() if isinstance(other, Numeric) else other
