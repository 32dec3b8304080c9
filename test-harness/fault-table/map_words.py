# SPDX-License-Identifier: ISC
"""Damage the map word by word, as a member of its group may."""
import contextlib
import os
import struct
import threading
import time

import damage
import inject
import promises
from row import Row, Tally
from world import BLOCK, ELEMENTS, NEW, OWN, SAVED, STRANGER, \
    UNSAVED, entry_of, hash_of, write_sparse

MAP = 'run/relay.gdbm'
PROMISE = 'no crash, no hang, no stranger; gdbm and we read it alike after ' \
    'the next sweep'

# The sweep after a login may find that the map is damaged.
LOST = promises.ALL | {NEW}

# Offset and size of each field.
HEADER = [('magic', 0, 4), ('block_size', 4, 4), ('dir', 8, 8),
          ('dir_size', 16, 4), ('dir_bits', 20, 4), ('bucket_size', 24, 4),
          ('bucket_elems', 28, 4), ('next_block', 32, 8),
          ('avail.size', 40, 4), ('avail.count', 44, 4),
          ('avail.next_block', 48, 8), ('avail.av_size', 56, 4),
          ('avail.av_adr', 64, 8)]
OWN_PART = [(name, OWN + 8 * i, 8) for i, name in enumerate(
    ('magic', 'end', 'empty', 'arena', 'entries', 'rebuild', 'restored'))]
HEAD = [('av_count', 0, 4), ('av_size', 8, 4), ('av_adr', 16, 8),
        ('bits', 104, 4), ('count', 108, 4)]
ELEMENT = [('hash', 0, 4), ('key_start', 4, 4), ('data_pointer', 8, 8),
           ('key_size', 16, 4), ('data_size', 20, 4)]


def values(was, size, others, brief):
    """Return the values for a field of SIZE bytes that WAS before: small ones, large
    ones, and those near to it, and OTHERS."""
    top = 1 << 8 * size
    wanted = [0, -1, was + 8, 5000000] if brief else [
        0, 1, -1, top // 2 - 1, top // 2, was + 1, was - 1, was + 8, was * 2,
        5000000, 1 << 30, *others]
    return sorted({v % top for v in wanted} - {was})


def at(world, where, size):
    with open(world.path(MAP), 'rb') as data:
        return int.from_bytes(os.pread(data.fileno(), size, where), 'little')


def poke(world, where, data):
    with open(world.path(MAP), 'r+b') as out:
        os.pwrite(out.fileno(), data, where)


def bucket_of(world, key):
    return at(world, BLOCK + 8 * entry_of(key), 8)


def element_of(world, key):
    bucket = bucket_of(world, key)
    for n in range(ELEMENTS):
        place = bucket + 112 + 24 * ((hash_of(key) + n) % ELEMENTS)
        if at(world, place, 4) == hash_of(key):
            return place
    raise LookupError(key)


def try_one(world, tally, what, op, excused, plain=True):
    """Do OP on the damaged map.  EXCUSED may be lost.  PLAIN: gdbm, too, must read
    the map in the end."""
    done = inject.run(op.command(world))
    wrong = damage.too_long(op, done)
    # A login may be refused until the next sweep: the map seems to be full.
    if done.status != 1:
        wrong += promises.ended(op, done, False)
    aside = world.moved_aside()
    world.sweep()
    # A removal since the last sweep is lost with the map, like a login.
    if world.moved_aside() != aside:
        op = op._replace(loses=set())
    wrong += promises.healed(world, op, done.status == op.yes, excused,
                             aside=True, alike=plain)
    listed = world.listed() or set()
    if listed - promises.granted(op):
        wrong.append('the tool lets in '
                     + promises.few(listed - promises.granted(op)))
    if plain:
        wrong += promises.let_in(world, promises.granted(op))
    tally.add('%s: %s' % (what, op.name), wrong,
              'went on' if done.status == op.yes else 'left for the next',
              done.seconds)


def fields_row(name, fields, base, excused, operations, brief):
    """Return the row in which each of FIELDS, at an offset from BASE, has each
    value."""
    def tries(world):
        tally = Tally()
        for field, offset, size in fields:
            world.put('whole')
            where = base(world) + offset
            was = at(world, where, size)
            end = os.path.getsize(world.path(MAP))
            others = [end, end - 8, BLOCK, bucket_of(world, SAVED[1]),
                      bucket_of(world, SAVED[0]) + 8]
            for value in values(was, size, others, brief):
                for op in operations:
                    world.put('whole')
                    poke(world, where, value.to_bytes(size, 'little'))
                    # The sweeper does not notice an element with a wrong hash,
                    # nor that a login overwrites a record in use.
                    try_one(world, tally, '%s is %#x' % (field, value), op,
                            excused, plain=fields is not ELEMENT
                            and field != 'arena')
        return tally
    return Row(name, 'each field has another value', PROMISE, tries)


def record_row(operations):
    """Return the row in which each byte of a record has other values."""
    def tries(world):
        tally = Tally()
        world.put('whole')
        record = at(world, element_of(world, SAVED[0]) + 8, 8)
        length = at(world, element_of(world, SAVED[0]) + 16, 4) \
            + at(world, element_of(world, SAVED[0]) + 20, 4)
        for i in range(length):
            for byte in b'\0\n \xff9':
                for op in operations:
                    world.put('whole')
                    poke(world, record + i, bytes([byte]))
                    # A valid digit may let the entry expire later.
                    try_one(world, tally, 'byte %d is %#x' % (i, byte), op,
                            set(SAVED[:1]), plain=False)
        return tally
    return Row('a record of the map', 'each byte has another value', PROMISE,
               tries)


