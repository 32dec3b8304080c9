# SPDX-License-Identifier: ISC
"""The operations, and the check of what authmap promises: right after a fault, and
after the next login and the next sweep."""
import collections
import os
import re
import time

from inject import run
from world import AT_REST, COLLIDING, DRAINING, FIRST, MANY, MOST, NEW, NEXT, \
    OVER, PENDING, SAVED, STRANGER, UNSAVED, WINDOW

# An operation: the image of the folders before it, and its command.  KEPT may
# relay before it, and must right after it; SOON must after the next sweep.  If it
# exits with the status YES, GAINS must relay and LOSES must not.  STATUSES are those
# with which it may exit.  HELD is a file whose lock another process holds
# meanwhile.
Operation = collections.namedtuple(
    'Operation',
    'name image command kept soon gains loses yes statuses held')

ALL = set(SAVED) | {UNSAVED}


def operation(name, image, command, kept=ALL, soon=frozenset(), gains=(),
              loses=(), yes=0, statuses=(0, 2), held=None):
    return Operation(name, image, command, set(kept) - set(loses),
                     set(soon) | set(kept) - set(loses), set(gains),
                     set(loses), yes, statuses, held)


def record(address, user='joe'):
    return lambda world: world.tool('record', address, user, 'imap')


def remove(address):
    return lambda world: world.tool('remove', address)


def sweeper(world):
    return world.sweeper()


def brief(*words):
    return lambda world: [world.built + '/authmap', '-c', world.brief] \
        + list(words)


# A login of an address with or without an entry.
GRANT = operation('grant: a login from a new address', 'whole', record(NEW),
                  gains={NEW})
FIRST_KEY = operation('grant: the first key of its bucket', 'whole',
                      record(FIRST), gains={FIRST})
REFRESH = operation('refresh: a login from a known one', 'whole',
                    record(SAVED[0]), gains={SAVED[0]})
OTHER = operation('refresh: a login of another user', 'whole',
                  record(SAVED[0], 'somebody-else'), gains={SAVED[0]})
# Logins that rebuild the map.
REBUILD = operation('grant: the map has no room', 'brim', record(NEW),
                   gains={NEW})
EVICT = operation('grant: the bucket is full, and can be no wider', 'bucket',
                  record(COLLIDING[-1]), kept=ALL | set(COLLIDING[1:-1]),
                  gains={COLLIDING[-1]})
TAKE_OVER = operation('grant: authmap 0.1 made the map', 'old', record(NEW),
                      gains={NEW})
FOREIGN = operation('grant: gdbmtool wrote into the map', 'foreign',
                    record(NEW), gains={NEW})
LEFT = operation('grant: authmap 0.1 left files', 'leftovers', record(NEW),
                 soon={PENDING, DRAINING}, gains={NEW})
BEGIN = operation('grant: the map is lost', 'lost', record(NEW),
                  kept=(), soon=SAVED, gains={NEW})
# A login that does not get the lock fails.
HELD = operation('grant while another process holds the lock', 'whole',
                 brief('record', NEW, 'joe', 'imap'), statuses=(2,),
                 held='run/relay.lock')
HELD_MAP = operation("grant while another process holds the map's own lock",
                     'whole', brief('record', NEW, 'joe', 'imap'),
                     statuses=(2,), held='run/relay.gdbm')
REMOVE = operation('removal', 'whole', remove(SAVED[1]), loses={SAVED[1]})
REMOVE_HELD = operation("removal while another holds the map's own lock",
                        'whole', brief('remove', SAVED[1]), yes=None,
                        statuses=(2,), held='run/relay.gdbm')
# It may also exit 1: the entry was lost with the map, and is not restored later.
REMOVE_DAMAGED = REMOVE._replace(statuses=(0, 1, 2))
# It exits 1: the entry is not there, and is not restored later.
REMOVE_LOST = operation('removal: the map is lost', 'lost', remove(SAVED[1]),
                        kept=(), soon=set(SAVED) - {SAVED[1]},
                        loses={SAVED[1]}, yes=1, statuses=(1, 2))
