# SPDX-License-Identifier: ISC
"""The clients of "soak".  Each runs until the end, and checks the results.  Every
function with a World runs in a thread."""
import collections
import random
import select
import socket
import subprocess
import threading
import time
import traceback

WINDOW = 10         # seconds, as in the configuration
REFRESH = WINDOW // 3
SLACK = 3           # seconds that a busy server may take to note a logout
TICK = 0.05         # seconds by which time(2) may be behind
USERS = ['user%d' % n for n in range(100)]
IDLERS = 20         # sessions of joe in IDLE, from 10.9.0.0 on


class World:
    """The state that the threads share: whether they pause, the counts, and the
    addresses that must be in the map."""

    def __init__(self, folder, build, conf, ports):
        self.folder, self.build, self.conf = folder, build, conf
        self.ports = ports
        self.lock = threading.Lock()
        self.counts = collections.Counter()
        self.going = threading.Event()
        self.going.set()
        self.busy = 0
        self.disturbed_until = 0
        self.idle = {}          # address: its session
        self.known = {}         # address: (begin, end, user) of its last login
        self.longest = 0

    def count(self, what, number=1):
        with self.lock:
            self.counts[what] += number

    def wrong(self, what, text):
        """Count a failure, and print the first of each kind."""
        self.count(what)
        if self.counts[what] <= 5:
            print('# %s: %s' % (what, text), flush=True)

    def turns(self):
        """Yield for each turn of a thread, which may pause between them."""
        while True:
            self.going.wait()
            with self.lock:
                if not self.going.is_set():
                    continue
                self.busy += 1
            try:
                yield
            finally:
                with self.lock:
                    self.busy -= 1

    def guard(self, function, *arguments):
        """Run a thread, and count its exception as an error."""
        try:
            function(self, *arguments)
        except Exception:
            self.wrong('errors', traceback.format_exc())

    def hold(self, seconds):
        """Wait for some seconds, or until all threads pause."""
        end = time.time() + seconds
        while time.time() < end and self.going.is_set():
            time.sleep(0.1)

    def pause(self):
        with self.lock:
            self.going.clear()
        end = time.time() + 60
        while self.busy > 0 and time.time() < end:
            time.sleep(0.05)

    def disturb(self, seconds):
        """Note that sessions may be cut for the next seconds."""
        self.disturbed_until = max(self.disturbed_until,
                                   time.time() + seconds)

    def run(self, *command):
        """Run a command.  Return its exit status and its output."""
        done = subprocess.run(command, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=60)
        return done.returncode, done.stdout.decode()

    def authmap(self, *arguments):
        return self.run(self.build + '/authmap', '-c', self.conf, *arguments)


class Asker:
    """A connection to the responder that stays open, like an MTA's."""

    def __init__(self, world):
        self.world, self.socket = world, None

    def ask(self, question):
        """Return the reply.  If the responder was killed, connect again."""
        end = time.time() + 10
        while time.time() < end:
            try:
                answer = self.once(question)
            except OSError:
                self.socket = None
                self.world.count('reconnected')
                time.sleep(0.05)
                continue
            self.world.count('lookups')
            if not answer.startswith(('OK ', 'NOTFOUND ')):
                self.world.wrong('errors', '%s: %s' % (question, answer))
            return answer
        self.world.wrong('errors', '%s: no answer' % question)
        return ''

    def once(self, question):
        if self.socket is None:
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.settimeout(10)
            self.socket.connect(self.world.folder + '/socketmap/sock')
        self.socket.sendall(b'%d:%s,' % (len(question), question.encode()))
        heard = b''
        while not heard.endswith(b','):
            got = self.socket.recv(4096)
            if not got:
                raise ConnectionResetError('closed')
            heard += got
        return heard[heard.index(b':') + 1:-1].decode()

    def not_there(self, address, what):
        """Count a failure if ADDRESS may relay."""
        if self.ask('relay ' + address).startswith('OK'):
            self.world.wrong(what, '%s may relay' % address)


class Session:
    """An IMAP or POP3 session; a PROXY header gives the client's address."""

    def __init__(self, world, kind, source, user, password='pw'):
        v6 = ':' in source
        self.kind, self.text = kind, b''
        self.socket = socket.create_connection(
            ('127.0.0.1', world.ports[kind]), 30)
        self.say('PROXY %s %s %s 40000 143' % (
            'TCP6' if v6 else 'TCP4', source,
            '2001:db8::25' if v6 else '192.0.2.25'))
        self.line()
        if kind == 'imap':
            self.reply = self.command('LOGIN %s %s' % (user, password))
        else:
            self.command('USER ' + user)
            self.reply = self.command('PASS ' + password)
        self.good = self.reply.startswith(('a OK', '+OK'))

    def say(self, line):
        self.socket.sendall(line.encode() + b'\r\n')

    def line(self):
        while b'\n' not in self.text:
            got = self.socket.recv(4096)
            if not got:
                raise ConnectionResetError('closed')
            self.text += got
        line, self.text = self.text.split(b'\n', 1)
        return line.decode()

    def command(self, line):
        """Send a command.  Return the last line of its reply."""
        if self.kind == 'pop3':
            self.say(line)
            return self.line()
        self.say('a ' + line)
        while not (reply := self.line()).startswith(('a ', '+')):
            continue
        return reply

    def logout(self):
        try:
            self.command('LOGOUT' if self.kind == 'imap' else 'QUIT')
        except OSError:
            pass
        self.socket.close()


