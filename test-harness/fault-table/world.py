# SPDX-License-Identifier: ISC
"""A map and its other files in a scratch folder.  The programs make them; they are
put back before each fault, and read by each kind of reader."""
import contextlib
import fcntl
import os
import shutil
import socket
import stat
import struct
import subprocess
import time

from inject import HANGS, run

# These addresses may relay.  The saved state has SAVED; UNSAVED came later.
SAVED = ['198.51.100.%d' % i for i in range(1, 6)]
UNSAVED = '198.51.100.9'
# An administrator removed this address.
REMOVED = '198.51.100.66'
# Logins that waited for the lock when authmap 0.1 was replaced.
PENDING = '198.51.100.20'
DRAINING = '198.51.100.21'
# These entries have expired.
OVER = ['198.51.100.%d' % i for i in range(40, 45)]
# Addresses of one user: max_per_user removes the oldest two.
MANY = ['198.51.100.%d' % i for i in range(80, 88)]
MOST = 6
# The address of the next login after the fault, and one that never logs in.
NEXT = '203.0.113.99'
STRANGER = '192.0.2.66'

# Longer than a run of the whole table, so that no entry expires meanwhile.
WINDOW = 6 * 3600

# The files that the folders have when all is well.
AT_REST = {'run/relay.gdbm', 'run/relay.lock', 'run/relay.beat',
           'run/relay.failures', 'state/relay.saved'}
# The files of authmap 0.1 that the sweeper removes.
LEFTOVERS = ['changes', 'fresh', 'swept', 'users', 'users-next', 'waits']

# gdbm's header, and the map's own part of it: see gdbmfile-layout.h.
BLOCK = 4096
ELEMENTS = 166
BITS = 9
OWN = BLOCK - 64
OWN_END, OWN_ARENA = OWN + 8, OWN + 24


def hash_of(key):
    """Return gdbm's hash of KEY, which has 31 bits."""
    value = 0x238F13AF * len(key)
    for i, c in enumerate(key.encode()):
        value = (value + (c << i * 5 % 24)) & 0x7fffffff
    return (1103515243 * value + 12345) & 0x7fffffff


def entry_of(key, bits=BITS):
    """Return the entry of KEY in a directory of 2^BITS entries."""
    return hash_of(key) >> (31 - bits)


def same_hash(count):
    """Return the COUNTth of addresses with one hash: gdbm shifts bytes that are 24
    apart alike, so one digit may grow by what the other shrinks."""
    digits = list('2001:db8:5555:5555:5555:5555:5555:5555')
    for place in 10, 11, 12:
        digits[place] = chr(ord('1') + count % 9)
        digits[place + 24] = chr(ord('9') - count % 9)
        count //= 9
    return ''.join(digits)


