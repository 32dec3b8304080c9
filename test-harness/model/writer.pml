/* SPDX-License-Identifier: ISC */
/* A writer: maps/store/writer.c, maps/store/gdbmfile-put.c. */

/* lock_wait() in maps/store/lock.c.  A renamed lock file can still be locked. */
inline lock()
{
	l = relay_lock;
	if
	:: MADE(NO_LOCK) || MADE(NO_RELAY_LOCK)
	:: else -> atomic { holder[l] == 0 -> holder[l] = me }
	fi
}

/* writer_end() in maps/store/writer.c */
inline unlock()
{
	d_step { DROP(map_holder[f]); DROP(at_work[f]); f = 0 }
	d_step { DROP(holder[l]); l = 0 }
}

/* No other process writes F. */
#define BEGIN_WORK assert(at_work[f] == 0); at_work[f] = me

/* gdbmfile_open() in maps/store/gdbmfile.c: what a writer keeps of the header. */
inline read_header()
{
	d_step { h_records = file[f].records; h_buckets = file[f].buckets;
		h_mark = file[f].rebuild; h_restored = file[f].restored }
}

/* rename_it() in maps/store/map-rebuild.c: G replaces F, if there is one. */
inline publish()
{
	ok = (next == g || MADE(NO_NEXT_LOOK));
	WHEN(ok, d_step {
		ok = (next != 0);
		WHEN(ok,
			assert(whole[next] && (published == f || lost));
			/* The lost map may be replaced by now. */
			WHEN(published == 0 && f != 0,
				truth[0] = FOUND(next, 0); gone[0] = REMOVED(truth[0]);
				truth[1] = FOUND(next, 1); gone[1] = REMOVED(truth[1]));
			published = next;
			next = 0;
			map_holder[g] = me;
			check();
			DROP(map_holder[f]);
			DROP(at_work[f]);
			f = g;
			BEGIN_WORK)
	})
}

/* map_rebuild() in maps/store/map-rebuild.c, with F locked, if there is one. */
inline map_rebuild()
{
	file_create(g);
	d_step { FILL(g, FOUND(f, 0), FOUND(f, 1), (f == 0 -> 0 : h_restored)) }
	publish();
	if
	:: ok -> read_header()
	:: else -> assert(attacked || lost)
	fi;
	g = 0
}

/* writer_map() in maps/store/writer.c, open_locked() in maps/store/writer.c,
 * recreate() in maps/store/writer.c, map_open_locked() in maps/store/map.c */
inline writer_map()
{
	do
	:: f = published;
	   WHEN(f == 0, map_rebuild(); break);
	   WHEN(MADE(HEADER_EARLY), read_header());
	   if
	   :: MADE(NO_LOCK) || MADE(NO_MAP_LOCK)
	   :: else -> atomic { map_holder[f] == 0 -> map_holder[f] = me }
	   fi;
	   WHEN(!MADE(HEADER_EARLY), read_header());
	   d_step {
		ok = (published == f || MADE(NO_LOOK));
		if
		:: ok -> BEGIN_WORK
		:: else -> map_holder[f] = 0
		fi
	   }
	   WHEN(ok, break)
	od
}

/* arena_take() in maps/store/gdbmfile-put.c: the header is changed first. */
inline take(used, h_used)
{
	d_step { h_used++; WHEN(!MADE(BUMP_LAST), used = h_used) }
}

/* record_write() in maps/store/gdbmfile-put.c */
#define WRITE_RECORD file[f].record[h_records] = new

/* stamp() in maps/store/gdbmfile-put.c */
#define STAMP BUCKET(f, b).stamped = h_mark

/* The commit: from here on, every reader sees the change. */
inline commit()
{
	committed[k] = (VERSION(new) > committed[k] -> VERSION(new) : committed[k]);
	assert(op == LOGIN || !gone[k] || REMOVED(new));
	if
	:: published == f ->
		truth[k] = new;
		gone[k] = (op == REMOVE -> 1 : (op == LOGIN -> 0 : gone[k]))
	:: else -> assert(lost)
	fi;
	check()
}

/* put_same_length() in maps/store/gdbmfile-put.c */
inline put_same_length()
{
	WHEN(!MADE(POINTER_FIRST), WRITE_RECORD);
	WHEN(!MADE(NO_STAMP) && !MADE(STAMP_LAST), STAMP);
	d_step { BUCKET(f, b).record[s] = h_records; commit() }
	WHEN(MADE(STAMP_LAST), STAMP);
	WHEN(MADE(POINTER_FIRST), WRITE_RECORD)
}

/* put_new() in maps/store/gdbmfile-put.c */
inline put_new()
{
	WRITE_RECORD;
	WHEN(!MADE(NO_STAMP), STAMP);
	WHEN(!MADE(HASH_FIRST), BUCKET(f, b).record[s] = h_records);
	d_step { BUCKET(f, b).hash[s] = k + 1; commit() }
	WHEN(MADE(HASH_FIRST), BUCKET(f, b).record[s] = h_records)
}

