/*
 * The writers' protocol, for spin(1): two writers, a remover, a sweeper.  Each
 * may be killed before any step that another could notice, or give up waiting.
 *
 * queue.pml, writer.pml and sweeper.pml follow maps/ and sweeper/, function by
 * function; files.pml is the kernel.  What is in one "atomic" is one system call,
 * or is seen by nobody before its last.  MAY_DIE stands wherever death leaves
 * something else behind.  There are two addresses.  What the map has under one
 * of them is nothing, an end that is past, a tombstone, or a valid entry, and
 * then whose.  In a pending file a bit stands for each writer's line; in
 * relay.changes the last note of each address.
 *
 * spin looks for these, in every order of the steps:
 *  - reader: a map that is missing or half-made;
 *  - client: a grant that was answered and is not in the map, though nothing
 *    was removed since;
 *  - administrator: an entry that is back after a removal was answered, but for
 *    a login that had not ended when the removal began;
 *  - an invalid end state: with PATIENT nobody gives up, so nobody may be left
 *    waiting; and with -DNP, steps that never end;
 *  - when all have ended and one more sweep has passed: files left over, and a
 *    record that was to come later (AUTHMAP_WAITING) and did not.
 *
 * Not in it: damaged and foreign files, clocks that are set, files that are too
 * large, a second sweeper; and what two holders do between two system calls of
 * one of them after somebody has removed the lock.
 *
 * test-harness/model/run says who takes part, in the environment: see below.
 */
#define WRITERS 2
#define KEYS 2

/* Processes; the writers are 0 and 1. */
#define REMOVER 2
#define SWEEPER 3
#define LAST 4
#define PROCESSES 5

/* Changes; 0 and 1 are those of the writers. */
#define REMOVE 2
#define SET 3
#define NOTHING 4

/* What change_weigh() finds. */
#define KNOWN 1
#define TIMES 2
#define STORE 3

/* What writer_commit() returns. */
#define OK 1
#define LATE 2
#define BAD 3

/* What a sweep is at. */
#define SETTLE 1
#define BEGIN 2
#define FINISH 3

/* Mistakes that must be found; 0 is none. */
#define MISTAKE_UNLINK_FIRST 1	/* the pending file, before the map is there */
#define MISTAKE_NO_RENAME 2	/* the pending file is read under its name */
#define MISTAKE_NO_NAME 3	/* not looked at after an append */
#define MISTAKE_NO_LOCK 4	/* it excludes nobody */
#define MISTAKE_NO_NLINK 5	/* a lock that was removed is taken for one */
#define MISTAKE_OWN_FIRST 6	/* before what waits behind what was left */
#define MISTAKE_NO_NOTE 7	/* of what is written in place */
#define MISTAKE_NO_KNOWN 8	/* no note of what stays as it is */
#define MISTAKE_NO_TOMBSTONE 9	/* of what is not there, during a sweep */
#define MISTAKE_NO_CATCH_UP 10	/* by the sweeper, before it publishes */
#define MISTAKE_INCOMPLETE 11	/* relay.changes is not looked for at the end */
#define MISTAKE_HALF_MADE 12	/* the copy is made under the map's name */
#define MISTAKE_DOT_LOCK 13	/* the lock outlives its holder */
#define MISTAKE_NO_LOOK 14	/* at the lock, once relay.changes is there */
#define MISTAKEN(which) (mistake == MISTAKE_##which)

c_decl {
\#include <stdlib.h>
static int
number(const char *name)
{
	const char *value = getenv(name);

	return value == NULL ? 0 : atoi(value);
}
}

mtype = { LOGIN, REFRESH };
mtype = { NOT_YET, AT_WORK, DONE };

/* From the environment. */
byte mistake;
byte kills, troubles;		/* at most so many; trouble: a full disk */
bool alone;			/* one writer only */
bool removes, sweeps;		/* there is a remover, a sweeper */
bool settles;			/* which clears up first */
bool loses, unlocks;		/* the map is lost; the lock is removed */
bool patient;			/* nobody gives up, nothing takes too long */

