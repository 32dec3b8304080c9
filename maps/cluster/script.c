/* SPDX-License-Identifier: ISC */
/*
 * The keys of the engine, below the prefix:
 *
 *	e:ADDRESS	the record, as in the map; it expires with the entry, a
 *			tombstone a day later
 *	l:ADDRESS	LAST of its last login; it expires with e:ADDRESS
 *	b:BLOCK		a line as in relay.blocks; it stays for 31 days after the
 *			block has expired or was lifted
 *	changes		a stream of the last changes, about 100,000
 *	number		how many changes there were: a host that misses one
 *			reconciles
 *	test		written for a millisecond, to learn whether the engine
 *			accepts changes
 */
#include "cluster/script.h"

#include <stdlib.h>
#include <string.h>

/* How many changes the stream keeps: more than a busy site makes in a minute. */
#define CHANGES_KEPT "100000"

/* A host that was disconnected for less than this still learns that a block was
 * lifted. */
#define BLOCK_KEPT_SECS "31 * 86400"

/*
 * Check the permission for each command of the scripts, and XREAD, on each kind of
 * key.  The engine does not undo the commands that a script ran before an error, so
 * each script checks all permissions before its first command.
 */
#define PERMISSIONS \
    "for _, words in ipairs({{'TIME'}, {'SCAN', '0'},\n" \
    "    {'INCR', p..'number'}, {'GET', p..'number'},\n" \
    "    {'SET', p..'number', '1'}, {'SET', p..'test', '1'},\n" \
    "    {'XADD', p..'changes', '*', 'h', '1'}, {'DEL', p..'changes'},\n" \
    "    {'XREVRANGE', p..'changes', '+', '-'},\n" \
    "    {'XREAD', 'STREAMS', p..'changes', '0'},\n" \
    "    {'GETRANGE', p..'e:1', '0', '1'}, {'SET', p..'e:1', '1'},\n" \
    "    {'GETRANGE', p..'l:1', '0', '1'}, {'SET', p..'l:1', '1'},\n" \
    "    {'DEL', p..'l:1'},\n" \
    "    {'GETRANGE', p..'b:1', '0', '1'}, {'SET', p..'b:1', '1'},\n" \
    "    {'PEXPIREAT', p..'b:1', '1'}}) do\n" \
    "  if not redis.acl_check_cmd(unpack(words)) then\n" \
    "    return redis.error_reply('NOPERM '..words[1]..' is denied: the '\n" \
    "        ..'ACL of this user needs +'..words[1]:lower()..' ~'..p..'*')\n" \
    "  end\n" \
    "end\n"

/*
 * The only errors after which a script continues: a key below the prefix has a type
 * or a value that authmap-cluster never gives it.  try() returns nil after such an
 * error, and ends the script with any other error.  It compares more than the first
 * word, since Redis 7.0 also says ERR when it denies a command.
 */
#define EXPECTED_ERRORS \
    "local expected = {'^WRONGTYPE ', 'value is not an integer',\n" \
    "    'would overflow', 'exhausted the last possible ID'}\n" \
    "local function try(...)\n" \
    "  local r = redis.pcall(...)\n" \
    "  if type(r) ~= 'table' or not r.err then return r end\n" \
    "  for _, e in ipairs(expected) do\n" \
    "    if r.err:find(e) then return nil end\n" \
    "  end\n" \
    "  error(r)\n" \
    "end\n"

/*
 * The beginning of all scripts.  ARGV: prefix, host, the longest window in seconds,
 * then the arguments of each script.  Other users of the engine may have stored
 * values of any size and type.  So the stream and its number are created again if
 * they cannot be continued; then the hosts miss a number and reconcile.
 */
#define COMMON \
    "local p = ARGV[1]\n" \
    PERMISSIONS \
    EXPECTED_ERRORS \
    "local function read(k) return try('GETRANGE', k, 0, 4200) or '' end\n" \
    "local function publish(op, key, text)\n" \
    "  local n = try('INCR', p..'number')\n" \
    "  if not n or n < 1 or n > 999999999999999 then\n" \
    "    redis.call('SET', p..'number', '1')\n" \
    "    n = 1\n" \
    "  end\n" \
    "  local add = {'XADD', p..'changes', 'MAXLEN', '~', " CHANGES_KEPT ",\n" \
    "      '*', 'h', ARGV[2], 'n', n, 'o', op, 'k', key, 'v', text}\n" \
    "  if not try(unpack(add)) then\n" \
    "    redis.call('DEL', p..'changes')\n" \
    "    redis.call(unpack(add))\n" \
    "  end\n" \
    "end\n"

