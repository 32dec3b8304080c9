/* What only the sweeper does: sweeper/. */

/* sweep_lock() in sweeper/rebuild.c */
inline sweep_lock()
{
	lock_wait();
	if
	:: lock != 0 -> atomic { writer_begin() }
	:: else
	fi
}

/* settle() in sweeper/sweep.c: what others left that were killed */
inline settle()
{
	atomic {
		MAY_DIE;
		changes_drop();
		MAY_DIE;
		map_unlink(swept);
		MAY_DIE;
		map_unlink(fresh)
	}
}

/*
 * restore() in sweeper/sweep.c, writer_restore() in maps/store/commit.c: what is
 * saved is stored where there is no more than that.
 */
inline restore()
{
	atomic {
		fresh_open();
		do
		:: status == OK && c < KEYS ->
			result = maps[out].record[c];
			if
			:: result <= OVER && saved[c] != NONE ->
				result = saved[c]
			:: else
			fi;
			if
			:: note != 0 -> notes[note].record[c] = result
			:: else
			fi;
			maps[out].record[c] = result;
			c++
		:: else -> break
		od;
		c = 0; result = 0;
		maps[out].whole = true;
		map_shut(out);
		if
		:: status == OK -> writer_publish(fresh)
		:: else -> map_unlink(fresh)
		fi
	};
	if
	:: status == OK ->
		/* state_restored() in maps/store/saved.c */
		atomic { MAY_DIE; restore_due = false }
	:: else
	fi
}

/* scan_and_save() in sweeper/sweep.c, state_save_end() in maps/store/saved.c */
inline scan_and_save()
{
	atomic {
		rest = restore_due;
		map_open(map, from);
		if
		:: from == 0 -> status = BAD
		:: else
		fi
	};
	if
	:: status == OK && !rest ->
		atomic { i = maps[from].record[0] };
		atomic { j = maps[from].record[1] };
		atomic {
			MAY_DIE;
			if
			:: !restore_due ->
				saved[0] = (i == OVER -> NONE : i);
				saved[1] = (j == OVER -> NONE : j)
			:: else
			fi
		}
	:: else
	fi;
	atomic { i = 0; j = 0; rest = false; map_shut(from) }
}

/* begin() in sweeper/rebuild.c, changes_begin() in maps/store/journal.c */
inline begin()
{
	atomic {
		MAY_DIE;
		changes_drop();
		d_step {
			FIND_UNUSED(NOTES_UNUSED, 4);
			changes = i;
			i = 0;
			begun = changes;
			notes[begun].open++
		}
	};
	atomic {
		MAY_DIE;
		if
		:: LOCK_LOST && !MISTAKEN(NO_LOOK) ->
			notes_shut(begun);
			changes_drop();
			status = BAD
		:: else
		fi
	}
}

/* copy_valid() in sweeper/rebuild.c, its copy_entry() for each key */
inline copy_valid()
{
	atomic {
		MAY_DIE;
		map_open(map, from);
		if
		:: from != 0 -> map_make(swept)
		:: else -> status = BAD
		fi
	};
	do
	:: status == OK && c < KEYS ->
		atomic {
			MAY_DIE;
			if
			:: maps[from].record[c] > OVER ->
				maps[swept].record[c] = maps[from].record[c]
			:: else
			fi;
			c++
		}
	:: else -> break
	od;
	atomic {
		c = 0;
		map_shut(from);
		if
		:: status == OK -> maps[swept].whole = true
		:: else
		fi
	}
}

/* changes_complete() in maps/store/journal.c */
#define CHANGES_COMPLETE (begun == changes || MISTAKEN(INCOMPLETE))

/* catch_up() in sweeper/rebuild.c */
inline catch_up()
{
	do
	:: c < KEYS ->
		if
		:: notes[begun].record[c] != NONE && !MISTAKEN(NO_CATCH_UP) ->
			maps[swept].record[c] = notes[begun].record[c]
		:: else
		fi;
		c++
	:: else -> break
	od;
	c = 0
}

/* finish() in sweeper/rebuild.c */
inline finish()
{
	if
	:: status == OK && CHANGES_COMPLETE ->
		atomic {
			MAY_DIE;
			catch_up();
			MAY_DIE;
			writer_publish(swept)
		};
		if
		:: status == OK -> atomic { MAY_DIE; changes_drop() }
		:: else
		fi
	:: else -> status = BAD
	fi
}

/* What rebuild() in sweeper/rebuild.c does between begin() and finish(). */
inline between()
{
	copy_valid();
	if
	:: status == OK && CHANGES_COMPLETE -> atomic { MAY_DIE; catch_up() }
	:: else
	fi
}

/* What rebuild() in sweeper/rebuild.c does when it fails. */
inline give_up()
{
	atomic { MAY_DIE; changes_drop() };
	atomic { MAY_DIE; map_unlink(swept) }
}