bool calm;			/* the last sweep: nothing happens any more */

mtype op[WRITERS];
byte key_of[NOTHING];

bool ended[PROCESSES];
bool fair[WRITERS];		/* nothing that removes is or was at work */
bool granted[WRITERS];		/* answered so */
bool left[WRITERS];		/* answered with AUTHMAP_WAITING */
bool before[WRITERS];		/* ended before the removal */
mtype removal = NOT_YET;
bool answered, removed, was_lost;
bool alike, begun_first;	/* the writers: so writer 0 begins */

#define MAY_DIE if :: kills > 0 && !calm -> kills--; goto killed :: true fi
#define MAY_GIVE_UP (!calm && !patient)
#define MAY_BE_LATE (me < WRITERS && MAY_GIVE_UP)

#include "files.pml"
#include "queue.pml"
#include "writer.pml"
#include "sweeper.pml"

/* record() in maps/lib/login.c; do_now() if it has the lock at once */
proctype writer(byte me)
{
	OWN_STATE;

	atomic {
		me == 0 || begun_first || !alike;
		begun_first = true;
		MAY_DIE;
		fair[me] = (key_of[me] != 0 || removal == NOT_YET ||
		    (op[me] == LOGIN && removal == DONE));
		file_claim(i);
		if
		:: !unlocks -> lock_try(i); i = 0
		:: else
		fi
	};
	if
	:: i != 0 -> atomic { lock_try(i); i = 0 }
	:: else
	fi;
	if
	:: lock != 0 -> atomic { writer_begin(); phase = me }
	:: else -> phase = NOTHING; queue_up()
	fi;
	if
	:: lock != 0 ->
		writer_commit(phase);
		atomic {
			writer_end();
			MAY_DIE;
			granted[me] = (phase == me && status == OK && fair[me])
		}
	:: else
	fi;
	if
	:: phase == me && status != OK ->
		pending_append()	/* leave() in maps/lib/login.c */
	:: else
	fi;
	atomic {
		MAY_DIE;
		if
		:: fd != 0 ->
			granted[me] = (PENDING_DONE && fair[me]);
			left[me] = (!PENDING_DONE && fair[me])
		:: else
		fi
	};
killed:	atomic { end_process() }
}

inline removal_begins(w)
{
	before[w] = ended[w];
	if
	:: key_of[w] == 0 ->
		fair[w] = false;
		granted[w] = false;
		left[w] = false
	:: else
	fi
}

/* authmap_remove() in maps/lib/login.c */
proctype remover(byte me)
{
	OWN_STATE;

	lock_wait();
	if
	:: lock != 0 ->
		atomic {
			removal = AT_WORK;
			removal_begins(0);
			removal_begins(1);
			writer_begin();
			phase = REMOVE
		};
		do
		:: phase != NOTHING ->
			writer_commit(phase);
			phase = (phase == REMOVE && status == OK && absent &&
			    (restore_due || (note != 0 &&
			    !MISTAKEN(NO_TOMBSTONE))) -> SET : NOTHING)
		:: else -> break
		od;
		atomic {
			writer_end();
			MAY_DIE;
			answered = (status == OK);
			removed = (status == OK && found)
		}
	:: else
	fi;
killed:	atomic { end_process(); removal = DONE }
}

/* sweep_pass() in sweeper/sweep.c, rebuild() in sweeper/rebuild.c */
proctype sweeper(byte me)
{
	OWN_STATE;

	phase = (me == LAST || settles -> SETTLE : BEGIN);
	do
	:: phase <= FINISH ->
		sweep_lock();
		status = BAD;
		if
		:: lock != 0 ->
			if
			:: phase == SETTLE -> settle()
			:: else
			fi;
			writer_commit(NOTHING);
			if
			:: phase == SETTLE && status == OK && restore_due ->
				restore()
			:: phase == BEGIN && status == OK -> begin()
			:: phase == FINISH -> finish()
			:: else
			fi;
			atomic { writer_end() }
		:: else
		fi;
		if
		:: phase == SETTLE && status == OK && loses -> scan_and_save()
		:: phase == BEGIN && status == OK -> between()
		:: else
		fi;
		if
		:: status != OK && begun != 0 -> give_up(); break
		:: status != OK && begun == 0 -> break
		:: status == OK -> phase++
		fi
	:: else -> break
	od;
killed:	atomic { end_process() }
}