def login(world, kind, source, user):
    """Log in.  Return the session, or None if it was cut or refused."""
    begin = time.time()
    try:
        session = Session(world, kind, source, user)
        if session.good:
            took = time.time() - begin
            with world.lock:
                world.counts['logins'] += 1
                if world.disturbed_until < begin:
                    world.longest = max(world.longest, took)
            return session
        why = session.reply
    except OSError as e:
        why = repr(e)
    if world.disturbed_until >= begin:
        world.count('cut')
    else:
        world.wrong('refused', '%s %s %s: %s' % (kind, source, user, why))
    return None


def stranger():
    n = random.randrange(1, 255)
    return random.choice(('192.0.2.%d' % n, '2001:db8:ffff::%x' % n))


def bad_login(world, asker):
    source = stranger()
    begin = time.time()
    try:
        if Session(world, random.choice(('imap', 'pop3')), source,
                   random.choice(USERS), 'wrong').good:
            world.wrong('strangers', '%s: a wrong password is accepted' % source)
    except OSError as e:
        if world.disturbed_until < begin:
            world.wrong('refused', '%s: %r' % (source, e))
    world.count('bad passwords')
    asker.not_there(source, 'strangers')


def logins(world, number):
    """Log in again and again, as one of a hundred users from one of 150 addresses
    that only this thread uses, and look up each login at once.  Now and then use
    a wrong password."""
    asker = Asker(world)
    pool = ['203.0.113.%d' % (number * 50 + n) for n in range(50)] + \
        ['198.51.100.%d' % (number * 50 + n) for n in range(50)] + \
        ['2001:db8:%x::%x' % (number, n + 1) for n in range(50)]
    for _ in world.turns():
        if random.randrange(20) == 0:
            bad_login(world, asker)
        address, user = random.choice(pool), random.choice(USERS)
        world.known[address] = None
        begin = time.time()
        session = login(world, random.choice(('imap', 'pop3')), address, user)
        if session is None:
            continue
        for question, wanted in ('relay', 'OK OK'), ('user', 'OK ' + user):
            answer = asker.ask('%s %s' % (question, address))
            if answer != wanted:
                world.wrong('missing', '%s, logged in: %s %s' % (
                    address, question, answer))
        world.hold(random.choice((0,) * 9 + (1,)))
        session.logout()
        world.known[address] = (begin, time.time(), user)
        time.sleep(random.uniform(0.02, 0.1))


def judge(world, address, ask):
    """Check the reply about ADDRESS, whose last login is known."""
    entry = world.known.get(address)
    before = time.time()
    found = ask(address)
    after = time.time()
    if entry is None or world.known.get(address) is not entry:
        return
    begin, end, _ = entry
    if before > end + WINDOW + SLACK:
        world.count('asked when over')
        if found:
            world.wrong('outlived', '%s, left %.1f s ago' % (
                address, before - end))
    elif after < int(begin - TICK) + WINDOW and not found:
        world.wrong('missing', '%s, logged in at %f, at %f' % (
            address, begin, after))


def lookups(world):
    """Look up addresses that have logged in, and others."""
    asker = Asker(world)
    for _ in world.turns():
        for _ in range(20):
            asker.not_there(stranger(), 'strangers')
            if world.known:
                judge(world, random.choice(list(world.known)), lambda address:
                      asker.ask('relay ' + address).startswith('OK'))
        time.sleep(0.05)


def found_by_tool(world, address):
    status, text = world.authmap('lookup', address)
    world.count('lookups')
    if status > 1:
        world.wrong('errors', 'authmap lookup %s: %s' % (address, text))
    return status == 0


def other_lookups(world):
    """Look them up with authmap, and with a program that uses only gdbm."""
    for _ in world.turns():
        for _ in range(4):
            if world.known:
                judge(world, random.choice(list(world.known)),
                      lambda address: found_by_tool(world, address))
            address = stranger()
            if found_by_tool(world, address):
                world.wrong('strangers', address)
            world.hold(0.5)
        if len(world.idle) < IDLERS or not world.going.is_set():
            continue
        status, text = world.run(
            world.build + '/test/reader', world.folder + '/run/relay.gdbm',
            '10.9', str(IDLERS), '1', str(WINDOW))
        world.count('lookups', int(text.split('\n')[-2].split()[0]))
        if status != 0:
            world.wrong('errors', 'reader: ' + text)


def idle_begin(world, address):
    session = login(world, 'imap', address, 'joe')
    if session is None:
        return
    try:
        session.command('SELECT INBOX')
        session.command('IDLE')
        world.idle[address] = session
    except OSError:
        world.count('cut')


def idle(world):
    """Keep sessions in IDLE.  Log in again at once after one was cut."""
    for _ in world.turns():
        for n in range(IDLERS):
            if '10.9.0.%d' % n not in world.idle:
                idle_begin(world, '10.9.0.%d' % n)
        sockets = {s.socket: a for a, s in world.idle.items()}
        for s in select.select(list(sockets), [], [], 0.2)[0]:
            try:
                gone = not s.recv(4096)
            except OSError:
                gone = True
            if gone:
                world.idle.pop(sockets[s]).socket.close()
                world.count('cut sessions')


def removals(world, number):
    """Remove an address during its session, then log in again from it."""
    asker = Asker(world)
    address = '10.8.0.%d' % number if number % 2 else '2001:db8:8::%x' % number
    for _ in world.turns():
        session = login(world, 'imap', address, 'amy')
        if session is None:
            continue
        if asker.ask('relay ' + address) != 'OK OK':
            world.wrong('missing', '%s, removed and logged in' % address)
        status, text = world.authmap('remove', address)
        if status != 0:
            world.wrong('errors', 'remove %s: %s' % (address, text))
        world.count('removals')
        end = time.time() + 2 * REFRESH + 1
        while time.time() < end and world.going.is_set():
            asker.not_there(address, 'back')
            world.hold(0.5)
        session.logout()
        world.hold(0.5)
        asker.not_there(address, 'back')
