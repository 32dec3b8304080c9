# SPDX-License-Identifier: ISC
"""Damage each of the files in each way, and then log in, refresh, remove or
sweep."""
import os
import random
import shutil

import inject
import promises
from row import Row, Tally
from world import DRAINING, PENDING, SAVED, UNSAVED, write_sparse

RUN, STATE = 'run/relay.', 'state/relay.'

# Each file that authmap makes or that version 0.1 left, and the image of the folders
# that has it; where none has, its content is that of the map.  flow/06-block
# damages relay.blocks.
FILES = [
    (RUN + 'gdbm', 'whole'),
    (RUN + 'gdbm.new', 'whole'),
    (RUN + 'lock', 'whole'),
    (RUN + 'beat', 'whole'),
    (RUN + 'failures', 'whole'),
    (RUN + 'pending', 'leftovers'),
    (RUN + 'draining', 'leftovers'),
    (RUN + 'users', 'leftovers'),
    (STATE + 'saved', 'whole'),
    (STATE + 'saving', 'whole'),
]

# The entries that may be lost with a file, and the reason.
UNSAVED_LOST = {UNSAVED}, 'but what came after the last sweep: it stood ' \
    'nowhere else'
LOST = {
    RUN + 'gdbm': UNSAVED_LOST,
    RUN + 'pending': ({PENDING}, 'but what waited in it'),
    RUN + 'draining': ({DRAINING}, 'but what waited in it'),
}


def missing(path):
    os.unlink(path)


def empty(path):
    os.truncate(path, 0)


def cut(path):
    os.truncate(path, os.path.getsize(path) // 2)


def garbage(path):
    with open(path, 'r+b') as out:
        out.write(random.Random(1).randbytes(20000))


def foreign(path):
    """Write gdbm's header as a machine of the other byte order does."""
    with open(path, 'r+b') as out:
        head = out.read(64)
        out.seek(0)
        for i in range(0, len(head), 4):
            out.write(head[i:i + 4][::-1])


def huge(path):
    os.truncate(path, 2 << 30)


def folder(path):
    os.unlink(path)
    os.mkdir(path)
    with open(path + '/in', 'w') as out:
        out.write('it')


def fifo(path):
    os.unlink(path)
    os.mkfifo(path)
    os.chmod(path, 0o660)
    shutil.chown(path, 'nobody', 'nogroup')


def link(path):
    os.unlink(path)
    os.symlink('/etc/passwd', path)


DAMAGES = [('missing', missing), ('empty', empty), ('cut in half', cut),
           ('garbage', garbage), ('of the other byte order', foreign),
           ('two gigabytes', huge), ('a folder', folder), ('a FIFO', fifo),
           ('a symbolic link', link)]

# The processor time of a login, in seconds, at most.  lock_timeout bounds its waits:
# see fault/10-lock.  Elapsed time would depend on the load of the machine.
BOUND = 0.5

OPERATIONS = [promises.GRANT, promises.REFRESH, promises.REMOVE_DAMAGED,
              promises.SAVE]


def damaged(world, names, image, damage):
    world.put(image)
    for name in names:
        path = world.path(name)
        if not os.path.exists(path):
            write_sparse(path, world.images['whole'][RUN + 'gdbm'][0])
            os.chmod(path, 0o660)
            shutil.chown(path, 'nobody', 'nogroup')
        damage(path)


def too_long(op, done):
    if op in promises.LOGINS and done.processor > BOUND:
        return ['the login computes for %.1f s' % done.processor]
    return []


def try_one(world, tally, names, image, kind, damage, op, excused):
    """Damage NAMES, do OP, and check all that is promised."""
    damaged(world, names, image, damage)
    wrong = promises.let_in(world, promises.granted(op))
    done = inject.run(op.command(world))
    wrong += too_long(op, done)
    wrong += promises.ended(op, done, False)
    yes = done.status == 0 or (op is promises.REMOVE_DAMAGED
                               and done.status == 1)
    if not yes:
        wrong.append('it is not mended at once: ' + done.err.strip())
    wrong += promises.let_in(world, promises.granted(op))
    if yes and op.gains - excused - (world.listed() or set()):
        wrong.append('said yes, and it is not there')
    wrong += promises.healed(world, op, yes, excused, aside=True)
    wrong += promises.let_in(world, promises.granted(op))
    tally.add('%s is %s: %s' % (' and '.join(names), kind, op.name), wrong,
              'went on' if yes else 'left for the next', done.seconds)


def file_row(names, image, lost, why, operations, kinds=DAMAGES):
    """Return the row in which NAMES are damaged in each of KINDS."""
    def tries(world):
        tally = Tally()
        for kind, damage in kinds:
            for op in operations:
                try_one(world, tally, names, image, kind, damage, op,
                        set(lost))
        return tally
    return Row(' and '.join(os.path.basename(name) for name in names),
               ', '.join(kind for kind, _ in kinds),
               'logins go on, it is mended' + (', nothing is lost ' + why
                                               if why else
                                               ', nothing is lost'), tries)


def rows():
    for name, image in FILES:
        lost, why = LOST.get(name, (set(), ''))
        yield file_row([name], image, lost, why, OPERATIONS)
    yield file_row([STATE + 'saved'], 'lost', SAVED, 'but what stood in it',
                   [promises.BEGIN, promises.RESTORE])
    yield file_row([RUN + 'gdbm', STATE + 'saved'], 'whole',
                   set(SAVED) | {UNSAVED}, 'but all that was in both',
                   [promises.GRANT, promises.REFRESH, promises.SAVE])