/*
 * ARGV: OP ADDRESS RECORD for each entry.  Times of ten digits are compared as text.
 * Names are compared by their bytes, independent of the engine's locale.
 *
 * Decides as resolve_peer() in change.c does, but also knows the time of the last
 * login.  Only a login after a removal brings an entry back, and a removal does not
 * remove an entry whose last login is newer.  A record from the future is ignored.
 *
 * Returns OP ADDRESS RECORD for each entry whose result differs from the published
 * RECORD.  If a removal wins over a newer refresh, OP is "-", and EXPIRES of the
 * result is LAST of that refresh.
 */
static const char put[] =
    COMMON
    "local lost, zero, longest = {}, '0000000000', ARGV[3] + 0\n"
    "local now = redis.call('TIME')[1] + 0\n"
    "local ahead = string.format('%010.0f', now + 60)\n"
    "local function split(v)\n"
    "  local e, l, n = v:match('^(%d%d%d%d%d%d%d%d%d%d) '"
    "..'(%d%d%d%d%d%d%d%d%d%d) (.+)$')\n"
    "  if e and l <= ahead then return {e = e, l = l, n = n} end\n"
    "end\n"
    "local function login_of(k)\n"
    "  local v = read(k)\n"
    "  local l = v:match('^%d%d%d%d%d%d%d%d%d%d$')\n"
    "  return l and l <= ahead and l or zero\n"
    "end\n"
    "local function later(a, b) return a > b and a or b end\n"
    "local function above(a, b)\n"
    "  for i = 1, math.min(#a, #b) do\n"
    "    if a:byte(i) ~= b:byte(i) then return a:byte(i) > b:byte(i) end\n"
    "  end\n"
    "  return #a > #b\n"
    "end\n"
    "local function resolve(op, new, old, login)\n"
    "  if not old then return new, op end\n"
    "  if old.e == zero and new.e ~= zero then\n"
    "    if op == '+' and new.l > old.l then return new, op end\n"
    "    return old, new.l > old.l and '-' or '='\n"
    "  end\n"
    "  if old.e ~= zero and new.e == zero then\n"
    "    if login > new.l then return old, '+' end\n"
    "    return {e = zero, l = later(old.l, new.l), n = new.n}, op\n"
    "  end\n"
    "  local wins = new.l > old.l or new.l == old.l and above(new.n, old.n)\n"
    "  return {e = later(old.e, new.e), l = later(old.l, new.l),\n"
    "      n = wins and new.n or old.n}, op\n"
    "end\n"
    "local function store(how, key, text, out, login)\n"
    "  local ends = out.e == zero and out.l + 86400 or out.e + 0\n"
    "  local at = string.format('%.0f', ends * 1000)\n"
    "  publish(how, key, text)\n"
    "  redis.call('SET', p..'e:'..key, text, 'PXAT', at)\n"
    "  if out.e == zero or login == zero then redis.call('DEL', p..'l:'..key)\n"
    "  else redis.call('SET', p..'l:'..key, login, 'PXAT', at) end\n"
    "end\n"
    "local function put(op, key, sent, new)\n"
    "  local was, said = read(p..'e:'..key), login_of(p..'l:'..key)\n"
    "  local old = split(was)\n"
    /* Cut an expiry that no host would accept, so that the result is accepted. */
    "  if old and old.e - old.l > longest then\n"
    "    old.e = string.format('%010.0f', old.l + longest)\n"
    "  end\n"
    "  local login = op == '+' and later(said, new.l) or said\n"
    "  local out, how = resolve(op, new, old, login)\n"
    /* A refresh after the login does not count as a login. */
    "  if how == '+' and out.l > login then how = '=' end\n"
    "  local text = out.e..' '..out.l..' '..out.n\n"
    "  if text ~= was or op == '+' and out.e ~= zero and login ~= said then\n"
    "    store(how, key, text, out, login)\n"
    "  end\n"
    "  if how == '-' then text = new.l..' '..out.l..' '..out.n end\n"
    "  if text ~= sent then\n"
    "    lost[#lost + 1], lost[#lost + 2], lost[#lost + 3] = how, key, text\n"
    "  end\n"
    "end\n"
    "for i = 4, #ARGV, 3 do\n"
    "  local new = split(ARGV[i + 2])\n"
    "  if new and (new.e == zero or new.e + 0 > now) then\n"
    "    put(ARGV[i], ARGV[i + 1], ARGV[i + 2], new)\n"
    "  end\n"
    "end\n"
    "return lost\n";

