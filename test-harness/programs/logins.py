#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Log in over IMAP from many addresses, one after the other.

usage: logins.py PORT USER <ADDRESSES

A PROXY header gives each address, and each session ends at once.  Print how many
logins succeeded.
"""
import socket
import sys


def say(stream, line, wanted):
    stream.write(line.encode() + b'\r\n')
    stream.flush()
    for answer in stream:
        if answer.startswith(wanted):
            return answer.startswith(wanted + b' OK')
    return False


def login(port, user, address):
    with socket.create_connection(('127.0.0.1', port)) as s:
        stream = s.makefile('rwb')
        to = '2001:db8::25' if ':' in address else '192.0.2.25'
        family = 'TCP6' if ':' in address else 'TCP4'
        return say(stream, f'PROXY {family} {address} {to} 40000 143\r\n'
                   f'a LOGIN {user} pw', b'a') and \
            say(stream, 'b LOGOUT', b'b')


print(sum(login(int(sys.argv[1]), sys.argv[2], address.strip())
          for address in sys.stdin))
