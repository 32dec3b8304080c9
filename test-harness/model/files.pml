/*
 * The map's folder as the kernel keeps it: names, inodes, descriptors, the
 * lock; and what a process that is killed leaves of them.
 */

/* What a map has under a key. */
#define NONE 0
#define OVER 1			/* an end that is past */
#define REMOVED 2
#define VALID 3			/* from before */
#define BY(writer) (4 + (writer))

typedef map_file { byte record[KEYS]; bool whole; byte open }
typedef pending_file { byte lines; byte open }	/* a bit for each writer */
typedef changes_file { byte record[KEYS]; byte open }	/* the last notes */

/* By inode; 0 is none.  What has no name and is not open is all zeros. */
map_file maps[8];
pending_file pendings[6];
changes_file notes[4];
byte held[3];			/* the lock: by whom, plus one */

/* By name: the inode. */
byte map, fresh, swept, pending, draining, changes;
byte lock_file = 1;
bool restore_due;		/* relay.restore is there */
byte saved[KEYS];		/* relay.saved */

#define MAP_UNUSED(f) \
	(maps[f].open == 0 && f != map && f != fresh && f != swept)
#define PENDING_UNUSED(f) \
	(pendings[f].open == 0 && f != pending && f != draining)
#define NOTES_UNUSED(f) \
	(notes[f].open == 0 && f != changes)

/* Nobody can see the number of an inode: the lowest serves. */
#define FIND_UNUSED(unused, most) \
	i = 1; \
	do \
	:: unused(i) -> break \
	:: else -> i++; assert(i < most) \
	od

inline map_tidy(f)
{
	if
	:: f != 0 && MAP_UNUSED(f) ->
		maps[f].record[0] = NONE;
		maps[f].record[1] = NONE;
		maps[f].whole = false
	:: else
	fi
}

inline map_open(name, file)
{
	d_step {
		file = name;
		if
		:: file != 0 -> maps[file].open++
		:: else
		fi
	}
}

inline map_shut(file)
{
	d_step {
		if
		:: file != 0 -> maps[file].open--; map_tidy(file); file = 0
		:: else
		fi
	}
}

/* An empty file NAME, in place of what was there. */
inline map_make(name)
{
	d_step {
		j = name;
		FIND_UNUSED(MAP_UNUSED, 8);
		name = i;
		map_tidy(j);
		i = 0; j = 0
	}
}

/*
 * Gives the file FROM_NAME the name of the map.  Nobody has it open, and nobody
 * can tell it from one that has the old one's inode, if that is free.
 */
inline map_rename(from_name)
{
	d_step {
		assert(maps[from_name].open == 0);
		if
		:: map != 0 && maps[map].open == 0 ->
			maps[map].record[0] = maps[from_name].record[0];
			maps[map].record[1] = maps[from_name].record[1];
			maps[map].whole = maps[from_name].whole;
			j = from_name
		:: else -> j = map; map = from_name
		fi;
		from_name = 0;
		map_tidy(j);
		j = 0
	}
}

inline map_unlink(name)
{
	d_step { j = name; name = 0; map_tidy(j); j = 0 }
}

inline pending_shut(file)
{
	d_step {
		if
		:: file != 0 ->
			pendings[file].open--;
			if
			:: PENDING_UNUSED(file) -> pendings[file].lines = 0
			:: else
			fi;
			file = 0
		:: else
		fi
	}
}

inline notes_tidy(f)
{
	if
	:: f != 0 && NOTES_UNUSED(f) ->
		notes[f].record[0] = NONE;
		notes[f].record[1] = NONE
	:: else
	fi
}

inline notes_shut(file)
{
	d_step {
		if
		:: file != 0 -> notes[file].open--; notes_tidy(file); file = 0
		:: else
		fi
	}
}

/* What a process has; each of them begins so. */
#define OWN_STATE \
	byte lock, note, begun, fd, in, live, out, from; \
	byte own, round, c, i, j, seen, result, status, effect, phase; \
	bool anew, rest, published, slow, own_given, found, absent

/* It has ended, or was killed: the kernel shuts what it had open. */
inline end_process()
{
	if
	:: lock != 0 && !MISTAKEN(DOT_LOCK) -> held[lock] = 0
	:: else
	fi;
	lock = 0;
	notes_shut(note); notes_shut(begun);
	pending_shut(fd); pending_shut(in);
	map_shut(live); map_shut(out); map_shut(from);
	d_step {
		own = 0; round = 0; c = 0; i = 0; j = 0; seen = 0; result = 0;
		status = 0; effect = 0; phase = 0;
		anew = false; rest = false; published = false; slow = false;
		own_given = false; found = false; absent = false;
		ended[me] = true
	}
}
