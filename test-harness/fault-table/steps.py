# SPDX-License-Identifier: ISC
"""Faults at each step of an operation: it is killed there, or the step fails."""
import inject
import promises
from row import Row, Tally

MAP = 'run/relay.gdbm'
ERRORS = ['ENOSPC', 'EMFILE', 'EIO', 'EINTR', 'EACCES']


def found(world, op):
    """Return the system calls of OP."""
    world.put(op.image)
    with world.held(op.held):
        return inject.steps(op.command(world), world.scratch, world.conf)


def plain_row(operations):
    """Return the row without a fault: the other rows assume that OPERATIONS work."""
    def tries(world):
        tally = Tally()
        for op in operations:
            promises.attempt(world, op, tally, op.name, lambda command: (
                inject.run(command), True))
        return tally
    return Row('each operation', 'none', 'it does what it is for', tries)


def kill_row(op):
    def tries(world):
        tally = Tally()
        for step in inject.kill_steps(found(world, op)):
            promises.attempt(
                world, op, tally, 'before ' + step.line, lambda command:
                inject.killed(command, world.scratch, step), by_kill=True)
        return tally
    return Row(op.name, 'kill -9 before each system call that may change '
               'anything',
               'the old map or the new, whole; the next goes on', tries)


def error_row(op, error, on):
    def tries(world):
        tally = Tally()
        for step in inject.error_steps(found(world, op), error):
            # strace keeps the files open, so they stay locked; no kernel does so.
            if on and step.call == 'close':
                continue
            # A map that may only be read is rebuilt, not locked.
            if error == 'EACCES' and op.held == MAP and MAP + '", O_RDWR' \
                    in step.line:
                continue
            promises.attempt(
                world, op, tally, error + ' of ' + step.line, lambda command:
                inject.failed(command, world.scratch, step, error, on))
        return tally
    return Row(op.name, error + (' of each call, and ever after' if on else
                                 ' of each call, once'),
               'the map stays; yes is yes; the next goes on', tries)


def again_row(op):
    """Return the row in which a write fails, and one of its retries again."""
    def tries(world):
        tally = Tally()
        for step in inject.error_steps(found(world, op), 'ENOSPC'):
            for on in range(2, 9) if 'write' in step.call else ():
                promises.attempt(
                    world, op, tally, '%s, and each %d. after it' % (
                        step.line, on), lambda command: inject.failed(
                            command, world.scratch, step, 'ENOSPC', on))
        return tally
    return Row(op.name, 'ENOSPC of each write, and of each 2nd to 8th after it',
               'the map stays; yes is yes; the next goes on', tries)


def kill_rows(operations):
    for op in operations:
        yield kill_row(op)


def error_rows(operations):
    for op in operations:
        for error in ERRORS:
            yield error_row(op, error, 0)
            # A program that is interrupted each time retries for ever.
            if error != 'EINTR':
                yield error_row(op, error, 1)