SWEEP = operation('sweep: entries have expired', 'over', sweeper,
                  loses=set(OVER), statuses=(0, 1))
SAVE = operation('sweep: nothing has expired', 'whole', sweeper,
                 statuses=(0, 1))
LIMIT = operation('sweep: a user has more than max_per_user', 'many',
                  lambda world: world.sweeper(world.limited),
                  kept=ALL | set(MANY), loses=set(MANY[:-MOST]),
                  statuses=(0, 1))
ROOM = operation('sweep: it makes room', 'brim', sweeper, statuses=(0, 1))
RESTORE = operation('sweep: the map is lost', 'lost', sweeper,
                    kept=(), soon=SAVED, gains=SAVED, statuses=(0, 1))
UPGRADE = operation('sweep: authmap 0.1 left a map and files', 'leftovers',
                    sweeper, soon={PENDING, DRAINING}, statuses=(0, 1))
# They have too many steps for a fault at each.
UPGRADE_LONG = operation('sweep: authmap 0.1 left long files',
                         'long leftovers', sweeper,
                         soon={PENDING, DRAINING}, gains={PENDING, DRAINING},
                         statuses=(0, 1))
UPGRADE_RESTORE = operation('sweep: authmap 0.1 left a map to be restored',
                            'leftovers, to be restored', sweeper,
                            kept=ALL - {SAVED[4]},
                            soon={SAVED[4], PENDING, DRAINING},
                            gains={SAVED[4]}, statuses=(0, 1))
LOGINS = [GRANT, FIRST_KEY, REFRESH, OTHER, REBUILD, EVICT, TAKE_OVER, FOREIGN,
          LEFT, BEGIN, HELD, HELD_MAP]
SWEEPS = [SWEEP, SAVE, LIMIT, ROOM, RESTORE, UPGRADE]
WRITES = LOGINS + [REMOVE, REMOVE_HELD, REMOVE_LOST] + SWEEPS
# These make a new map.
PUBLISHES = [REBUILD, EVICT, TAKE_OVER, BEGIN, SWEEP, LIMIT, ROOM, RESTORE,
             UPGRADE]

CRASH = re.compile(r'stack smashing|corrupt|double free|free\(\)|Assertion|'
                   r'Sanitizer|core dumped|Bus error|Segmentation')


def ended(op, done, by_kill):
    """Return what is wrong with how the command of OP ended."""
    if done.status is None:
        return ['it hangs']
    if CRASH.search(done.err):
        return ['it crashed: ' + done.err.strip()[-200:]]
    if done.status == -9 and by_kill:
        return []
    if done.status < 0:
        return ['it crashed by signal %d' % -done.status]
    if done.status not in op.statuses:
        return ['it ended with %d: %s' % (done.status,
                                          done.err.strip()[-200:])]
    return []


def valid(entries, now):
    return {address for address, (_, expires) in entries.items()
            if expires > now}


def said_yes(op, done):
    return done.status == op.yes


def few(addresses):
    return ' '.join(sorted(addresses))


def let_in(world, granted):
    """Return which programs let in an address that was never granted."""
    wrong = []
    entries = world.plain() or {}
    listed = world.listed() or set()
    for who, may in (('gdbm', valid(entries, time.time())),
                     ('the tool', listed)):
        if may - granted:
            wrong.append('%s lets in %s' % (who, few(may - granted)))
    if world.ask(STRANGER) == 'OK OK':
        wrong.append('the responder lets in a stranger')
    if any(expires > time.time() + WINDOW + 60
           for _, expires in entries.values()):
        wrong.append('an entry ends later than a window from now')
    return wrong