/* put_other_length() in maps/store/gdbmfile-put.c, put_first() in
 * maps/store/gdbmfile-put.c, bucket_commit() in maps/store/gdbmfile-put.c */
#define WRITE_BUCKET d_step { \
	BUCKET(f, h_buckets).hash[0] = BUCKET(f, b).hash[0]; \
	BUCKET(f, h_buckets).hash[1] = BUCKET(f, b).hash[1]; \
	BUCKET(f, h_buckets).record[0] = BUCKET(f, b).record[0]; \
	BUCKET(f, h_buckets).record[1] = BUCKET(f, b).record[1]; \
	BUCKET(f, h_buckets).hash[s] = k + 1; \
	BUCKET(f, h_buckets).record[s] = h_records; \
	BUCKET(f, h_buckets).stamped = 0 }
inline put_bucket()
{
	WRITE_RECORD;
	take(file[f].buckets, h_buckets);
	WHEN(!MADE(BUCKET_LAST), WRITE_BUCKET);
	d_step { DIRECTORY(f) = h_buckets; commit() }
	WHEN(MADE(BUCKET_LAST), WRITE_BUCKET);
	WHEN(MADE(BUMP_LAST), file[f].buckets = h_buckets)
}

/* gdbmfile_put() in maps/store/gdbmfile-put.c, map_put() in maps/store/map.c,
 * put() in maps/store/writer.c */
inline put()
{
	do
	:: d_step {
		b = DIRECTORY(f);
		s = (IN(f, 0) == 0 || IN(f, 0) == k + 1 -> 0 : 1);
		old = (FOUND(f, k) != 0 -> BUCKET(f, b).record[s] : 0)
	   }
	   if
	   :: h_records == RECORDS || ((old != 0 || b == 0) &&
		h_buckets == BUCKETS) -> map_rebuild(); WHEN(!ok, break)
	   :: h_records < RECORDS && (old != 0 || b != 0 || h_buckets < BUCKETS) ->
		take(file[f].records, h_records);
		if
		:: old != 0 -> put_same_length()
		:: old == 0 && b != 0 -> put_new()
		:: (old != 0 || b == 0) && h_buckets < BUCKETS -> put_bucket()
		fi;
		WHEN(MADE(BUMP_LAST), file[f].records = h_records);
		/* map_put() in maps/store/map.c */
		WHEN(REMOVED(new) && old != 0, d_step {
			file[f].record[old] = file[f].record[old] | 1;
			check()
		});
		break
	   fi
	od;
	atomic { b = 0; s = 0; old = 0 }
}

/*
 * apply() in maps/store/writer.c, change_resolve() in maps/store/change-resolve.c,
 * authmap_remove() in maps/lib/login.c: what is NEW, 0: nothing?
 */
inline weigh()
{
	d_step {
		new = FOUND(f, k);
		WHEN(op != RESTORE, version[k]++);
		if
		:: op == REFRESH && new == 0 && h_restored != RESTORED &&
		    !MADE(REFRESH_EARLY)
		:: op == REFRESH && REMOVED(new) && !MADE(REFRESH_BACK) -> new = 0
		:: op == REMOVE && new == 0 && (h_restored == RESTORED ||
		    MADE(NO_TOMBSTONE))
		:: op == REMOVE && REMOVED(new) -> new = 0
		:: op == RESTORE ->
			new = (new == 0 || MADE(RESTORE_OVER) -> saved[k] : 0)
		:: else -> new = RECORD(version[k], k, (op == REMOVE -> 1 : 0))
		fi
	}
}

/* writer_apply() in maps/store/writer.c */
inline apply()
{
	weigh();
	if
	:: new != 0 -> put()
	:: else -> WHEN(op == REMOVE && h_restored != RESTORED && published == f,
		gone[k] = 1)
	fi;
	new = 0
}

#define WRITER byte l, f, g, k, op, new, b, s, old, i; bool ok; \
	byte h_records, h_buckets, h_mark, h_restored

/* record_change() in maps/lib/login.c */
proctype writer(byte me)
{
	WRITER;
	byte n;

	{
		do
		:: n < rounds ->
			atomic {
				n++;
				select(k : 0 .. KEYS - 1);
				if
				:: (changes & LOGIN) != 0 -> op = LOGIN
				:: (changes & REFRESH) != 0 -> op = REFRESH
				:: (changes & REMOVE) != 0 -> op = REMOVE
				fi
			}
			lock();
			writer_map();
			WHEN(ok, apply());
			unlock();
			atomic { h_records = 0; h_buckets = 0; h_mark = 0;
				h_restored = 0; op = 0; k = 0; ok = 0 }
		:: else -> break
		od
	} unless { killed[me] }
}
