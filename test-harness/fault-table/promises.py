"""What is promised, and whether it was kept: after a fault, and once the next
login and the next sweep have been."""
import collections
import os
import re
import time

from inject import run
from world import AT_REST, NEW, NEXT, OVER, PENDING, REMOVED, SAVED, \
    STRANGER, UNSAVED, WINDOW

# What is done, and what it is to mean.  KEPT: who may relay before and must
# after; SOON: who must once it is all over; GAINS and LOSES: who may and who
# may not relay when it has said YES; STATUSES: with which it may end.
Operation = collections.namedtuple(
    'Operation', 'name image command kept soon gains loses yes statuses')

ALL = set(SAVED) | {UNSAVED}


def operation(name, image, command, kept=ALL, soon=frozenset(), gains=(),
              loses=(), yes=0, statuses=(0, 2)):
    return Operation(name, image, command, set(kept) - set(loses),
                     set(soon) | set(kept) - set(loses), set(gains),
                     set(loses), yes, statuses)


def record(address):
    return lambda world: world.tool('record', address, 'joe', 'imap')


def sweeper(world):
    return world.sweeper()


GRANT = operation('grant: a login from a new address', 'whole', record(NEW),
                  gains={NEW})
REFRESH = operation('refresh: a login from a known one', 'whole',
                    record(SAVED[0]), gains={SAVED[0]})
DRAIN = operation('grant, storing what another left pending', 'pending',
                  record(NEW), soon={PENDING}, gains={NEW})
GROW = operation('grant, storing what was pending in a map that grows', 'brim',
                 record(NEW), soon={PENDING}, gains={NEW})
TAKE_OVER = operation('grant, after a holder died with relay.draining',
                      'draining', record(NEW), soon={PENDING}, gains={NEW})
# Exits 2: it is written down, and not yet published.
WAIT = operation('grant while another holds the lock', 'whole',
                 lambda world: [world.built + '/authmap', '-c', world.brief,
                                'record', NEW, 'joe', 'imap'],
                 yes=2, statuses=(2,))
BEGIN = operation('grant when the map is lost', 'lost', record(NEW),
                  kept=(), soon=SAVED, gains={NEW})
REMOVE = operation('removal', 'whole',
                   lambda world: world.tool('remove', SAVED[1]),
                   loses={SAVED[1]})
SWEEP = operation('sweep, with entries that are over', 'over', sweeper,
                  loses=set(OVER), statuses=(0, 1))
SAVE = operation('save: a sweep with nothing to drop', 'whole', sweeper,
                 statuses=(0, 1))
RESTORE = operation('restore: a sweep when the map is lost', 'lost', sweeper,
                    kept=(), soon=SAVED, gains=SAVED, statuses=(0, 1))
ASKED = operation('restore, asked for by a login that could not', 'asked',
                  sweeper, kept=(), soon=SAVED, gains=SAVED, statuses=(0, 1))
WRITES = [GRANT, REFRESH, DRAIN, TAKE_OVER, WAIT, BEGIN, REMOVE, SWEEP, SAVE,
          RESTORE, ASKED]
# These write a new map.
PUBLISHES = [GRANT, DRAIN, TAKE_OVER, BEGIN, REMOVE, SWEEP, RESTORE]

CRASH = re.compile(r'stack smashing|corrupt|double free|free\(\)|Assertion|'
                   r'Sanitizer|core dumped|Bus error|Segmentation')


def ended(op, done, by_kill):
    """What is wrong with how a command ended."""
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
    return done.status == op.yes and (
        op is not WAIT or 'is recorded, but not published yet' in done.err)


def few(addresses):
    return ' '.join(sorted(addresses))


def let_in(world, granted):
    """Who may relay, whoever is asked, and was never granted."""
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
    """What is wrong right after OP, whose map was there and whole before."""
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
        # time(2) is a tick behind the clock that has a fraction.
        if op is REFRESH and entries.get(SAVED[0], (0, 0))[0] < began - 2:
            wrong.append('refreshed, and as it was')
    return wrong


def make_old(world):
    """What a killed maker of a file has left is removed a minute later."""
    for name in world.names() - AT_REST:
        if re.search(r'\.[0-9a-f]{8}$', name):
            os.utime(world.path(name), (time.time() - 100,) * 2)


def healed(world, op, yes, excused=frozenset(), aside=False):
    """What is wrong after the next login and the next sweep.  EXCUSED may be
    lost; ASIDE: what was damaged may be kept aside."""
    login = run(world.tool('record', NEXT, 'amy', 'imap'))
    if login.status != 0:
        return ['the next login is not recorded: ' + login.err.strip()]
    make_old(world)
    swept = world.sweep()
    if swept.status != 0:
        return ['the next sweep fails: ' + swept.err.strip()]
    may = world.listed()
    if may is None:
        return ['the map is not mended']
    wrong = []
    wanted = op.soon | {NEXT}
    if yes:
        wanted |= op.gains | ({NEW} if op is WAIT else set())
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
    if world.ask(NEXT) != 'OK OK':
        wrong.append('the responder does not know %s' % NEXT)
    return wrong


def granted(op):
    return ALL | op.gains | op.soon | {NEW, NEXT, PENDING} - {REMOVED}


def attempt(world, op, tally, where, go, by_kill=False, ready=lambda: None,
            mend=lambda: None):
    """One try: OP by way of GO, which returns the run and whether the fault was
    met, between READY and MEND, on fresh folders; and all that is promised."""
    world.put(op.image)
    ready()
    began = time.time()
    with world.locked(op is WAIT):
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