def a_new_one(shares):
    """Return an address that SHARES the bucket of SAVED[0], or has an empty one."""
    taken = {entry_of(a) for a in SAVED + [UNSAVED, REMOVED, NEXT] + MANY}
    for i in range(1 << 16):
        address = '203.0.%d.%d' % (i // 256, i % 256)
        entry = entry_of(address)
        if (entry == entry_of(SAVED[0])) if shares else entry not in taken:
            return address
    raise SystemExit('no address shares a bucket')


# Addresses of new logins: in a bucket that is in use, and in an empty one.
NEW, FIRST = a_new_one(True), a_new_one(False)
# They fill a bucket, except for the last; the first expires first.
COLLIDING = [same_hash(i) for i in range(ELEMENTS + 1)]


def read_sparse(path):
    """Return the size of a file, and its parts that are no holes, as (offset,
    data)."""
    pieces = []
    with open(path, 'rb') as data:
        size = os.fstat(data.fileno()).st_size
        at = 0
        while at < size:
            try:
                at = os.lseek(data.fileno(), at, os.SEEK_DATA)
            except OSError:
                break
            end = os.lseek(data.fileno(), at, os.SEEK_HOLE)
            pieces.append((at, os.pread(data.fileno(), end - at, at)))
            at = end
    return size, pieces


def write_sparse(path, image):
    size, pieces = image
    with open(path, 'wb') as out:
        for at, data in pieces:
            out.seek(at)
            out.write(data)
        out.truncate(size)


class World:
    """The files and the responder in the folder SCRATCH.  Several worlds may be in
    use at once."""

    def __init__(self, built, scratch):
        self.built = built
        self.scratch = scratch
        self.conf = scratch + '/authmap.conf'
        self.socket = scratch + '/socketmap/sock'
        self.images = {}
        os.makedirs(scratch, exist_ok=True)
        os.chmod(scratch, 0o711)
        # With the first configuration, a login does not give up on a busy machine.
        # With the second, it waits briefly; the third has also max_per_user.
        self.brief = scratch + '/authmap.conf.brief'
        self.limited = scratch + '/authmap.conf.limited'
        for conf, more in ((self.conf, 'lock_timeout = 10s\n'),
                           (self.brief, 'lock_timeout = 10ms\n'),
                           (self.limited, 'lock_timeout = 10s\n'
                            'max_per_user = %d\n' % MOST)):
            with open(conf, 'w') as out:
                out.write('map = %s/run/relay.gdbm\nstate_dir = %s/state\n'
                          'user = nobody\ngroup = nogroup\nsocket = %s\n'
                          'window = %ds\n' % (
                              scratch, scratch, self.socket, WINDOW) + more)
        self.must(self.sweep())
        self.make_images()
        self.put('whole')
        self.responder = None
        self.responder_start()

    def path(self, name):
        """Return the path of NAME, such as "run/relay.gdbm"."""
        return os.path.join(self.scratch, name)

    def tool(self, *words):
        return [self.built + '/authmap', '-c', self.conf] + list(words)

    def sweeper(self, conf=None):
        return [self.built + '/authmap-sweeper', '-c', conf or self.conf,
                '--once']

    def sweep(self):
        return run(self.sweeper())

    @staticmethod
    def must(done):
        if done.status != 0:
            raise SystemExit('%s: %s' % (done.status, done.err))

    # ----- images of the folders ---------------------------------------

    def gdbmtool(self, script, path='run/relay.gdbm'):
        done = subprocess.run(['gdbmtool', self.path(path)], input=script,
                              capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(done.stderr)
        return done.stdout

    def store(self, addresses, last, expires, user='joe'):
        """Store entries whose times are not those of a login now."""
        self.gdbmtool(''.join('store %s "%010d %010d imap %s"\n'
                              % (a, expires, last, user) for a in addresses))

    def poke(self, at, *words):
        """Write WORDS of 8 bytes into the map."""
        with open(self.path('run/relay.gdbm'), 'r+b') as out:
            out.seek(at)
            out.write(struct.pack('<%dq' % len(words), *words))

    def expire(self, addresses, at):
        """Let entries of one length expire earlier, by overwriting them."""
        with open(self.path('run/relay.gdbm'), 'r+b') as out:
            data = out.read()
            for address in addresses:
                out.seek(data.index(address.encode() + b'%010d' % (
                    at + WINDOW)) + len(address))
                out.write(b'%010d' % at)

    def make_images(self):
        now = int(time.time())
        self.must(run(self.tool('record', REMOVED, 'eve', 'imap')))
        self.must(run(self.tool('remove', REMOVED)))
        self.store(SAVED, now - 60, now - 60 + WINDOW)
        self.must(self.sweep())
        saved = read_sparse(self.path('state/relay.saved'))
        self.store([UNSAVED], now - 60, now - 60 + WINDOW)
        self.must(self.sweep())
        write_sparse(self.path('state/relay.saved'), saved)
        self.take('whole')
        # Do not use an empty bucket: many entries of the directory share it, so
        # gdbm would walk for ever, until the map is rebuilt.
        self.store([SAVED[0]], now - 60, now - 60 + WINDOW)
        self.take('foreign')
        os.unlink(self.path('run/relay.gdbm'))
        self.take('lost')
        self.make_full_images(now)
        self.make_old_images(now)

    def make_full_images(self, now):
        """Make the images that are larger than "whole", or have less room."""
        self.put('whole')
        self.store(OVER, now - 60, now - 60 + WINDOW)
        self.sweep_keeping_state('over')
        self.expire(OVER, now - 60)
        self.take('over')
        self.put('whole')
        for i, address in enumerate(MANY):
            self.store([address], now - 60 + i, now - 60 + WINDOW + i, 'max')
        self.sweep_keeping_state('many')
        self.put('whole')
        self.poke(OWN_ARENA, os.path.getsize(
            self.path('run/relay.gdbm')) - 8)
        self.take('brim')
        self.put('whole')
        for i, address in enumerate(COLLIDING[:-1]):
            self.store([address], now - 60 + i, now - 60 + WINDOW + i, 'eve')
        self.sweep_keeping_state('bucket')

    def make_old_images(self, now):
        """Make the images that authmap 0.1 left."""
        self.put('whole')
        script = ''.join(
            'store %s "%s"\n' % tuple(line.split(' ', 1)) for line
            in self.gdbmtool('list\n').splitlines())
        path = self.path('run/relay.gdbm')
        os.unlink(path)
        self.gdbmtool(script)
        os.chmod(path, 0o660)
        shutil.chown(path, 'nobody', 'nogroup')
        self.take('old')
        for name, address in (('pending', PENDING), ('draining', DRAINING)):
            self.write('run/relay.' + name, self.change('+', address, now))
        for name in LEFTOVERS:
            self.write('run/relay.' + name, self.change('!', SAVED[0], now))
        self.take('leftovers')
        for name, address in (('pending', PENDING), ('draining', DRAINING)):
            self.write('run/relay.' + name, 999 * self.change(
                '+', SAVED[1], now) + self.change('+', address, now))
        self.take('long leftovers')
        self.write('run/relay.restore', b'')
        self.gdbmtool('delete %s\n' % SAVED[4])
        self.take('leftovers, to be restored')

    def sweep_keeping_state(self, image):
        """Take IMAGE after a sweep, with the saved state from before the sweep."""
        saved = read_sparse(self.path('state/relay.saved'))
        self.must(self.sweep())
        write_sparse(self.path('state/relay.saved'), saved)
        self.take(image)

    @staticmethod
    def change(op, address, now):
        return ('\n%s %s %010d %010d imap amy\n' % (
            op, address, now + WINDOW, now)).encode()

    def write(self, name, data, mode=0o660):
        with open(self.path(name), 'wb') as out:
            out.write(data)
        os.chmod(self.path(name), mode)
        shutil.chown(self.path(name), 'nobody', 'nogroup')

    def names(self):
        return {folder + '/' + name for folder in ('run', 'state')
                for name in os.listdir(self.path(folder))}

    def moved_aside(self):
        """Return the damaged maps that were moved aside."""
        return {name for name in self.names()
                if name.startswith('run/relay.gdbm.broken-')}

    def take(self, image):
        kept = {}
        for name in self.names():
            st = os.stat(self.path(name))
            kept[name] = read_sparse(self.path(name)), st
        self.images[image] = kept

    def put(self, image):
        """Make the folders as they were at take()."""
        for name in self.names():
            path = self.path(name)
            if stat.S_ISDIR(os.lstat(path).st_mode):
                shutil.rmtree(path)
            else:
                os.unlink(path)
        for name, (data, st) in self.images[image].items():
            path = self.path(name)
            write_sparse(path, data)
            os.chown(path, st.st_uid, st.st_gid)
            os.chmod(path, st.st_mode & 0o7777)
            os.utime(path, ns=(st.st_atime_ns, st.st_mtime_ns))

    @contextlib.contextmanager
    def held(self, name):
        """Let another process hold the lock of the file NAME, unless it is None."""
        if name is None:
            yield
            return
        lock = os.open(self.path(name), os.O_RDWR)
        if name.endswith('.gdbm'):
            fcntl.lockf(lock, fcntl.LOCK_EX)
        else:
            fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            yield
        finally:
            os.close(lock)

    # ----- asking ------------------------------------------------------

    def plain(self):
        """Return LAST and EXPIRES by address, as gdbm reads them; None if there is
        no file, False if it is damaged."""
        path = self.path('run/relay.gdbm')
        if not os.path.lexists(path):
            return None
        if not stat.S_ISREG(os.lstat(path).st_mode):
            return False
        done = run(['gdbmtool', '-r', path, 'list'])
        if done.status != 0:
            return False
        entries = {}
        for line in done.out.splitlines():
            word = line.split(' ')
            if len(word) == 5 and word[1].isdigit() and word[2].isdigit():
                entries[word[0]] = int(word[2]), int(word[1])
        return entries

    def listed(self):
        """Return the addresses that the tool lists, or None if it fails."""
        done = run(self.tool('list'))
        if done.status != 0:
            return None
        return {line.split('\t')[0] for line in done.out.splitlines()}

    def saved(self):
        try:
            with open(self.path('state/relay.saved'), errors='replace') as f:
                return {line.split(' ')[1] for line in f if line[:2] == '= '}
        except OSError:
            return set()

    # ----- the responder -----------------------------------------------

    def responder_command(self):
        return [self.built + '/authmap-socketmapd', '-f', '-c', self.conf]

    def responder_start(self, before=()):
        self.responder = subprocess.Popen(
            list(before) + self.responder_command(),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        for _ in range(HANGS * 100):
            if self.ask(STRANGER) is not None:
                return True
            if self.responder.poll() is not None:
                return False
            time.sleep(0.01)
        return False

    def responder_stop(self):
        self.responder.terminate()
        try:
            return self.responder.wait(HANGS)
        except subprocess.TimeoutExpired:
            self.responder.kill()
            return self.responder.wait()

    def ask(self, address):
        """Return the responder's answer, or None if there is none."""
        try:
            with socket.socket(socket.AF_UNIX) as s:
                s.settimeout(HANGS)
                s.connect(self.socket)
                question = b'relay ' + address.encode()
                s.sendall(b'%d:%s,' % (len(question), question))
                answer = s.recv(1024).decode(errors='replace')
        except OSError:
            return None
        return answer.partition(':')[2].rstrip(',') or None

    def end(self):
        self.responder_stop()
