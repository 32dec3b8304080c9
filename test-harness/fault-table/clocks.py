# SPDX-License-Identifier: ISC
"""The clock is set wrong, and then right again."""
import os
import time

import inject
import promises
from row import Row, Tally
from world import NEW, NEXT, SAVED, STRANGER, UNSAVED, WINDOW

DAY, YEAR = 24 * 3600, 365 * 24 * 3600
JUMPS = [('a day forward', DAY), ('a year forward', YEAR),
         ('a day back', -DAY), ('a year back', -YEAR)]
CLOCKED = os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), 'programs', 'clocked')


class Clock:
    """The clock of the commands that are run by run()."""

    def __init__(self, world):
        self.file = world.path('clock')
        self.by = 0

    def set(self, by):
        self.by = by
        with open(self.file + '.new', 'w') as out:
            out.write('%+d\n' % by)
        os.rename(self.file + '.new', self.file)

    def run(self, command):
        done = inject.run([CLOCKED] + command,
                          env={'CLOCK_FILE': self.file})
        # faketime leaves files of each process.
        with open(self.file + '.pids') as pids:
            for pid in pids.read().split():
                for name in ('faketime_shm_', 'sem.faketime_sem_'):
                    if os.path.exists('/dev/shm/' + name + pid):
                        os.unlink('/dev/shm/' + name + pid)
        os.unlink(self.file + '.pids')
        return done

    def may(self, world):
        done = self.run(world.tool('list'))
        return {line.split('\t')[0] for line in done.out.splitlines()
                if done.status == 0}

    def too_long(self, world):
        """Return the entries that expire later than a window from now."""
        end = time.time() + self.by + WINDOW + 5
        return [address for address, (_, expires)
                in (world.plain() or {}).items() if expires > end]


def jump(world, op, by):
    """Set the clock by BY seconds, do OP, sweep, set the clock right, log in and
    sweep.  Return what is wrong."""
    clock = Clock(world)
    world.put('whole')
    clock.set(by)
    may = clock.may(world)
    wrong = ['lets in at once: ' + promises.few(may)] if may else []
    done = clock.run(op.command(world))
    wrong += promises.ended(op, done, False)
    if done.status != 0:
        wrong.append('it fails: ' + done.err)
    if op.gains - clock.may(world):
        wrong.append('acknowledged, and not there: ' + promises.few(op.gains))
    swept = clock.run(world.sweeper())
    if swept.status != 0:
        wrong.append('the sweep fails: ' + swept.err)
    may = clock.may(world)
    wanted = set(op.gains)
    if by < 0:
        wanted |= set(SAVED) | {UNSAVED}
    if wanted - may:
        wrong.append('lost: ' + promises.few(wanted - may))
    if STRANGER in may or clock.too_long(world):
        wrong.append('lets in too long: '
                     + promises.few(clock.too_long(world)))
    clock.set(0)
    login = clock.run(world.tool('record', NEXT, 'amy', 'imap'))
    swept = clock.run(world.sweeper())
    if login.status != 0 or swept.status != 0:
        wrong.append('it does not go on: ' + login.err + swept.err)
    may = clock.may(world)
    if NEXT not in may or may - promises.granted(op):
        wrong.append('back again, it lets in: ' + promises.few(may))
    if clock.too_long(world):
        wrong.append('back again, it lets in too long: '
                     + promises.few(clock.too_long(world)))
    return wrong, done.seconds


def clock_row(name, by):
    def tries(world):
        tally = Tally()
        for op in (promises.GRANT, promises.REFRESH, promises.SAVE):
            wrong, seconds = jump(world, op, by)
            tally.add(op.name, wrong, 'went on', seconds)
        return tally
    lost = 'entries expire early' if by > 0 else \
        'nobody is let in until a sweep or a login'
    return Row('the clock', 'set ' + name + ', and right again',
               lost + '; nobody for longer than a window', tries)


def rows():
    for name, by in JUMPS:
        yield clock_row(name, by)
