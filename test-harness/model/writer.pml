/* What the holder of the lock does: maps/store/commit.c and what it calls. */

/*
 * change_weigh() in maps/store/change.c.  Of two writers for one address one is taken
 * to be the later, or both to be of the same second.
 */
inline change_weigh(old)
{
	effect = KNOWN;
	result = old;
	if
	:: c == SET -> effect = STORE; result = REMOVED
	:: c == REMOVE && old >= VALID -> effect = STORE; result = REMOVED
	:: c < WRITERS && old == NONE -> effect = STORE; result = BY(c)
	:: c < WRITERS && (old == OVER ||
	   (old == REMOVED && op[c] == LOGIN)) ->
		effect = TIMES;
		result = BY(c)
	:: c < WRITERS && old == REMOVED && op[c] == REFRESH -> effect = TIMES
	:: c < WRITERS && old >= VALID && old != BY(c) ->
		if
		:: effect = TIMES; result = BY(c)
		:: skip		/* of the same second */
		fi
	:: else
	fi
}

/* changes_drop() in maps/store/journal.c */
inline changes_drop()
{
	d_step { j = changes; changes = 0; notes_tidy(j); j = 0 }
}

/* What stays as it is is noted, too. */
#define NOTES (note != 0 && result != NONE && \
	(effect != KNOWN || !MISTAKEN(NO_KNOWN)))

/* changes_note() in maps/store/journal.c; it may fail. */
inline changes_note()
{
	if
	:: NOTES -> notes[note].record[key_of[c]] = result
	:: NOTES && troubles > 0 -> troubles--; changes_drop()
	:: !NOTES
	fi
}

/* writer_begin() in maps/store/commit.c: changes_open() in maps/store/journal.c */
inline writer_begin()
{
	d_step {
		note = changes;
		if
		:: note != 0 -> notes[note].open++
		:: else
		fi
	}
}

/* writer_end() in maps/store/commit.c, lock_drop() in maps/store/lock.c */
inline writer_end()
{
	notes_shut(note);
	held[lock] = 0;
	lock = 0
}

#define LINES_LEFT (in != 0 && (pendings[in].lines & ~seen) != 0)

/* batch_next() in maps/store/batch.c: afterwards C is NOTHING at the end. */
inline batch_next()
{
	if
	:: LINES_LEFT ->
		c = ((pendings[in].lines & ~seen & 1) -> 0 : 1);
		seen = seen | (1 << c)
	:: !LINES_LEFT && own != NOTHING && !own_given ->
		c = own;
		own_given = true
	:: else -> c = NOTHING
	fi
}

/* batch_report() in maps/store/batch.c, for the remover */
inline batch_report(old)
{
	if
	:: c == REMOVE -> found = (effect == STORE); absent = (old == NONE)
	:: else
	fi
}

/* The part of apply() in maps/store/commit.c that both kinds of map have. */
inline weigh_next(file)
{
	MAY_DIE;
	batch_next();
	if
	:: c == NOTHING -> break
	:: else
	fi;
	change_weigh(maps[file].record[key_of[c]]);
	batch_report(maps[file].record[key_of[c]])
}

/* A d_step may not be what follows a loop: hence the skip. */
inline apply_end()
{
	skip;
	d_step { c = 0; own_given = false; result = 0; effect = 0 }
}

/* apply() in maps/store/commit.c, in place: map_touch() in maps/store/map.c */
inline apply_live()
{
	do
	:: weigh_next(live);
	   if
	   :: effect == STORE -> rest = true; break
	   :: effect == TIMES && MISTAKEN(NO_NOTE)
	   :: else -> changes_note()
	   fi;
	   if
	   :: effect == TIMES ->
		MAY_DIE;
		maps[live].record[key_of[c]] = result
	   :: else
	   fi
	od;
	apply_end()
}

/* apply() in maps/store/commit.c, in a map of its own: map_put() in maps/store/map.c */
inline apply_fresh()
{
	seen = 0;
	do
	:: weigh_next(out);
	   changes_note();
	   maps[out].record[key_of[c]] = result;
	   if
	   :: c != own && MAY_BE_LATE -> status = LATE; break
	   :: true		/* not yet */
	   fi
	od;
	apply_end()
}

/* fresh_open() in maps/store/commit.c: map_copy() in maps/store/map-copy.c, or begun anew */
inline fresh_open()
{
	MAY_DIE;
	map_make(fresh);
	map_open(fresh, out);
	if
	:: MISTAKEN(HALF_MADE) -> map = fresh; MAY_DIE
	:: else
	fi;
	if
	:: !anew && map != 0 ->
		maps[out].record[0] = maps[map].record[0];
		maps[out].record[1] = maps[map].record[1]
	:: !anew && map == 0 -> status = BAD
	:: !anew && MAY_BE_LATE -> status = LATE
	:: !anew && troubles > 0 -> troubles--; status = BAD
	:: anew ->
		changes_drop();
		state_restore()
	fi;
	MAY_DIE;
	anew = false
}

/* state_restore() in maps/store/saved.c, or a part and state_ask_restore() */
inline state_restore()
{
	MAY_DIE;
	maps[out].record[0] = saved[0];
	if
	:: maps[out].record[1] = saved[1]
	:: MAY_BE_LATE -> restore_due = true
	fi
}

/* writer_holds() in maps/store/commit.c */
#define LOCK_LOST (lock != lock_file && !MISTAKEN(NO_NLINK))

/* writer_publish() in maps/store/commit.c */
inline writer_publish(name)
{
	if
	:: LOCK_LOST || name == 0 -> status = BAD
	:: else -> map_rename(name); published = true
	fi
}

/* store() in maps/store/commit.c, up to its publishing, if that remains (REST) */
inline store()
{
	fresh_open();
	if
	:: status == OK -> apply_fresh(); MAY_DIE; maps[out].whole = true
	:: else -> map_unlink(fresh); seen = 0; rest = false
	fi;
	map_shut(out)
}

/*
 * attempt() in maps/store/commit.c.  Nobody sees a copy before its rename,
 * and what is written in place is noted first.
 */
inline attempt()
{
	atomic {
		map_open(map, live);
		if
		:: live != 0 -> apply_live()
		:: else -> rest = true
		fi;
		anew = (live == 0);
		map_shut(live);
		if
		:: LOCK_LOST -> status = BAD; rest = false
		:: else
		fi;
		if
		:: rest -> store()
		:: else
		fi
	};
	if
	:: rest -> atomic { MAY_DIE; rest = false; writer_publish(fresh) }
	:: else
	fi
}

/*
 * writer_commit() and commit_round() in maps/store/commit.c.  What is pending is
 * taken, and only then read; it is read to its end, and only then removed.
 */
inline writer_commit(change)
{
	do
	:: atomic {
		if
		:: round == 0 && change != NOTHING && PENDING_LEFT ->
			own = NOTHING
		:: round == 0 && !(change != NOTHING && PENDING_LEFT) ->
			round = 1
		:: else
		fi;
		own = (round == 1 -> change : NOTHING);
		MAY_DIE;
		pending_take();
		slow = (in != 0);
		status = OK
	   };
	   attempt();
	   atomic {
		if
		:: in != 0 -> pending_finish()
		:: else
		fi;
		if
		:: status == OK && round < 3 &&
		   (round == 0 || (PENDING_THERE && (slow || published))) ->
			round++
		:: else -> break
		fi
	   }
	od;
	skip;
	d_step {
		status = (round > 1 && change != NOTHING -> OK : status);
		own = 0; round = 0; slow = false; published = false
	}
}
