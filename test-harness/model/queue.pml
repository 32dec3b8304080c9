/* The writers' lock, and the queue of who did not get it at once. */

/* file_claim() in maps/base/safefile.c */
inline file_claim(file)
{
	if
	:: lock_file == 0 -> lock_file = 2
	:: else
	fi;
	file = lock_file
}

/* lock_try() in maps/store/lock.c, of FILE; LOCK stays 0 if another has it. */
inline lock_try(file)
{
	if
	:: file != lock_file && !MISTAKEN(NO_NLINK)
	:: (file == lock_file || MISTAKEN(NO_NLINK)) &&
	   (held[file] == 0 || MISTAKEN(NO_LOCK)) ->
		held[file] = me + 1;
		lock = file
	:: else
	fi
}

#define LOCK_FREE \
	(lock_file == 0 || held[lock_file] == 0 || MISTAKEN(NO_LOCK))

/* lock_wait() in maps/store/lock.c */
inline lock_wait()
{
	do
	:: atomic {
		LOCK_FREE -> MAY_DIE;
		file_claim(i);
		lock_try(i);
		i = 0;
		break
	   }
	:: MAY_GIVE_UP -> break
	od
}

/* pending_append() in maps/store/pending.c */
inline pending_append()
{
	do
	:: atomic {		/* pending_open() in maps/store/pending.c */
		MAY_DIE;
		if
		:: pending == 0 ->
			d_step {
				FIND_UNUSED(PENDING_UNUSED, 6);
				pending = i;
				i = 0
			}
		:: else
		fi;
		fd = pending;
		pendings[fd].open++
	   };
	   atomic {		/* append_once() in maps/store/pending.c */
		MAY_DIE;
		pendings[fd].lines = pendings[fd].lines | (1 << me)
	   };
	   atomic {		/* file_is() in maps/base/safefile.c */
		MAY_DIE;
		if
		:: pending == fd || MISTAKEN(NO_NAME) -> break
		:: else -> pending_shut(fd)
		fi
	   }
	od
}

/* pending_done() in maps/store/pending.c */
#define PENDING_DONE (fd != pending && fd != draining)

/* pending_left() in maps/store/pending.c */
#define PENDING_LEFT (draining != 0 && !MISTAKEN(OWN_FIRST))

/* pending_there() in maps/store/pending.c */
#define PENDING_THERE (pending != 0 || draining != 0)

/* pending_take() in maps/store/pending.c */
inline pending_take()
{
	d_step {
		if
		:: draining == 0 && pending != 0 && !MISTAKEN(NO_RENAME) ->
			draining = pending;
			pending = 0
		:: else
		fi;
		in = (MISTAKEN(NO_RENAME) -> pending : draining);
		if
		:: in != 0 -> pendings[in].open++
		:: else
		fi;
		draining = (MISTAKEN(UNLINK_FIRST) -> 0 : draining)
	}
}

/* pending_finish() in maps/store/pending.c; with blank() when it was too late */
inline pending_finish()
{
	MAY_DIE;
	if
	:: status == OK && MISTAKEN(NO_RENAME) -> pending = 0
	:: status == OK && !MISTAKEN(NO_RENAME) -> draining = 0
	:: status == LATE ->
		pendings[in].lines = pendings[in].lines & ~seen
	:: else
	fi;
	pending_shut(in);
	seen = 0
}

/* queue_up() in maps/lib/login.c */
inline queue_up()
{
	pending_append();
	do
	:: PENDING_DONE -> break
	:: atomic {
		LOCK_FREE -> MAY_DIE;
		file_claim(i);
		lock_try(i);
		i = 0;
		writer_begin();
		break
	   }
	:: MAY_GIVE_UP -> break
	od
}