def wide(world, buckets):
    """Make a file of a gigabyte with the widest directory, whose entries name
    BUCKETS in turn."""
    end = 1 << 30
    pieces = world.images['whole'][MAP][0][1]
    head = bytearray(pieces[0][1])
    struct.pack_into('<qii', head, 8, end - (8 << 20), 8 << 20, 20)
    struct.pack_into('<q', head, 32, end)
    struct.pack_into('<q', head, OWN + 8, end)
    directory = struct.pack('<%dq' % len(buckets), *buckets) * (
        (1 << 20) // len(buckets))
    write_sparse(world.path(MAP), (end, [(0, bytes(head))] + [
        p for p in pieces if p[0] >= len(head)] + [
            (end - (8 << 20), directory)]))


def planted(world):
    """Return the maps that a member of the group plants: a name, and a function that
    makes it."""
    world.put('whole')
    a, b = bucket_of(world, SAVED[0]), bucket_of(world, SAVED[1])
    empty = at(world, OWN + 16, 8)
    full = struct.pack('<512q', *(a for _ in range(512)))

    def spoil(names, data):
        return lambda world: poke(world, names, data)
    yield 'each directory entry names one bucket', spoil(BLOCK, full)
    yield 'the directory goes A B ... B A', spoil(
        BLOCK, struct.pack('<512q', *([a, b] * 128 + [b, a] * 128)))
    yield 'each directory entry names nothing', spoil(BLOCK, bytes(4096))
    yield 'the directory is its own bucket', spoil(
        BLOCK, struct.pack('<512q', *[BLOCK] * 512))
    yield 'the list of free blocks is a circle', spoil(
        44, struct.pack('<iq', 1, BLOCK))
    yield 'each list of free blocks is full', lambda world: (
        poke(world, a, struct.pack('<i', 6)),
        poke(world, 44, struct.pack('<i', 250)))
    yield 'a gigabyte, and each of a million entries is empty', \
        lambda world: wide(world, [empty])
    yield 'a gigabyte, and each of a million entries names one bucket', \
        lambda world: wide(world, [a])
    yield 'a gigabyte, and a million entries name two buckets in turn', \
        lambda world: wide(world, [a, b])


def planted_row(operations, brief):
    def tries(world):
        tally = Tally()
        for what, plant in list(planted(world)):
            if brief and 'gigabyte' in what:
                continue
            for op in operations:
                world.put('whole')
                plant(world)
                try_one(world, tally, what, op, LOST)
        return tally
    return Row('a planted map', 'circles, a gigabyte, a million entries',
               PROMISE, tries)


@contextlib.contextmanager
def changing(change):
    """Call CHANGE repeatedly meanwhile."""
    over = threading.Event()

    def go():
        while not over.is_set():
            with contextlib.suppress(OSError):
                change()
    thread = threading.Thread(target=go)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def changes(world):
    path = world.path(MAP)
    size = os.path.getsize(path)

    def resize(*sizes):
        def change():
            for new in sizes:
                os.truncate(path, new)
        return change

    def replace():
        other = world.path('planted')
        write_sparse(other, world.images['whole'][MAP][0])
        os.chmod(other, 0o666)
        os.rename(other, path)
        time.sleep(0.01)
    yield 'it grows and shrinks', resize(size * 2, size)
    yield 'it is cut in half again and again', resize(size // 2, size)
    yield 'it is emptied again and again', resize(0, size)
    yield 'it is replaced again and again', replace


def changing_row(operations):
    def tries(world):
        tally = Tally()
        world.put('whole')
        for what, change in list(changes(world)):
            for op in operations:
                world.put('whole')
                with changing(change):
                    done = inject.run(op.command(world))
                    listed = world.listed() or set()
                    stranger = world.ask(STRANGER)
                wrong = [] if done.status in (0, 1, 2) else [
                    'it ended with %s' % done.status]
                if listed - promises.granted(op) or stranger == 'OK OK':
                    wrong.append('a stranger is let in')
                wrong += promises.healed(world, op, False, LOST,
                                         aside=True)
                tally.add('%s: %s' % (what, op.name), wrong, 'went on',
                          done.seconds)
        return tally
    return Row('the map', 'it changes its size, or is another, while it is '
               'read', PROMISE, tries)


def rows(brief=False):
    ops = [promises.GRANT] if brief else [
        promises.GRANT, promises.REFRESH, promises.REMOVE_DAMAGED, promises.SAVE]
    yield fields_row("the map's header", HEADER, lambda world: 0,
                     {UNSAVED}, ops, brief)
    yield fields_row("the map's own part of the header", OWN_PART,
                     lambda world: 0, LOST, ops, brief)
    yield fields_row("the map's directory", [
        ('a used entry', 8 * entry_of(SAVED[0]), 8),
        ('an unused entry', 8 * entry_of(STRANGER), 8)],
        lambda world: BLOCK, LOST, ops, brief)
    yield fields_row('a bucket of the map', HEAD,
                     lambda world: bucket_of(world, SAVED[0]),
                     LOST, ops, brief)
    yield fields_row('an element of the map', ELEMENT,
                     lambda world: element_of(world, SAVED[0]),
                     LOST, ops, brief)
    if not brief:
        yield record_row([promises.REFRESH, promises.SAVE])
    yield planted_row(ops, brief)
    yield changing_row(ops)
