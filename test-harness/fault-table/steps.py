# SPDX-License-Identifier: ISC
"""Faults at each step of an operation: killed there, or failing there."""
import inject
import promises
from row import Row, Tally

ERRORS = ['ENOSPC', 'EMFILE', 'EIO', 'EINTR', 'EACCES']


def found(world, op):
    """The steps of OP, such as they are this time."""
    world.put(op.image)
    with world.held(op.held):
        return inject.steps(op.command(world), world.scratch, world.conf)


def plain_row(operations):
    """Without any fault: they do what the other rows presume."""
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
            # Files that strace keeps open, as no kernel does, stay locked.
            if on and step.call == 'close':
                continue
            promises.attempt(
                world, op, tally, error + ' of ' + step.line, lambda command:
                inject.failed(command, world.scratch, step, error, on))
        return tally
    return Row(op.name, error + (' of each call, and ever after' if on else
                                 ' of each call, once'),
               'the map stays; yes is yes; the next goes on', tries)


def again_row(op):
    """Who tries once more comes to the same write, and fails there again."""
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
            # Who is interrupted tries again: for ever would be for ever.
            if error != 'EINTR':
                yield error_row(op, error, 1)
