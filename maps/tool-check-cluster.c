/* check: how authmap-cluster does. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "check.h"
#include "told.h"

static void
say(struct check *check, const struct told *told)
{
	const char *path = check->am->config.cluster_password_file;
	struct stat st;

	if (!told_running(told))
		check_say(check, WRONG, "cluster", "is not running: start "
		    "authmap-cluster");
	else if (!told_in_touch(told))
		check_say(check, WRONG, "cluster", "no touch with %s: %s: the "
		    "hosts' maps drift apart", told->engine, told->why);
	else
		check_say(check, GOOD, "cluster", "in touch with %s, %lld "
		    "told, %lld taken", told->engine, told->sent,
		    told->received);
	if (told->refused > 0)
		check_say(check, DOUBTFUL, "cluster", "%lld were refused that "
		    "stand in the engine: its log says what", told->refused);
	if (path[0] != '\0' && stat(path, &st) == 0 && (st.st_mode & 077) != 0)
		check_say(check, DOUBTFUL, "cluster", "%s may be read by "
		    "others: chmod 400 %s", path, path);
}

void
check_cluster(struct check *check)
{
	struct told told;

	if (check->am->config.cluster.count == 0)
		return;
	if (told_read(check->am, &told) == 0)
		say(check, &told);
	else
		check_say(check, WRONG, "cluster", "%s: %s: is authmap-cluster "
		    "started?", check->am->files.cluster, strerror(errno));
}
