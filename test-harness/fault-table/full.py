# SPDX-License-Identifier: ISC
"""A small tmpfs with a few free pages, in the place of a folder."""
import contextlib
import os
import subprocess

import inject
import promises
from row import Row, Tally

PAGE = 4096
SIZE = 128 * PAGE

# More pages than a new map and the other files need.
FREE = 28

OPERATIONS = [op for op in promises.WRITES
              if op not in (promises.EVICT, promises.LIMIT)
              and op.held is None]


@contextlib.contextmanager
def disk(world, folder):
    """Mount a tmpfs on FOLDER meanwhile."""
    world.put('whole')
    st = os.stat(world.path(folder))
    subprocess.run(['mount', '-t', 'tmpfs', '-o',
                    'size=%d,mode=%o,uid=%d,gid=%d' % (
                        SIZE, st.st_mode & 0o7777, st.st_uid, st.st_gid),
                    'none', world.path(folder)], check=True)
    try:
        yield
    finally:
        # The responder has the map open.
        world.responder_stop()
        subprocess.run(['umount', world.path(folder)], check=True)
        world.responder_start()


def fill(world, folder, free):
    """Fill the tmpfs, except for FREE pages."""
    left = os.statvfs(world.path(folder)).f_bfree - free
    with open(world.path(folder + '/filler'), 'wb') as out:
        out.write(bytes(left * PAGE))


def try_one(world, folder, tally, op, free):
    promises.attempt(
        world, op, tally, '%d pages are left' % free,
        lambda command: (inject.run(command), True),
        ready=lambda: fill(world, folder, free),
        mend=lambda: os.unlink(world.path(folder + '/filler')))


def full_row(op, folder):
    def tries(world):
        tally = Tally()
        with disk(world, folder):
            for free in range(FREE):
                try_one(world, folder, tally, op, free)
        return tally
    return Row(op.name, 'a full disk under %s/, with 0 to %d free pages' % (
        folder, FREE - 1),
               'the map stays; yes is yes; the next goes on', tries)


def rows():
    for op in OPERATIONS:
        yield full_row(op, 'run')
    for op in (promises.SWEEP, promises.SAVE):
        yield full_row(op, 'state')