def at_once(world, op, done, began):
    """Return what is wrong right after OP, before which the map was there and
    whole."""
    entries = world.plain()
    if entries is False:
        return ['the map is damaged']
    if entries is None:
        return [] if op.image == 'lost' else ['the map is gone']
    wrong = []
    may = valid(entries, time.time())
    listed = world.listed()
    if listed != may:
        wrong.append('the tool lists other entries than gdbm')
    if op.kept - may:
        wrong.append('lost: ' + few(op.kept - may))
    if op.kept and world.ask(UNSAVED) != 'OK OK':
        wrong.append('the responder does not know %s' % UNSAVED)
    if said_yes(op, done):
        if op.gains - may:
            wrong.append('acknowledged, and not there: '
                         + few(op.gains - may))
        if op.loses & (may | set(entries) & set(OVER)):
            wrong.append('removed, and still there: ' + few(op.loses & may))
        # time(2) may be a tick behind time.time().
        if op in (REFRESH, OTHER) and \
                entries.get(SAVED[0], (0, 0))[0] < began - 2:
            wrong.append('refreshed, and as it was')
    return wrong


def make_old(world):
    """Let the temporary files of killed processes look old: the sweeper removes
    them after a minute."""
    for name in world.names() - AT_REST:
        if re.search(r'\.tmp-[0-9a-f]{8}$', name):
            os.utime(world.path(name), (time.time() - 100,) * 2)


def healed(world, op, yes, excused=frozenset(), aside=False, alike=True):
    """Log in and sweep, and return what is wrong then.  YES: OP has succeeded.
    EXCUSED may be lost.  ASIDE: a damaged file may have been moved aside.  ALIKE:
    gdbm must read the same entries as the tool."""
    login = run(world.tool('record', NEXT, 'amy', 'imap'))
    if login.status != 0:
        return ['the next login is not recorded: ' + login.err.strip()]
    make_old(world)
    swept = world.sweep()
    if swept.status != 0:
        return ['the next sweep fails: ' + swept.err.strip()]
    may, plain = world.listed(), world.plain()
    if may is None or alike and not plain:
        return ['the map is not mended']
    wrong = []
    wanted = op.soon | {NEXT}
    if yes:
        wanted |= op.gains
    wanted -= excused
    if wanted - may:
        wrong.append('lost for good: ' + few(wanted - may))
    if yes and op.loses & may:
        wrong.append('back again: ' + few(op.loses & may))
    if wanted - world.saved():
        wrong.append('not saved: ' + few(wanted - world.saved()))
    left = world.names() - AT_REST
    if aside:
        left = {name for name in left if '.broken-' not in name}
    if left:
        wrong.append('left behind: ' + few(left))
    if alike and valid(plain, time.time()) != may:
        wrong.append('gdbm reads other entries than the tool')
    if world.ask(NEXT) != 'OK OK':
        wrong.append('the responder does not know %s' % NEXT)
    return wrong


def granted(op):
    """Return the addresses that may be let in now or later."""
    return ALL | op.kept | op.gains | op.loses | op.soon | set(COLLIDING) \
        | set(MANY) | {NEW, NEXT, PENDING, DRAINING}


def attempt(world, op, tally, where, go, by_kill=False, ready=lambda: None,
            mend=lambda: None):
    """Make fresh folders, call READY, run the command of OP by GO, which returns the
    run and whether it came to the fault, call MEND, and check all that is
    promised."""
    world.put(op.image)
    ready()
    began = time.time()
    with world.held(op.held):
        done, met = go(op.command(world))
        if not met:
            return
        mend()
        wrong = ended(op, done, by_kill)
        wrong += at_once(world, op, done, began)
        wrong += let_in(world, granted(op))
    yes = said_yes(op, done)
    wrong += healed(world, op, yes)
    wrong += let_in(world, granted(op))
    tally.add(where, wrong, 'said yes' if yes else
              'killed' if done.status == -9 else 'said no', done.seconds)
