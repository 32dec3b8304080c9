# SPDX-License-Identifier: ISC
"""Faults in programs that only read: a lookup, a list, the responder."""
import os
import signal
import stat
import time

import inject
from row import Row, Tally
from steps import ERRORS
from world import SAVED, STRANGER

KNOWN = SAVED[2]
WHOLE = 'nobody is let in who was not granted; it goes on'


def lookup_wrong(world, command, done, by_kill):
    """Return what is wrong with the answer of a command of the tool."""
    if done.status == -9 and by_kill:
        return []
    # Status 2 means that there is no answer.
    right = {2, 1} if STRANGER in command else {2, 0}
    wrong = [] if done.status in right else [
        'it ended with %s: %s%s' % (done.status, done.out, done.err)]
    if STRANGER in done.out:
        wrong.append('it lets in a stranger')
    if (world.ask(KNOWN), world.ask(STRANGER)) != ('OK OK', 'NOTFOUND '):
        wrong.append('the responder answers wrongly')
    return wrong


def lookup_row(fault, try_all):
    def tries(world):
        world.put('whole')
        tally = Tally()
        for words in (['lookup', KNOWN], ['lookup', STRANGER], ['list']):
            command = world.tool(*words)
            for where, done, by_kill in try_all(world, command):
                tally.add('%s: %s' % (' '.join(words), where),
                          lookup_wrong(world, command, done, by_kill),
                          'ended with %s' % done.status, done.seconds)
        return tally
    return Row('lookup, list', fault, WHOLE, tries)


def killing(world, command):
    for step in inject.steps(command, world.scratch, world.conf):
        done, met = inject.killed(command, world.scratch, step)
        if met:
            yield step.line, done, True


def failing(error, on):
    def try_all(world, command):
        found = inject.steps(command, world.scratch, world.conf)
        for step in inject.error_steps(found, error):
            done, met = inject.failed(command, world.scratch, step, error, on)
            if met:
                yield step.line, done, False
    return try_all


def served(world):
    """Return the system calls of a responder that is asked, from its first wait
    on."""
    trace = world.path('strace')
    # With -D, the responder stays the child of this process.
    world.responder_start(inject.tracing(trace) + ['-D'])
    world.ask(KNOWN)
    world.responder_stop()
    # strace writes until the responder has ended.
    for _ in range(inject.HANGS * 100):
        with open(trace, errors='replace') as lines:
            if 'exit_group(' in lines.read():
                break
        time.sleep(0.01)
    return inject.read_steps(trace, 'ppoll(')


def responder_try(world, step, error):
    """Let STEP of the responder fail once with ERROR, or kill it there if ERROR is
    None.  Return what is wrong."""
    wrong = []
    fault = 'error=' + error if error else 'signal=KILL'
    world.responder_start(inject.faulting(world.path('strace'), step, fault)
                          + ['-D'])
    for _ in range(4):
        known, stranger = world.ask(KNOWN), world.ask(STRANGER)
        if stranger == 'OK OK':
            wrong.append('it lets in a stranger')
    if not error:
        world.responder_stop()
        # A service manager starts it again, while its old socket is still there.
        world.responder_start()
        known, stranger = world.ask(KNOWN), world.ask(STRANGER)
    if (known, stranger) != ('OK OK', 'NOTFOUND '):
        wrong.append('it does not go on: %s, %s' % (known, stranger))
    if world.responder_stop() not in (0, -signal.SIGTERM):
        wrong.append('it does not end well')
    return wrong


def responder_row(error):
    def tries(world):
        world.put('whole')
        world.responder_stop()
        tally = Tally()
        found = served(world)
        for step in inject.error_steps(found, error) if error else found:
            tally.add(step.line, responder_try(world, step, error),
                      'went on', 0)
        world.responder_start()
        return tally
    return Row('the responder, asked',
               error + ' of each call, once' if error else
               'kill -9 before each system call, and started again',
               WHOLE, tries)


def in_the_way(world, make, taken):
    """Let MAKE put something in the place of the socket.  TAKEN: the responder
    replaces it.  Return what is wrong."""
    world.put('whole')
    world.responder_stop()
    if os.path.lexists(world.socket):
        os.unlink(world.socket)
    make(world.socket)
    before = os.lstat(world.socket) if os.path.lexists(world.socket) else None
    started = world.responder_start()
    wrong = []
    if world.ask(STRANGER) == 'OK OK':
        wrong.append('it lets in a stranger')
    if taken != started:
        wrong.append('it starts' if started else 'it does not start')
    if not started:
        if os.lstat(world.socket).st_ino != before.st_ino:
            wrong.append('a foreign file is overwritten')
        if stat.S_ISDIR(before.st_mode):
            os.rmdir(world.socket)
        else:
            os.unlink(world.socket)
        world.responder_start()
    if world.ask(KNOWN) != 'OK OK':
        wrong.append('it does not go on')
    return wrong


def socket_row():
    def garbage(path):
        with open(path, 'w') as out:
            out.write('garbage')

    def tries(world):
        tally = Tally()
        for name, make, taken in (
                ('missing', lambda path: None, True),
                ('a plain file', garbage, False),
                ('a folder', os.mkdir, False),
                ('a FIFO', os.mkfifo, False),
                ('a link', lambda path: os.symlink('/etc/passwd', path),
                 False)):
            tally.add(name, in_the_way(world, make, taken),
                      'taken' if taken else 'refused', 0)
        return tally
    return Row("the responder's socket",
               'missing, garbage, a folder, a FIFO, a link',
               'a foreign file is refused and stays; without it, it goes on', tries)


def rows():
    yield lookup_row('kill -9 before each system call', killing)
    for error in ERRORS:
        yield lookup_row(error + ' of each call, once', failing(error, 0))
        if error != 'EINTR':
            yield lookup_row(error + ' of each call, and ever after',
                             failing(error, 1))
    for error in [None] + ERRORS:
        yield responder_row(error)
    yield socket_row()
