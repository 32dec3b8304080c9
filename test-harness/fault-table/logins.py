# SPDX-License-Identifier: ISC
"""Log in to a real Dovecot over IMAP while something is wrong: no login fails."""
import contextlib
import os

import damage
import full
import inject
import promises
from row import Row, Tally
from world import NEW

CLIENT = os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), 'programs', 'client')
PROMISE = 'the client is logged in; nobody else is let in; it is mended'


def login(port, tally, world, where, mend=lambda: None, excused=frozenset(),
          aside=True):
    """Log in; let MEND end the fault; then log in again, and sweep."""
    op = promises.GRANT
    done = inject.run([CLIENT, 'imap', '127.0.0.1', str(port), '--from', NEW])
    wrong = [] if done.status == 0 and 'Logged in' in done.out else [
        'the login fails: ' + done.out + done.err]
    wrong += promises.let_in(world, promises.granted(op))
    yes = NEW in (world.listed() or set())
    mend()
    wrong += promises.healed(world, op, yes, excused, aside)
    tally.add(where, wrong, 'granted at once' if yes else 'granted later',
              done.seconds)


def damaged_row(port, name, image):
    lost, why = damage.LOST.get(name, (set(), ''))

    def tries(world):
        tally = Tally()
        for kind, how in damage.DAMAGES:
            damage.damaged(world, [name], image, how)
            login(port, tally, world, kind, excused=set(lost))
        return tally
    return Row('a login over IMAP', os.path.basename(name) + ' is '
               + ', '.join(kind for kind, _ in damage.DAMAGES), PROMISE, tries)


def held_row(port):
    def tries(world):
        tally = Tally()
        for name in 'run/relay.lock', 'run/relay.gdbm':
            world.put('whole')
            with contextlib.ExitStack() as held:
                held.enter_context(world.held(name))
                login(port, tally, world, name, held.close)
        return tally
    return Row('a login over IMAP', 'another process holds the lock, or that of '
               'the map', PROMISE, tries)


def full_row(port):
    def tries(world):
        tally = Tally()
        for free in range(8):
            world.put('whole')
            full.fill(world, 'run', free)
            login(port, tally, world, '%d pages' % free,
                  lambda: os.unlink(world.path('run/filler')), aside=False)
        return tally
    return Row('a login over IMAP', 'a full disk, with 0 to 7 free pages',
               PROMISE, tries)


def gone_row(port):
    """Return the row in which the folder is missing, or nobody may enter it."""
    def tries(world):
        tally = Tally()
        run, away = world.path('run'), world.path('away')
        world.put('whole')
        os.rename(run, away)
        login(port, tally, world, 'missing', lambda: os.rename(away, run))
        world.put('whole')
        os.chmod(run, 0)
        login(port, tally, world, 'closed', lambda: os.chmod(run, 0o2770))
        return tally
    return Row('a login over IMAP', 'the folder is missing, or closed',
               PROMISE, tries)


def rows(port):
    for name, image in damage.FILES:
        yield damaged_row(port, name, image)
    yield held_row(port)
    yield full_row(port)
    yield gone_row(port)
