"""A map and all that belongs to it in a scratch folder, made as the programs
make it, put back as it was before each fault, and asked in every way."""
import contextlib
import fcntl
import os
import shutil
import socket
import stat
import subprocess
import time

from inject import HANGS, run

# Who may relay: of these the state was saved, this one came after that.
SAVED = ['198.51.100.%d' % i for i in range(1, 6)]
UNSAVED = '198.51.100.9'
# An administrator took this one out.
REMOVED = '198.51.100.66'
# Another writer left this one to be stored.
PENDING = '198.51.100.20'
# Their time is over.
OVER = ['198.51.100.%d' % i for i in range(40, 45)]
# Who logs in; who logs in once the fault is gone; who never did.
NEW = '203.0.113.1'
NEXT = '203.0.113.99'
STRANGER = '192.0.2.66'

WINDOW = 1800

# What belongs into the folders when all is well.
AT_REST = {'run/relay.gdbm', 'run/relay.lock', 'run/relay.beat',
           'run/relay.failures', 'run/relay.waits', 'run/relay.users',
           'run/relay.feed', 'state/relay.saved'}


class World:
    """One of several that are used at the same time, in folder SCRATCH."""

    def __init__(self, built, scratch):
        self.built = built
        self.scratch = scratch
        self.conf = scratch + '/authmap.conf'
        self.socket = scratch + '/socketmap/sock'
        self.images = {}
        os.makedirs(scratch, exist_ok=True)
        os.chmod(scratch, 0o711)
        # The other, for those who wait in vain again and again.
        self.brief = scratch + '/authmap.conf.brief'
        for conf, more in ((self.conf, ''),
                           (self.brief, 'lock_timeout = 10ms\n')):
            with open(conf, 'w') as out:
                out.write('map = %s/run/relay.gdbm\nstate_dir = %s/state\n'
                          'user = nobody\ngroup = nogroup\nsocket = %s\n'
                          % (scratch, scratch, self.socket) + more)
        self.must(self.sweep())
        self.make_images()
        self.put('whole')
        self.responder = None
        self.responder_start()

    def path(self, name):
        """NAME as in "run/relay.gdbm"."""
        return os.path.join(self.scratch, name)

    def tool(self, *words):
        return [self.built + '/authmap', '-c', self.conf] + list(words)

    def sweeper(self):
        return [self.built + '/authmap-sweeper', '-c', self.conf, '--once']

    def sweep(self):
        return run(self.sweeper())

    @staticmethod
    def must(done):
        if done.status != 0:
            raise SystemExit('%s: %s' % (done.status, done.err))

    # ----- images of the folders ---------------------------------------

    def store(self, addresses, last, expires):
        """As nobody logs in any more: with times of our own."""
        script = ''.join('store %s "%010d %010d imap joe"\n'
                         % (a, expires, last) for a in addresses)
        done = subprocess.run(['gdbmtool', self.path('run/relay.gdbm')],
                              input=script, capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(done.stderr)

    def make_images(self):
        now = int(time.time())
        self.must(run(self.tool('record', REMOVED, 'eve', 'imap')))
        self.must(run(self.tool('remove', REMOVED)))
        self.store(SAVED, now - 60, now - 60 + WINDOW)
        self.must(self.sweep())
        self.store([UNSAVED], now - 60, now - 60 + WINDOW)
        self.take('whole')
        os.unlink(self.path('run/relay.gdbm'))
        self.take('lost')
        os.unlink(self.path('state/relay.saved'))
        self.must(self.sweep())
        self.write('state/relay.saved', self.images['lost'][
            'state/relay.saved'][0])
        self.write('run/relay.restore', b'')
        self.take('asked')
        self.put('whole')
        self.store(OVER, now - 2 * WINDOW, now - WINDOW)
        self.take('over')
        for name in ('pending', 'draining'):
            self.put('whole')
            self.write('run/relay.' + name, self.change('+', PENDING, now))
            self.take(name)

        self.fill_up(now)

    def fill_up(self, now):
        """As "pending", and the map grows with the next entry."""
        self.put('pending')
        path = self.path('run/relay.gdbm')
        size = os.path.getsize(path)
        for i in range(10, 100):
            self.take('brim')
            self.store(['198.51.101.%d' % i], now - 2 * WINDOW, now - WINDOW)
            if os.path.getsize(path) > size:
                return
        raise SystemExit('the map does not grow')

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

    def take(self, image):
        kept = {}
        for name in self.names():
            st = os.stat(self.path(name))
            with open(self.path(name), 'rb') as data:
                kept[name] = data.read(), st
        self.images[image] = kept

    def put(self, image):
        """Makes the folders as they were at take()."""
        for name in self.names():
            path = self.path(name)
            if stat.S_ISDIR(os.lstat(path).st_mode):
                shutil.rmtree(path)
            else:
                os.unlink(path)
        for name, (data, st) in self.images[image].items():
            path = self.path(name)
            with open(path, 'wb') as out:
                out.write(data)
            os.chown(path, st.st_uid, st.st_gid)
            os.chmod(path, st.st_mode & 0o7777)
            os.utime(path, ns=(st.st_atime_ns, st.st_mtime_ns))

    @contextlib.contextmanager
    def locked(self, wanted=True):
        """Another has the writers' lock meanwhile, if that is WANTED."""
        if not wanted:
            yield
            return
        lock = os.open(self.path('run/relay.lock'), os.O_RDWR)
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            yield
        finally:
            os.close(lock)

    # ----- asking ------------------------------------------------------

    def plain(self):
        """What plain gdbm reads: None for no file, False for a damaged one,
        else LAST and EXPIRES by address."""
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
        """Who may relay, as the tool says; None: it says that it cannot."""
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
        """The responder's answer; None: there is none."""
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
