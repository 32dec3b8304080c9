# SPDX-License-Identifier: ISC
"""Faults in a command's system calls, put there by strace, one at a time."""
import collections
import itertools
import os
import re
import select
import signal
import subprocess
import tempfile
import time

# What a call may say, as the kernel's own file systems or others have it.
OPENS = 'EMFILE EACCES EINTR EIO ENOSPC'
NAMES = 'EACCES EIO ENOSPC'
STATS = 'EACCES EIO'
READS = 'EIO EINTR'
WRITES = 'ENOSPC EIO EINTR'
ERRORS = {
    'open': OPENS, 'openat': OPENS, 'mkdir': NAMES, 'mkdirat': NAMES,
    'rename': NAMES, 'renameat': NAMES, 'renameat2': NAMES, 'link': NAMES,
    'linkat': NAMES, 'unlink': STATS, 'unlinkat': STATS,
    'stat': STATS, 'lstat': STATS, 'newfstatat': STATS, 'statx': STATS,
    'fstat': 'EIO', 'fchmod': STATS, 'chmod': STATS, 'fchmodat': STATS,
    'utimensat': STATS, 'getdents64': READS,
    'read': READS, 'pread64': READS,
    'write': WRITES, 'pwrite64': WRITES, 'fsync': WRITES, 'close': WRITES,
    'ftruncate': WRITES, 'faccessat': STATS, 'faccessat2': STATS,
    'flock': 'EINTR EIO', 'fcntl': 'EMFILE EINTR EIO', 'socket': 'EMFILE EACCES',
    'accept4': 'EMFILE EINTR', 'ppoll': 'EINTR', 'recvfrom': READS,
    'sendto': READS,
}

# These change nothing: a process that is killed before one of them leaves what
# it leaves before the next.
READING = {'read', 'pread64', 'fstat', 'newfstatat', 'stat', 'lstat', 'statx',
           'access', 'faccessat', 'faccessat2', 'lseek', 'getdents64',
           'mmap', 'munmap', 'brk', 'getpid', 'getuid', 'geteuid', 'getgid',
           'getegid', 'getrandom', 'rt_sigaction', 'rt_sigprocmask'}

# One call: the Nth of its name in the life of the command.
Step = collections.namedtuple('Step', 'call number line')

# How a command ended: STATUS below 0 is a signal; None: it had to be stopped.
# PROCESSOR: the seconds that it computed, however busy the machine was.
Run = collections.namedtuple('Run', 'status out err seconds processor')

# Far beyond any wait that is allowed: it hangs.
HANGS = 20
TEXT_MAX = 1 << 20
CALL = re.compile(r'^(?:\d+ +)?(\w+)\(')


def run(command, hangs=HANGS, env=None):
    """Runs COMMAND, stops it and all it has started when it hangs."""
    began = time.monotonic()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=err,
            start_new_session=True,
            env=dict(os.environ, **env) if env else None)
        ends = os.pidfd_open(child.pid)
        ended = select.select([ends], [], [], hangs)[0]
        os.close(ends)
        if not ended:
            os.killpg(child.pid, signal.SIGKILL)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        return Run(child.returncode if ended else None, text_of(out),
                   text_of(err), time.monotonic() - began,
                   usage.ru_utime + usage.ru_stime)


def text_of(file):
    file.seek(0)
    return file.read(TEXT_MAX).decode(errors='replace')


def permitted(scratch):
    """Why strace cannot do it here; None: it can."""
    try:
        tried = run(['strace', '-qq', '-o', scratch + '/strace', '-e',
                     'inject=close:error=EIO:when=1', 'true'])
    except OSError as e:
        return str(e)
    return tried.err.strip() or 'it fails' if tried.status is None or (
        'ptrace' in tried.err) else None


def tracing(trace):
    """What is put before a command to have its calls in the file TRACE."""
    return ['strace', '-qq', '-y', '-s', '100', '-o', trace]


def faulting(trace, step, fault, on=0):
    """What is put before a command to have FAULT, in strace's words, at STEP,
    and with ON at each ONth of its calls from then on."""
    return ['strace', '-qq', '-o', trace, '-e', 'trace=' + step.call,
            '-e', 'inject=%s:%s:when=%d%s' % (step.call, fault, step.number,
                                              '+%d' % on if on else '')]


def steps(command, scratch, begin):
    """Each system call of COMMAND, from the first that tells of BEGIN on: what
    is before is the loader's."""
    run(tracing(scratch + '/strace') + command)
    return read_steps(scratch + '/strace', begin)


def read_steps(trace, begin):
    """The same, of what was traced."""
    seen = collections.Counter()
    found = []
    begun = False
    with open(trace, errors='replace') as lines:
        for line in lines:
            match = CALL.match(line)
            if not match:
                continue
            call = match.group(1)
            seen[call] += 1
            begun = begun or call != 'execve' and begin in line
            if begun:
                found.append(Step(call, seen[call], line.strip()))
    return found


def kill_steps(found):
    """Those of FOUND before which something may have changed."""
    return [step for before, step in zip([None] + found, found)
            if before is None or before.call not in READING]


def thinned(found):
    """The first, the middle and the last of calls that do the same to one file
    in a row."""
    kept = []
    for _, same in itertools.groupby(
            found, lambda step: (step.call, step.line.partition('>')[0])):
        same = list(same)
        kept += [step for i, step in enumerate(same)
                 if i in (0, len(same) // 2, len(same) - 1)]
    return kept


def killed(command, scratch, step):
    """Runs COMMAND, and kills it right before STEP.  Returns the run, and
    whether the step was met."""
    done = run(faulting(scratch + '/strace', step, 'signal=KILL') + command)
    return done, done.status == -signal.SIGKILL


def failed(command, scratch, step, error, on):
    """Runs COMMAND, in which STEP fails with ERROR; ON as for faulting().
    Returns the run, and whether the step was met."""
    trace = scratch + '/strace'
    done = run(faulting(trace, step, 'error=' + error, on) + command)
    with open(trace, errors='replace') as lines:
        return done, any('(INJECTED)' in line for line in lines)


def error_steps(found, error):
    """Those of FOUND that can fail with ERROR.  What makes no file finds no
    full disk."""
    def can(step):
        if error not in ERRORS.get(step.call, '').split():
            return False
        if error == 'ENOSPC' and step.call.startswith('open'):
            return 'O_CREAT' in step.line
        # Left open, as strace does it and no kernel, it would stay locked.
        if step.call == 'close' and re.search(r'\.(lock|beat|gdbm)>', step.line):
            return False
        # Of an open file one is told anyway.
        return not (error == 'EACCES' and 'AT_EMPTY_PATH' in step.line)
    return thinned([step for step in found if can(step)])
