/* SPDX-License-Identifier: ISC */
/*
 * The store's protocol, for spin(1): writers, one or two sweepers, and readers
 * without a lock.  Any of them may be killed before any step.  An attacker may
 * replace relay.lock, and the map may be removed, at any moment.
 *
 * files.pml has the kernel and the format.  writer.pml and sweeper.pml follow maps/
 * and sweeper/ function by function.  Each step that another process can see is a
 * system call, and one statement here, an "atomic" or a "d_step".  There are two
 * addresses in one bucket of two elements, in a directory of one entry.
 *
 * spin searches all orders of the steps for violations of these properties:
 *  - check(): the published map has the last committed change of each address; and
 *    all saved entries, if it says that it is restored;
 *  - a reader, or a sweeper that copies without the lock, does not follow a pointer
 *    to data that is not written, sees only committed changes, and sees all changes
 *    that were committed before it read;
 *  - a file has one writer at a time, and only a published file is changed;
 *  - a removed address comes back only by a login;
 *  - a login succeeds if there is no attack;
 *  - no process waits forever (spin: invalid end state).
 *
 * The model leaves out expiry and clocks (a rebuild keeps everything), lengths
 * (whether a value has another length is a choice), collisions and limits, damaged
 * and foreign files, blocks, the cluster's feed, lock_timeout, and the removal of a
 * lock and a map at the same time.
 *
 * test-harness/model/run selects the processes through the environment: see init.
 */
#define KEYS 2
#define FILES 5		/* 0: none; 1: published at the beginning */
#define RECORDS 4	/* the arena of a file; 0: not written */
#define BUCKETS 2	/* 0: the empty bucket */
#define LOCKS 2

/* Processes. */
#define SWEEPER 3	/* 1 and 2 are the writers; 4 is the second sweeper */
#define PROCESSES 5

/* Changes. */
#define LOGIN 1
#define REFRESH 2
#define REMOVE 4
#define RESTORE 8

/* A record: the number of changes of its address, the address, whether it is
 * removed. */
#define RECORD(version, k, removed) ((version) << 2 | (k) << 1 | (removed))
#define VERSION(record) ((record) >> 2)
#define KEY(record) ((record) >> 1 & 1)
#define REMOVED(record) ((record) & 1)

/* Mistakes that the search must find; 0 is none. */
#define MISTAKE_POINTER_FIRST 1	/* the commit, before the record is written */
#define MISTAKE_HASH_FIRST 2	/* before the element's other fields */
#define MISTAKE_BUCKET_LAST 3	/* the directory's entry, before the bucket */
#define MISTAKE_BUMP_LAST 4	/* the arena is said to be used after the commit */
#define MISTAKE_NO_STAMP 5
#define MISTAKE_STAMP_LAST 6	/* after the commit */
#define MISTAKE_NO_LOCK 7	/* neither relay.lock nor the map's own */
#define MISTAKE_NO_RELAY_LOCK 8
#define MISTAKE_NO_MAP_LOCK 9
#define MISTAKE_HEADER_EARLY 10	/* is read before the map is locked */
#define MISTAKE_NO_LOOK 11	/* whether the locked map is still published */
#define MISTAKE_NO_NEXT_LOOK 12	/* whether relay.gdbm.new is still the maker's */
#define MISTAKE_CREATE_UNLOCKED 13	/* relay.gdbm.new, by the sweeper */
#define MISTAKE_FINISH_UNLOCKED 14	/* a sweep */
#define MISTAKE_NO_CATCH_UP 15	/* of changes that were made during a sweep */
#define MISTAKE_RENAME_FIRST 16	/* before the catch-up */
#define MISTAKE_RESTORE_OVER 17	/* over later removals and grants */
#define MISTAKE_RESTORE_HALF 18	/* into one map, the rest into the next one */
#define MISTAKE_REFRESH_EARLY 19	/* creates, in a map that is not restored */
#define MISTAKE_REFRESH_BACK 20	/* brings back a removed entry */
#define MISTAKE_NO_TOMBSTONE 21	/* of an entry that may still be restored */
#define MISTAKE_SAVE_EARLY 22	/* a map that is not restored */

byte writers, rounds, changes, sweepers, readers, kills, unlocks, loses, used_up;
byte mistake;

#include "files.pml"
#include "writer.pml"
#include "sweeper.pml"

/* A program that opens the map and looks up twice. */
proctype reader(byte k)
{
	byte f, b, s, r, low, n;

	if
	:: d_step { published != 0 -> f = published; low = truth[k] }
	:: published == 0 -> n = 2
	fi;
	do
	:: n < 2 ->
		b = DIRECTORY(f);
		s = 0;
		do
		:: s < 2 -> d_step {
			if
			:: BUCKET(f, b).hash[s] == k + 1 ->
				r = BUCKET(f, b).record[s]; s = 3
			:: else -> s++
			fi
		   }
		:: s == 2 -> assert(low == 0); break
		:: s == 3 -> d_step {
			r = file[f].record[r];
			assert(r != 0 && KEY(r) == k);
			assert(VERSION(r) >= VERSION(low));
			assert(VERSION(r) <= committed[k]);
			r = 0
		   }
		   break
		od;
		atomic { n++; low = (published == f -> truth[k] : low) }
	:: else -> break
	od
}

init {
	atomic {
		c_code {
#define FROM_ENVIRONMENT(name) now.name = getenv(#name) ? \
			atoi(getenv(#name)) : 0
			FROM_ENVIRONMENT(writers); FROM_ENVIRONMENT(rounds);
			FROM_ENVIRONMENT(changes); FROM_ENVIRONMENT(sweepers);
			FROM_ENVIRONMENT(readers); FROM_ENVIRONMENT(kills);
			FROM_ENVIRONMENT(unlocks); FROM_ENVIRONMENT(loses);
			FROM_ENVIRONMENT(used_up); FROM_ENVIRONMENT(mistake);
		};
		attacked = (unlocks > 0);
		made = 1;
		published = 1;
		saved[0] = RECORD(1, 0, 0);
		truth[0] = saved[0];
		version[0] = 1;
		committed[0] = 1;
		FILL(1, saved[0], 0, RESTORED);
		file[1].records = (used_up -> RECORDS : file[1].records);
		check();
		run fate();
		WHEN(writers > 0, run writer(1));
		WHEN(writers > 1, run writer(2));
		WHEN(sweepers > 0, run sweeper(SWEEPER));
		WHEN(sweepers > 1, run sweeper(SWEEPER + 1));
		WHEN(readers > 0, run reader(0));
		WHEN(readers > 1, run reader(1))
	}
}
