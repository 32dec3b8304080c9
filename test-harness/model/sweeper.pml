/* SPDX-License-Identifier: ISC */
/* A sweep: sweeper/sweep.c, maps/store/gdbmfile-rebuild.c. */

/* gdbmfile_walk() in maps/store/gdbmfile-walk.c, gdbmfile_copy_unit() in
 * maps/store/gdbmfile-unit.c: read all of FROM into GOT, without a lock. */
inline walk()
{
	d_step { seen = DIRECTORY(from); got[0] = 0; got[1] = 0; i = 0 }
	do
	:: i < 2 ->
		d_step {
			e_hash = BUCKET(from, seen).hash[i];
			e_record = BUCKET(from, seen).record[i]
		}
		d_step {
			WHEN(e_hash != 0,
				got[e_hash - 1] = file[from].record[e_record];
				assert(got[e_hash - 1] != 0));
			e_hash = 0;
			e_record = 0;
			i++
		}
	:: else -> break
	od
}

/* restore() in sweeper/prepare.c: some entries at a time, here one */
inline restore()
{
	d_step { tokens++; token = RESTORED + tokens; i = 0 }
	do
	:: i < KEYS ->
		lock();
		writer_map();
		/* restore_some() in sweeper/prepare.c, map_restore_begin() in
		 * maps/store/map.c, map_restores() in maps/store/map.c */
		WHEN(ok && i == 0, file[f].restored = token; h_restored = token);
		ok = ok && (h_restored == token || MADE(RESTORE_HALF));
		WHEN(ok, k = i; op = RESTORE; apply());
		/* map_restored() in maps/store/map.c */
		WHEN(ok && i == KEYS - 1, d_step {
			file[f].restored = RESTORED;
			check()
		});
		unlock();
		i = (ok -> i + 1 : KEYS)
	:: else -> break
	od;
	atomic { i = 0; token = 0 }
}

/* sweep_prepare() in sweeper/prepare.c */
inline sweep_prepare()
{
	lock();
	writer_map();
	WHEN(ok, next = 0);
	i = (ok && h_restored != RESTORED);
	unlock();
	WHEN(i == 1, restore())
}

/* scan_and_save() in sweeper/sweep.c, saved_end() in maps/store/saved.c.
 * Of two sweepers, the slower one may save the older state. */
inline save()
{
	WHEN(file[from].restored == RESTORED || MADE(SAVE_EARLY),
		walk();
		atomic {
			assert(sweepers > 1 || (VERSION(got[0]) >= VERSION(saved[0]) &&
			    VERSION(got[1]) >= VERSION(saved[1])));
			saved[0] = got[0];
			saved[1] = got[1];
			check()
		})
}

/* mark() in sweeper/sweep.c, map_rebuild_mark() in maps/store/map-rebuild.c,
 * map_rebuild_create() in maps/store/map-rebuild.c */
inline mark()
{
	lock();
	writer_map();
	if
	:: ok && f == from ->
		d_step { marks++; file[f].rebuild = marks }
		WHEN(MADE(CREATE_UNLOCKED), unlock());
		file_create(g);
		d_step { from_mark = file[from].rebuild;
			from_restored = file[from].restored }
	:: else -> from = 0
	fi;
	unlock()
}

/* catch_up() in maps/store/gdbmfile-rebuild.c, unit_changed() in
 * maps/store/gdbmfile-rebuild.c */
inline catch_up()
{
	d_step {
		WHEN(!MADE(NO_CATCH_UP) && (DIRECTORY(from) != seen ||
		    BUCKET(from, seen).stamped == from_mark),
			FILL(g, FOUND(from, 0), FOUND(from, 1), from_restored))
	}
}

/* finish() in sweeper/sweep.c, map_rebuild_publish() in maps/store/map-rebuild.c */
inline finish()
{
	if
	:: MADE(FINISH_UNLOCKED) -> f = from; ok = true
	:: else -> lock(); writer_map()
	fi;
	ok = ok && f == from;
	WHEN(ok && !MADE(RENAME_FIRST), catch_up());
	WHEN(ok, publish());
	WHEN(ok && MADE(RENAME_FIRST), catch_up());
	unlock()
}

/* rebuild_map() in sweeper/sweep.c, map_rebuild_copy() in maps/store/map-rebuild.c,
 * map_rebuild_end() in maps/store/map-rebuild.c */
inline rebuild_map()
{
	mark();
	WHEN(from != 0,
		walk();
		atomic { FILL(g, got[0], got[1], from_restored) };
		finish();
		d_step { WHEN(next == g, next = 0) })
}

/* sweep_run() in sweeper/sweep.c */
proctype sweeper(byte me)
{
	WRITER;
	byte from, from_mark, from_restored, seen, got[KEYS];
	byte e_hash, e_record, token;

	{
		sweep_prepare();
		from = published;
		WHEN(from != 0, save(); rebuild_map())
	} unless { killed[me] }
}
