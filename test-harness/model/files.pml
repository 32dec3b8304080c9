/* SPDX-License-Identifier: ISC */
/* The kernel, and the contents of a file: maps/store/gdbmfile-layout.h. */
typedef bucket {
	byte hash[2];		/* key + 1; 0: not used */
	byte record[2];
	byte stamped
}

typedef map_file {
	byte directory;
	byte records, buckets;	/* how many of the arena are used */
	byte rebuild;
	byte restored;		/* 0, RESTORED, or the running restore */
	byte record[RECORDS + 1];
	bucket at[BUCKETS + 1]
}
#define RESTORED 1

map_file file[FILES + 1];
bool whole[FILES + 1];
byte made;			/* how many files exist */
byte published, next;		/* relay.gdbm, relay.gdbm.new; 0: none */
byte saved[KEYS];		/* relay.saved */
byte relay_lock;		/* the file with this name */
byte holder[LOCKS], map_holder[FILES + 1];
byte at_work[FILES + 1];
bool killed[PROCESSES];

/* Variables of the properties. */
byte truth[KEYS];		/* the last record that was committed */
byte version[KEYS], committed[KEYS];
bool gone[KEYS];		/* removed, and no login since */
bool attacked, lost;		/* relay.lock may be replaced; the map was removed */
bool as_it_should_be;
byte marks, tokens;

#define WHEN(condition, ...) if :: condition -> __VA_ARGS__ :: else fi
#define MADE(what) (mistake == MISTAKE_##what)
#define DROP(holder) holder = (holder == me -> 0 : holder)

#define DIRECTORY(f) file[f].directory
#define BUCKET(f, b) file[f].at[b]
#define IN(f, s) BUCKET(f, DIRECTORY(f)).hash[s]
#define AT(f, s) file[f].record[BUCKET(f, DIRECTORY(f)).record[s]]
#define FOUND(f, k) (IN(f, 0) == (k) + 1 -> AT(f, 0) : \
	(IN(f, 1) == (k) + 1 -> AT(f, 1) : 0))
#define BETTER(f, k) (VERSION(FOUND(f, k)) >= VERSION(saved[k]))

inline check()
{
	as_it_should_be = (published == 0 || (FOUND(published, 0) == truth[0] &&
	    FOUND(published, 1) == truth[1] &&
	    (file[published].restored != RESTORED ||
	    (BETTER(published, 0) && BETTER(published, 1)))));
	assert(as_it_should_be)
}

/* gdbmfile_rebuild_copy() in maps/store/gdbmfile-rebuild.c, in one step: G gets the
 * records ONE and OTHER. */
#define FILL(g, one, other, is_restored) \
	BUCKET(g, 1).hash[0] = ((one) != 0 -> 1 : 0); \
	BUCKET(g, 1).hash[1] = ((other) != 0 -> 2 : 0); \
	BUCKET(g, 1).record[0] = 1; \
	BUCKET(g, 1).record[1] = 2; \
	file[g].record[1] = one; \
	file[g].record[2] = other; \
	file[g].records = 2; \
	file[g].buckets = 1; \
	DIRECTORY(g) = ((one) + (other) != 0 -> 1 : 0); \
	file[g].restored = is_restored; \
	whole[g] = true

/* A kill frees the locks of VICTIM. */
inline die(victim)
{
	killed[victim] = true;
	for (i : 0 .. LOCKS - 1) {
		holder[i] = (holder[i] == victim -> 0 : holder[i])
	}
	for (i : 1 .. FILES) {
		map_holder[i] = (map_holder[i] == victim -> 0 : map_holder[i]);
		at_work[i] = (at_work[i] == victim -> 0 : at_work[i])
	}
	i = 0
}

/* file_create() in maps/base/safefile.c: an existing file of this name loses it.  A
 * process that would make more than FILES files stops. */
inline file_create(g)
{
	d_step {
		if
		:: made < FILES ->
			made++;
			g = made;
			next = g
		:: else -> die(me)
		fi
	}
}

/* An attacker who kills processes, replaces the lock, removes the map. */
proctype fate()
{
	byte i;

end:	do
	:: d_step { kills > 0 && !killed[1] -> kills--; die(1) }
	:: d_step { kills > 0 && !killed[2] && writers > 1 -> kills--; die(2) }
	:: d_step { kills > 0 && !killed[3] && sweepers > 0 -> kills--; die(3) }
	:: d_step { kills > 0 && !killed[4] && sweepers > 1 -> kills--; die(4) }
	:: atomic { unlocks > 0 -> unlocks--; relay_lock++ }
	:: d_step {
		loses > 0 && published != 0 ->
		loses--;
		published = 0;
		lost = true;
		for (i : 0 .. KEYS - 1) {
			truth[i] = 0;
			gone[i] = REMOVED(saved[i])
		}
		i = 0
	   }
	od
}
