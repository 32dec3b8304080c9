# SPDX-License-Identifier: ISC
"""Let strace inject a fault into the system calls of a command, one at a time."""
import collections
import itertools
import os
import re
import select
import signal
import subprocess
import tempfile
import time

# The errors of a call, on the kernel's own file systems and on others.
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

# These calls change nothing: a process that is killed before one of them leaves the
# same as one that is killed before the next call.
READING = {'read', 'pread64', 'fstat', 'newfstatat', 'stat', 'lstat', 'statx',
           'access', 'faccessat', 'faccessat2', 'lseek', 'getdents64',
           'mmap', 'munmap', 'brk', 'getpid', 'getuid', 'geteuid', 'getgid',
           'getegid', 'getrandom', 'rt_sigaction', 'rt_sigprocmask'}

# One call: its name, its number among the calls of this name, its traced line.
Step = collections.namedtuple('Step', 'call number line')

# How a command ended.  A negative STATUS is a signal; None: it had to be stopped.
# PROCESSOR is its processor time in seconds.
Run = collections.namedtuple('Run', 'status out err seconds processor')

# A command that takes longer hangs: no wait that is allowed is nearly as long.
# In seconds.
HANGS = 60
TEXT_MAX = 1 << 20
CALL = re.compile(r'^(?:\d+ +)?(\w+)\(')


def run(command, hangs=HANGS, env=None):
    """Run COMMAND.  If it hangs, stop it and all processes that it has started."""
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
    """Return why strace cannot inject faults here, or None if it can."""
    try:
        tried = run(['strace', '-qq', '-o', scratch + '/strace', '-e',
                     'inject=close:error=EIO:when=1', 'true'])
    except OSError as e:
        return str(e)
    return tried.err.strip() or 'it fails' if tried.status is None or (
        'ptrace' in tried.err) else None


def tracing(trace):
    """Return the words before a command that write its calls to the file TRACE."""
    return ['strace', '-qq', '-y', '-s', '100', '-o', trace]


def faulting(trace, step, fault, on=0):
    """Return the words before a command that inject FAULT, in strace's syntax, at
    STEP, and, unless ON is 0, at each ONth such call after it."""
    return ['strace', '-qq', '-o', trace, '-e', 'trace=' + step.call,
            '-e', 'inject=%s:%s:when=%d%s' % (step.call, fault, step.number,
                                              '+%d' % on if on else '')]


def steps(command, scratch, begin):
    """Return the system calls of COMMAND, from the first with BEGIN in its line on.
    Those before are of the dynamic loader."""
    run(tracing(scratch + '/strace') + command)
    return read_steps(scratch + '/strace', begin)


def read_steps(trace, begin):
    """Return the system calls in the file TRACE, as steps() does."""
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
    """Return the steps of FOUND before which something may have changed."""
    return [step for before, step in zip([None] + found, found)
            if before is None or before.call not in READING]


def thinned(found):
    """Return FOUND with only the first, the middle and the last of consecutive
    calls of one name on one file."""
    kept = []
    for _, same in itertools.groupby(
            found, lambda step: (step.call, step.line.partition('>')[0])):
        same = list(same)
        kept += [step for i, step in enumerate(same)
                 if i in (0, len(same) // 2, len(same) - 1)]
    return kept


def killed(command, scratch, step):
    """Run COMMAND, and kill it right before STEP.  Return the run, and whether
    COMMAND came to STEP."""
    done = run(faulting(scratch + '/strace', step, 'signal=KILL') + command)
    return done, done.status == -signal.SIGKILL


def failed(command, scratch, step, error, on):
    """Run COMMAND, and let STEP fail with ERROR; ON is that of faulting().  Return
    the run, and whether COMMAND came to STEP."""
    trace = scratch + '/strace'
    done = run(faulting(trace, step, 'error=' + error, on) + command)
    with open(trace, errors='replace') as lines:
        return done, any('(INJECTED)' in line for line in lines)


def error_steps(found, error):
    """Return the steps of FOUND that can fail with ERROR."""
    def can(step):
        if error not in ERRORS.get(step.call, '').split():
            return False
        if error == 'ENOSPC' and step.call.startswith('open'):
            return 'O_CREAT' in step.line
        # strace keeps the file open, so it would stay locked; no kernel does so.
        if step.call == 'close' and re.search(r'\.(lock|beat|gdbm)>', step.line):
            return False
        # fstat(2) needs no permission.
        return not (error == 'EACCES' and 'AT_EMPTY_PATH' in step.line)
    return thinned([step for step in found if can(step)])
