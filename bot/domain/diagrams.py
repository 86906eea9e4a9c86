"""Decision diagrams: functions over all signals at once, to prove a law for every state.

A function is the number of a node; 0 is false and 1 is true. Equal functions have equal numbers
(Bryant 1986), so a law holds exactly where the function of its violations is 0. This covers each of
the 2^n states without listing them, which a loop over about eighty signals could not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.domain.conditions import Condition, bits_of

Node = int
FALSE: Node = 0
TRUE: Node = 1


class Diagrams:
    """A store of functions over signals, in a fixed order of variables."""

    def __init__(self, order: Sequence[int]) -> None:
        self._level = {bit: level for level, bit in enumerate(order)}
        self._order = tuple(order)
        last = len(order)
        self._nodes: list[tuple[int, Node, Node]] = [(last, 0, 0), (last, 1, 1)]
        self._known: dict[tuple[int, Node, Node], Node] = {}
        self._chosen: dict[tuple[Node, Node, Node], Node] = {}

    def of(self, condition: Condition) -> Node:
        """Return the function of a condition."""
        return self.any(self._term(on, off) for on, off in condition.terms)

    def state(self, on: int, of_bits: int) -> Node:
        """Return the function that holds where just these of the given signals are on."""
        return self._term(on, of_bits & ~on)

    def both(self, one: Node, other: Node) -> Node:
        """Return the conjunction."""
        return self._choose(one, other, FALSE)

    def either(self, one: Node, other: Node) -> Node:
        """Return the disjunction."""
        return self._choose(one, TRUE, other)

    def but_not(self, one: Node, other: Node) -> Node:
        """Return where the first holds and the second does not."""
        return self._choose(other, FALSE, one)

    def any(self, functions: Iterable[Node]) -> Node:
        """Return the disjunction of functions."""
        joined = FALSE
        for function in functions:
            joined = self.either(joined, function)
        return joined

    def fixed(self, function: Node, on: int, off: int) -> Node:
        """Return the function with some signals set; it no longer depends on them."""
        known: dict[Node, Node] = {}

        def walk(node: Node) -> Node:
            if node <= TRUE:
                return node
            if node not in known:
                level, low, high = self._nodes[node]
                bit = self._order[level]
                if bit & on:
                    known[node] = walk(high)
                elif bit & off:
                    known[node] = walk(low)
                else:
                    known[node] = self._node(level, walk(low), walk(high))
            return known[node]

        return walk(function)

    def count(self, function: Node) -> int:
        """Return in how many states the function holds."""
        known: dict[Node, int] = {FALSE: 0, TRUE: 1}

        def walk(node: Node) -> int:
            if node not in known:
                level, low, high = self._nodes[node]
                known[node] = sum(
                    walk(child) << (self._nodes[child][0] - level - 1) for child in (low, high)
                )
            return known[node]

        return walk(function) << self._nodes[function][0]

    def example(self, function: Node) -> int | None:
        """Return one state in which the function holds, with as few signals on as it finds."""
        if function == FALSE:
            return None
        state = 0
        node = function
        while node != TRUE:
            level, low, high = self._nodes[node]
            node = low if low != FALSE else high
            state |= 0 if node == low else self._order[level]
        return state

    def _term(self, on: int, off: int) -> Node:
        node = TRUE
        for bit in sorted(bits_of(on | off), key=lambda bit: -self._level[bit]):
            low, high = (FALSE, node) if bit & on else (node, FALSE)
            node = self._node(self._level[bit], low, high)
        return node

    def _node(self, level: int, low: Node, high: Node) -> Node:
        if low == high:
            return low
        key = (level, low, high)
        if key not in self._known:
            self._known[key] = len(self._nodes)
            self._nodes.append(key)
        return self._known[key]

    def _choose(self, which: Node, then: Node, other: Node) -> Node:
        """Return `then` where `which` holds and `other` elsewhere."""
        if which <= TRUE:
            return then if which else other
        if then == other:
            return then
        if (then, other) == (TRUE, FALSE):
            return which
        key = (which, then, other)
        if key not in self._chosen:
            level = min(self._nodes[node][0] for node in key)
            lows, highs = zip(*(self._split(node, level) for node in key), strict=True)
            self._chosen[key] = self._node(level, self._choose(*lows), self._choose(*highs))
        return self._chosen[key]

    def _split(self, node: Node, level: int) -> tuple[Node, Node]:
        at, low, high = self._nodes[node]
        return (low, high) if at == level else (node, node)
