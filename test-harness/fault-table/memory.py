# SPDX-License-Identifier: ISC
"""Let an allocation of an operation fail, or all from one on."""
import os
import signal

import inject
import promises
from row import Row, Tally

# More than the allocations of any operation.
MOST = 3000

# Without memory, max_per_user is not enforced in this sweep, which is logged.
LIMIT = promises.LIMIT._replace(loses=set())

OPERATIONS = [promises.GRANT, promises.REFRESH, promises.REBUILD,
              promises.EVICT, promises.TAKE_OVER, promises.BEGIN,
              promises.REMOVE] + [
                  LIMIT if op is promises.LIMIT else op
                  for op in promises.SWEEPS]


def short(world, command, at, on):
    """Run COMMAND, and let its allocation AT fail; with ON, also all later ones.
    Return the run, and whether COMMAND came to that allocation."""
    told = world.path('nomemory')
    if os.path.exists(told):
        os.unlink(told)
    with open(told, 'w'):
        os.chmod(told, 0o666)
    done = inject.run(command, env={
        'LD_PRELOAD': world.built + '/test/nomemory.so',
        'NOMEMORY_AT': '%d%s' % (at, '+' if on else ''),
        'NOMEMORY_MET': told})
    if done.status in (-signal.SIGABRT, -signal.SIGSEGV) and \
            command[0] == world.sweeper()[0] and untouched(world):
        return done._replace(status=1, err=''), True
    # A program that crashed reports nothing, but must be counted.
    crashed = done.status is None or done.status < 0
    return done, crashed or os.path.getsize(told) > 0


def untouched(world):
    """Return whether no file has changed since put()."""
    now = {name: os.stat(world.path(name)).st_mtime_ns
           for name in world.names()}
    return now in [{name: st.st_mtime_ns for name, (_, st) in image.items()}
                   for image in world.images.values()]


def memory_row(op, on):
    def tries(world):
        tally = Tally()
        for at in range(1, MOST):
            before = tally.tried
            promises.attempt(
                world, op, tally, 'allocation %d' % at,
                lambda command: short(world, command, at, on))
            if tally.tried == before:
                break
        return tally
    return Row(op.name, 'no memory at each allocation, '
               + ('and ever after' if on else 'once'),
               'the map stays; yes is yes; the next goes on'
               + ('; but glibc may crash when it looks up the user, before '
                  'anything is done' if op.name.startswith('sweep') else ''), tries)


def rows(operations=None):
    for op in operations or OPERATIONS:
        for on in (False, True):
            yield memory_row(op, on)
