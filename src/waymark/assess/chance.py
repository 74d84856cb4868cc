"""Chance by counting: a uniform number for every (seed, draw, place), the same in any order and on any path.

A sitting must give the same questions when it is replayed from its seed, and a simulated person the same answers
whichever items the rules choose. So draws are a hash of what they are for, not the next number of a stream.
The mixer is Wellons' low-bias 32-bit hash; integers stay below 2^64 before the mask, so that compiled and
interpreted arithmetic agree.
"""

from math import cos, log, pi, sqrt
from typing import Final

from waymark.assess.compiling import compiled

MASK: Final = 0xFFFFFFFF
EVEN, SPAN = 1_024, 16
ELIGIBLE, ANSWER, LAPSE, TIME, NOISE, THOMPSON, PILOT = 1, 2, 3, 4, 5, 6, 7
"""What a draw is for, so that draws for different ends never coincide."""


@compiled
def mix(value: int) -> int:
    """Return a 32-bit hash of a 32-bit number."""
    x = int(value) & MASK
    x ^= x >> 16
    x = (x * 0x7FEB352D) & MASK
    x ^= x >> 15
    x = (x * 0x846CA68B) & MASK
    return x ^ (x >> 16)


@compiled
def draw_uniform(seed: int, end: int, place: int) -> float:
    """Return a number strictly between 0 and 1 for a 62-bit seed, an end (one of the constants) and a place."""
    low, high = int(seed) & MASK, (int(seed) >> 32) & MASK
    start = mix(mix(mix(low) ^ high) ^ ((int(end) * 0x9E3779B9) & MASK))
    first = mix(start ^ (int(place) & MASK))
    second = mix(first ^ 0x85EBCA6B)
    return (float(first >> 5) * 67108864.0 + float(second >> 6) + 0.5) / 9007199254740992.0


@compiled
def draw_normal(seed: int, end: int, place: int) -> float:
    """Return a standard normal number (Box & Muller 1958)."""
    radius = sqrt(-2.0 * log(draw_uniform(seed, end, 2 * place)))
    return radius * cos(2.0 * pi * draw_uniform(seed, end, 2 * place + 1))


@compiled
def derive_seed(seed: int, number: int) -> int:
    """Return the 62-bit seed of sitting `number` under a seed of a whole run.

    The odd constant keeps the upper half from being a plain `mix` of the lower, which draws would cancel.
    """
    low = mix(mix(int(seed) & MASK) ^ (int(number) & MASK))
    high = mix((mix((int(seed) >> 32) & MASK) ^ low ^ ((int(number) >> 32) & MASK)) + 0x9E3779B9)
    return ((high & 0x3FFFFFFF) << 32) | low


@compiled
def draw_evenly(seed: int, end: int, place: int, number: int) -> float:
    """Return a uniform number that consecutive numbers spread evenly: a Latin hypercube over blocks of EVEN numbers.

    For a given place each block of EVEN consecutive `number`s falls once into each of EVEN equal parts of (0, 1), and
    each run of SPAN within it once into each of SPAN, in an order of its own (McKay, Beckman & Conover 1979; nested as
    in Owen 1995); over all seeds each draw alone is uniform.
    """
    block, rest = int(number) // EVEN, int(number) % EVEN
    key = mix(
        mix(int(seed) & MASK) ^ (((int(seed) >> 32) & MASK) + 7919 * int(end) & MASK) ^ mix(int(place) + 65537 * block)
    )
    run, turn = rest // SPAN, rest % SPAN
    cell = shuffle(turn, mix(key ^ (2 * run + 1)), SPAN)
    part = cell * (EVEN // SPAN) + shuffle(run, mix(key ^ (2 * cell + 2)), EVEN // SPAN)
    within = draw_uniform(seed, end, mix(int(place)) ^ (int(number) & MASK))
    return (part + within) / EVEN


@compiled
def shuffle(place: int, key: int, size: int) -> int:
    """Map 0 .. size - 1 (a power of two up to 1,024) onto itself, in an order that hangs on a 32-bit key."""
    found = place
    for turn in range(3):
        found = (found ^ (key >> (10 * turn))) % size
        found = (found * (2 * ((key >> (5 * turn)) % size) + 1) + 1 + turn) % size
        found = found ^ (found >> 2)
    return found