/*
 * ARGV: NAME LINE of each block.  Decides as block_wins(): the later SINCE, then
 * the sooner UNTIL, where 0 is the latest.  A block from the future is ignored.
 * Returns the LINE of each block in the engine that won.
 */
static const char block[] =
    COMMON
    "local lost = {}\n"
    "local ahead = redis.call('TIME')[1] + 60\n"
    "local function rank(v)\n"
    "  local u, s = v:match('^(%d%d%d%d%d%d%d%d%d%d) (%d%d%d%d%d%d%d%d%d%d) .')\n"
    "  if not u or s + 0 > ahead then return '' end\n"
    "  if u + 0 == 0 then return s..'0000000000' end\n"
    "  return s..string.format('%010.0f', 9999999999 - u)\n"
    "end\n"
    "for i = 4, #ARGV, 2 do\n"
    "  local key, sent = p..'b:'..ARGV[i], ARGV[i + 1]\n"
    "  local was = read(key)\n"
    "  local old, new = rank(was), rank(sent)\n"
    "  if old > new then\n"
    "    lost[#lost + 1] = was\n"
    "  elseif new > old then\n"
    "    publish('b', ARGV[i], sent)\n"
    "    redis.call('SET', key, sent)\n"
    "    local ends = sent:sub(1, 10) + 0\n"
    "    if ends > 0 then\n"
    "      local at = string.format('%.0f', (ends + " BLOCK_KEPT_SECS ") * 1000)\n"
    "      redis.call('PEXPIREAT', key, at)\n"
    "    end\n"
    "  end\n"
    "end\n"
    "return lost\n";

/*
 * ARGV: cursor.  Returns the next cursor, then KEY VALUE LOGIN of each entry and
 * block found.  Keys that are too long are skipped.  Values are cut to the longest
 * that is valid.
 */
static const char scan[] =
    COMMON
    "local at = redis.call('SCAN', ARGV[4], 'MATCH', p..'[be]:*', 'COUNT', 250)\n"
    "local found = {at[1]}\n"
    "for _, k in ipairs(at[2]) do\n"
    "  local kind, name = k:sub(#p + 1, #p + 1), k:sub(#p + 3)\n"
    "  if #name < 4200 then\n"
    "    found[#found + 1] = kind..name\n"
    "    found[#found + 1] = read(k)\n"
    "    found[#found + 1] = kind == 'e' and read(p..'l:'..name) or ''\n"
    "  end\n"
    "end\n"
    "return found\n";

/*
 * ARGV: nothing; or any word, then the script also writes, which fails if the engine
 * accepts no changes.  Returns the last id of the stream and the number of changes.
 * If the key of the stream has another type, it is removed.
 */
static const char tail[] =
    COMMON
    "if ARGV[4] then redis.call('SET', p..'test', ARGV[2], 'PX', 1) end\n"
    "local last = try('XREVRANGE', p..'changes', '+', '-', 'COUNT', 1)\n"
    "if not last then redis.call('DEL', p..'changes') end\n"
    "last = last and last[1]\n"
    "local n = try('GET', p..'number')\n"
    "return {last and last[1] or '0-0',\n"
    "    type(n) == 'string' and #n < 16 and n or '0'}\n";

const char *const cluster_scripts[SCRIPT_COUNT] = {
	[SCRIPT_PUT] = put,
	[SCRIPT_BLOCK] = block,
	[SCRIPT_SCAN] = scan,
	[SCRIPT_TAIL] = tail,
};

unsigned int
cluster_window_max(const struct cluster *cl)
{
	const struct config *config = &cl->am->config;

	return config->cluster_max_window != 0 ?
	    config->cluster_max_window : config_longest(config);
}

void
cluster_run_script(struct cluster *cl, enum cluster_script script,
    engine_done *done, long long tag, size_t argc, const char **argv)
{
	char longest[16];
	const char *words[6 + 3 * CLUSTER_BATCH_ENTRIES] = { "EVALSHA",
	    cl->sha[script], "0", cl->am->config.cluster_prefix, cl->host,
	    longest };

	if (argc > 3 * CLUSTER_BATCH_ENTRIES)
		return;
	(void)snprintf(longest, sizeof longest, "%u", cluster_window_max(cl));
	for (size_t i = 0; i < argc; i++)
		words[6 + i] = argv[i];
	engine_ask(&cl->commands, done, tag, 6 + argc, words, NULL);
}
