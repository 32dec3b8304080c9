# SPDX-License-Identifier: ISC
"""A small tmpfs that is full but for a few pages, in the place of a folder."""
import contextlib
import os
import subprocess

import inject
import promises
from row import Row, Tally

PAGE = 4096
SIZE = 128 * PAGE

# A new map and what is beside it need fewer.
FREE = 28

OPERATIONS = [op for op in promises.WRITES
              if op not in (promises.EVICT, promises.LIMIT)
              and op.held is None]


@contextlib.contextmanager
def disk(world, folder):
    """A tmpfs in the place of FOLDER, for as long as it is wanted."""
    world.put('whole')
    st = os.stat(world.path(folder))
    subprocess.run(['mount', '-t', 'tmpfs', '-o',
                    'size=%d,mode=%o,uid=%d,gid=%d' % (
                        SIZE, st.st_mode & 0o7777, st.st_uid, st.st_gid),
                    'none', world.path(folder)], check=True)
    try:
        yield
    finally:
        # It has the map open.
        world.responder_stop()
        subprocess.run(['umount', world.path(folder)], check=True)
        world.responder_start()


def fill(world, folder, free):
    """Leaves FREE pages."""
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
    return Row(op.name, 'a full disk under %s/, but for 0 to %d pages' % (
        folder, FREE - 1),
               'the map stays; yes is yes; the next goes on', tries)


def rows():
    for op in OPERATIONS:
        yield full_row(op, 'run')
    for op in (promises.SWEEP, promises.SAVE):
        yield full_row(op, 'state')
