"""Compiled tables of one column with many: rows of bits, added up group by group.

A line holds one bit for each level but the last of each of many columns. The rows of
one level of a partner are a group: the sum of its lines is a row of the table of the
partner with every one of these columns. Lines are added 512 bits at a time by full
adders, which take two instructions on 512 pairs of bits. So a row costs the same
however many levels the partner has, and its bits are read once for all columns.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from skmi.information._kernels_cache import kernel
from skmi.information._kernels_pairs import fixed_term
from skmi.information._kernels_vectors import (
    N_BITS,
    N_WORDS,
    add_planes,
    both,
    load,
    majority,
    parity,
    store,
    xor,
    zeros,
)

# Rows of a chunk and a line of zeros: the word that a line begins with fits 16 bits,
# and the lines fit the second cache.
CHUNK = 8192
CHUNK_WORDS = CHUNK * N_WORDS
# Groups are filled up to a multiple of this with the line of zeros.
STEP = 16
# Rows whose bits are written together, so that they stay in the first cache.
_FEW = 128


@kernel
def write_lines(codes, n_levels, bits):
    """Set the bits of columns of codes (n_columns, n_rows); bits are zeros before.

    Line 0 of each chunk stays zeros. A code of the last level sets no bit.
    """
    n_columns, n_rows = codes.shape
    words = np.empty(_FEW, dtype=np.uint64)
    for first in range(0, n_rows, CHUNK - 1):
        after = min(first + CHUNK - 1, n_rows)
        # Line of the first row of the chunk, after the lines of zeros so far.
        line = first + first // (CHUNK - 1) + 1
        for few in range(first, after, _FEW):
            n_few = min(_FEW, after - few)
            column, start = 0, 0
            for w in range(N_WORDS):
                words[:] = 0
                while column < n_columns:
                    n_bits = n_levels[column] - 1
                    _set_bits(words, codes[column, few : few + n_few], start, n_bits)
                    if start + n_bits > 64:
                        # The rest of its bits begins the next word.
                        start -= 64
                        break
                    start += n_bits
                    column += 1
                else:
                    start += 64
                place = np.uintp((line + few - first) * N_WORDS + w)
                for k in range(n_few):
                    bits[place] = words[k]
                    place += np.uintp(N_WORDS)


@kernel
def _set_bits(words, codes, start, n_bits):
    """Set bit start + code in the word of each row, where it lies in the word."""
    for k in range(codes.size):
        code = np.int64(codes[k])
        bit = np.uint64(start + code)
        lies = np.uint64((bit < np.uint64(64)) & (code < n_bits))
        words[k] |= lies << (bit & np.uint64(63))


@kernel
def sort_rows(codes, n_levels, target, n_target, orders, ends, sizes):
    """Put rows into groups of one level of a column and of the target.

    codes (n_columns, n_rows). orders (n_columns, n_chunks, room) gets the words at
    which the lines of the groups begin, ends (n_columns, n_chunks, n_groups) where the
    groups end in it, sizes (n_columns, n_groups) their rows in all chunks.
    """
    n_columns, n_rows = codes.shape
    groups = np.empty(min(n_rows, CHUNK - 1), dtype=np.uint16)
    for i in range(n_columns):
        n_groups = n_levels[i] * n_target
        sizes[i, :n_groups] = 0
        for chunk in range(orders.shape[1]):
            first = chunk * (CHUNK - 1)
            some = codes[i, first : first + CHUNK - 1]
            labels = target[first : first + CHUNK - 1]
            n_some = np.uintp(some.size)
            for k in range(n_some):
                groups[k] = np.uint16(some[k]) * np.uint16(n_target) + np.uint16(
                    labels[k]
                )
            order, place = orders[i, chunk], ends[i, chunk]
            place[:n_groups] = 0
            for k in range(n_some):
                place[groups[k]] += np.uint32(1)
            start = np.uint32(0)
            for g in range(n_groups):
                size = place[g]
                place[g] = start
                sizes[i, g] += size
                start += _filled(size)
            order[:start] = 0
            for k in range(n_some):
                order[place[groups[k]]] = (k + np.uintp(1)) * np.uintp(N_WORDS)
                place[groups[k]] += np.uint32(1)
            for g in range(n_groups):
                place[g] = _filled(place[g])


@kernel
def _filled(size):
    """Return a number of lines rounded up to whole steps."""
    return (size + np.uint32(STEP - 1)) // np.uint32(STEP) * np.uint32(STEP)


@njit(inline="always")
def _add_four(bits, order, k, ones, twos):
    """Add four lines; return the new digits and the carry to the fours."""
    a = load(bits, order[k])
    b = load(bits, order[k + np.uintp(1)])
    carry = majority(ones, a, b)
    ones = parity(ones, a, b)
    a = load(bits, order[k + np.uintp(2)])
    b = load(bits, order[k + np.uintp(3)])
    other = majority(ones, a, b)
    ones = parity(ones, a, b)
    return ones, parity(twos, carry, other), majority(twos, carry, other)


@kernel
def add_lines(bits, order, ends, n_groups, planes, counts):
    """Add the lines of each group to its 512 counts."""
    start = np.uintp(0)
    for g in range(n_groups):
        stop = np.uintp(ends[g])
        n_planes = 4
        while (stop - start) >> np.uintp(n_planes) > 0:
            n_planes += 1
        ones = zeros()
        twos = zeros()
        fours = zeros()
        eights = zeros()
        for p in range(4, n_planes):
            store(planes, p * N_WORDS, zeros())
        for k in range(start, stop, np.uintp(STEP)):
            ones, twos, a = _add_four(bits, order, k, ones, twos)
            ones, twos, b = _add_four(bits, order, k + np.uintp(4), ones, twos)
            c = majority(fours, a, b)
            fours = parity(fours, a, b)
            ones, twos, a = _add_four(bits, order, k + np.uintp(8), ones, twos)
            ones, twos, b = _add_four(bits, order, k + np.uintp(12), ones, twos)
            d = majority(fours, a, b)
            fours = parity(fours, a, b)
            carry = majority(eights, c, d)
            eights = parity(eights, c, d)
            for p in range(4, n_planes):
                digit = load(planes, p * N_WORDS)
                store(planes, p * N_WORDS, xor(digit, carry))
                carry = both(digit, carry)
        store(planes, 0, ones)
        store(planes, N_WORDS, twos)
        store(planes, 2 * N_WORDS, fours)
        store(planes, 3 * N_WORDS, eights)
        add_planes(planes, n_planes, counts, g * N_BITS)
        start = stop


@kernel
def _add_terms(counts, bit, size, n_levels, first, terms, sums):
    """Add the terms of one row of the tables of columns from ``first`` on.

    The row holds ``size`` rows of data; its counts of column ``first`` begin at
    ``bit``.
    """
    k = np.uintp(bit)
    for j in range(first, n_levels.size):
        n_counts = np.uintp(n_levels[j] - 1)
        rest = size
        total = np.int64(0)
        # One test for all counts, none of which exceeds the size. Inside the loop it
        # would make LLVM compute every logarithm.
        if size < terms.lookup.size:
            for b in range(n_counts):
                rest -= counts[k + b]
                total += terms.lookup[counts[k + b]]
            total += terms.lookup[rest]
        else:
            for b in range(n_counts):
                rest -= counts[k + b]
                total += fixed_term(float(counts[k + b]), terms.offset, terms.scale)
            total += fixed_term(float(rest), terms.offset, terms.scale)
        k += n_counts
        sums[j] += total


@kernel
def _sum_terms(counts, sizes, n_levels, n_target, levels, start, bit, terms, sums):
    """Sum the terms of the tables of one partner, without and with the target."""
    sums[:] = 0
    merged = counts[n_levels * n_target * N_BITS :]
    for level in range(n_levels):
        if n_target == 1:
            size = np.uint64(sizes[level])
            group = counts[level * N_BITS :]
            _add_terms(group, bit, size, levels, start, terms, sums[0])
            continue
        merged[:N_BITS] = 0
        whole = np.uint64(0)
        for g in range(level * n_target, (level + 1) * n_target):
            size = np.uint64(sizes[g])
            whole += size
            group = counts[g * N_BITS :]
            for k in range(N_BITS):
                merged[k] += group[k]
            _add_terms(group, bit, size, levels, start, terms, sums[1])
        _add_terms(merged, bit, whole, levels, start, terms, sums[0])


@kernel
def block_entropies(
    bits,
    levels,
    columns,
    partners,
    rows,
    n_target,
    terms,
    symmetric,
    counts,
    planes,
    pair,
    triple,
):
    """Write N times the entropies of the columns of a block with each partner.

    bits are the lines of the block, levels and columns the numbers of levels of its
    columns and their places in the result; rows the places of the partners. Where the
    result is symmetric only places right of the diagonal are written. counts
    (n_together, n_groups * 512 + 512) and planes are working space.
    """
    n_columns, n_partners = levels.size, partners.n_levels.size
    sums = np.empty((2, n_columns), dtype=np.int64)
    for some in range(0, n_partners, counts.shape[0]):
        few = min(some + counts.shape[0], n_partners)
        for i in range(some, few):
            counts[i - some, : partners.n_levels[i] * n_target * N_BITS] = 0
        for chunk in range(partners.orders.shape[1]):
            lines = bits[chunk * CHUNK_WORDS :]
            if not symmetric:
                seen = np.uint64(0)
                n_here = min(CHUNK, (bits.size - chunk * CHUNK_WORDS) // N_WORDS)
                for line in range(n_here):
                    seen |= lines[line * N_WORDS]
                planes[0] = seen
            for i in range(some, few):
                if symmetric and columns[-1] <= rows[i]:
                    continue
                order, ends = partners.orders[i, chunk], partners.ends[i, chunk]
                n_groups = partners.n_levels[i] * n_target
                add_lines(lines, order, ends, n_groups, planes, counts[i - some])
        for i in range(some, few):
            start, bit = 0, 0
            while symmetric and start < n_columns and columns[start] <= rows[i]:
                bit += levels[start] - 1
                start += 1
            if start == n_columns:
                continue
            n_levels, sizes = partners.n_levels[i], partners.sizes[i]
            _sum_terms(
                counts[i - some],
                sizes,
                n_levels,
                n_target,
                levels,
                start,
                bit,
                terms,
                sums,
            )
            for j in range(start, n_columns):
                pair[rows[i], columns[j]] = terms.whole - sums[0, j]
                if n_target > 1:
                    triple[rows[i], columns[j]] = terms.whole - sums[1, j]


@kernel
def all_entropies(
    bits, ends, levels, columns, partners, n_target, terms, counts, planes, pair, triple
):
    """Write N times the entropies of the columns of all blocks with one partner.

    bits (n_blocks, n_words); a block begins where the one before ends.
    """
    rows = np.zeros(1, dtype=np.int64)
    first = 0
    for k in range(ends.size):
        block_entropies(
            bits[k],
            levels[first : ends[k]],
            columns[first : ends[k]],
            partners,
            rows,
            n_target,
            terms,
            False,
            counts,
            planes,
            pair,
            triple,
        )
        first = ends[k]
