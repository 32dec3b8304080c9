"""Faults at each step of an operation: killed there, or failing there."""
import inject
import promises
from row import Row, Tally

ERRORS = ['ENOSPC', 'EMFILE', 'EIO', 'EINTR', 'EACCES']


def found(world, op):
    """The steps of OP, such as they are this time."""
    world.put(op.image)
    with world.locked(op is promises.WAIT):
        return inject.steps(op.command(world), world.scratch, world.conf)


def kill_row(op):
    def tries(world):
        tally = Tally()
        for step in found(world, op):
            promises.attempt(
                world, op, tally, 'before ' + step.line, lambda command:
                inject.killed(command, world.scratch, step), by_kill=True)
        return tally
    return Row(op.name, 'kill -9 before each system call',
               'the old map or the new, whole; the next goes on', tries)


def error_row(op, error, on):
    def tries(world):
        tally = Tally()
        for step in inject.error_steps(found(world, op), error):
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
            for on in range(2, 9) if step.call == 'write' else ():
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