inline loses_claim(w)
{
	fair[w] = false;
	granted[w] = (granted[w] && saved[key_of[w]] >= VALID);
	left[w] = (left[w] && saved[key_of[w]] >= VALID)
}

/* The map is lost, as in a reboot; what is not saved may be gone. */
proctype loss()
{
	byte j;

end:	atomic {
		!calm;
		was_lost = true;
		loses_claim(0);
		loses_claim(1);
		map_unlink(map)
	}
}

/* Somebody removes the writers' lock. */
proctype unlocker()
{
	if
	:: atomic { !calm -> lock_file = 0 }
	:: calm
	fi
}

#define GRANTED_IN(w) (maps[map].record[key_of[w]] >= VALID)
#define LOST(w) (granted[w] && !GRANTED_IN(w))
#define BACK(w) (maps[map].record[0] == BY(w) && \
	(before[w] || (removed && op[w] == REFRESH && key_of[1 - w] != 0)))

proctype reader()
{
end:	atomic {
		(map == 0 -> !was_lost : !maps[map].whole) -> assert(false)
	}
}

proctype client()
{
end:	atomic {
		map != 0 && !restore_due && (LOST(0) || LOST(1)) -> assert(false)
	}
}

proctype administrator()
{
end:	atomic {
		answered && (maps[map].record[0] == VALID || BACK(0) || BACK(1)) ->
		assert(false)
	}
}

/*
 * A login and a sign of life differ only where something was removed; a valid
 * entry from before matters only to a remover.
 */
inline begin_with()
{
	map = 1;
	maps[1].whole = true;
	op[0] = LOGIN;
	op[1] = LOGIN;
	if
	:: maps[1].record[0] = NONE
	:: maps[1].record[0] = OVER
	:: removes -> maps[1].record[0] = VALID
	fi;
	if
	:: true
	:: removes -> op[0] = REFRESH
	fi;
	if
	:: true
	:: !alone -> key_of[1] = 1
	:: !alone && (removes || maps[1].record[0] == OVER) ->
		key_of[1] = 1;
		maps[1].record[1] = OVER
	fi
}

init {
	atomic {
		c_code {
			now.mistake = number("MISTAKE");
			now.kills = number("KILLS");
			now.troubles = number("TROUBLES");
			now.alone = number("ALONE");
			now.removes = number("REMOVES");
			now.sweeps = number("SWEEPS");
			now.settles = number("SETTLES");
			now.loses = number("LOSES");
			now.unlocks = number("UNLOCKS");
			now.patient = number("PATIENT");
		};
		begin_with();
		alike = (!removes &&
		    (key_of[1] == 0 || maps[1].record[0] == maps[1].record[1]));
		ended[1] = alone;
		ended[REMOVER] = !removes;
		ended[SWEEPER] = !sweeps;
		run writer(0);
		if :: !alone -> run writer(1) :: else fi;
		if :: removes -> run remover(REMOVER) :: else fi;
		if :: removes -> run administrator() :: else fi;
		if :: sweeps -> run sweeper(SWEEPER) :: else fi;
		if :: loses -> run loss() :: else fi;
		if :: unlocks -> run unlocker() :: else fi;
		run reader();
		run client()
	};
	atomic {
		ended[0] && ended[1] && ended[REMOVER] && ended[SWEEPER] ->
		calm = true;
		troubles = 0;
		run sweeper(LAST)
	};
	ended[LAST];
	assert(pending == 0 && draining == 0 && changes == 0);
	assert(fresh == 0 && swept == 0 && !restore_due);
	assert((!left[0] || GRANTED_IN(0)) && (!left[1] || GRANTED_IN(1)))
}
