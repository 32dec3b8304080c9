# SPDX-License-Identifier: ISC
"""A row of the table, and the results of its tries."""
import collections

Row = collections.namedtuple('Row', 'name fault promise tries')


class Tally:
    def __init__(self):
        self.tried = 0
        self.broken = []        # (where, what is wrong)
        self.ends = collections.Counter()
        self.longest = 0

    def add(self, where, wrong, end, seconds):
        self.tried += 1
        self.ends[end] += 1
        self.longest = max(self.longest, seconds)
        if wrong:
            self.broken.append((where, wrong))

    def seen(self):
        ends = ', '.join('%d %s' % (n, end)
                         for end, n in self.ends.most_common())
        if self.longest > 0:
            ends += '; %.2f s at most' % self.longest
        return '%d of %d (%s)' % (self.tried - len(self.broken), self.tried,
                                  ends)

    def kept(self):
        return not self.broken and self.tried > 0
