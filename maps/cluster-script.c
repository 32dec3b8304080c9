/*
 * What the engine itself does, so that no two hosts get in each other's way.
 * Under the prefix, it has
 *
 *	e:ADDRESS	the record, as in the map; it ends with the entry, that
 *			of a removal a day later
 *	l:ADDRESS	LAST of its last login, for as long
 *	b:BLOCK		a line as in relay.blocks; one that is over, or was
 *			lifted, stays for 31 days
 *	changes		a stream of who changed what, the last 100,000 or so
 *	number		how many there were: who misses one compares all
 */
#include <stdlib.h>
#include <string.h>

#include "cluster.h"

/* The changes of a minute, at the most that a site of some hosts may have. */
#define CHANGES_KEPT "100000"

/* So long (seconds) a host that is out of touch may take to hear of a lift. */
#define BLOCK_KEPT "31 * 86400"

/*
 * ARGV: prefix, host, and for each entry OP ADDRESS RECORD.  Ten digits compare
 * as text.  Decides as weigh_elsewhere() in change.c does, but that it knows
 * when the last login was: only a login that is newer than a removal brings an
 * entry back, and only one that is newer than it keeps a removal away.  What
 * cannot be told others is not stored.  Returns
 * OP ADDRESS RECORD of each that came to something else than was asked.
 */
static const char put[] =
    "local p, lost, zero = ARGV[1], {}, '0000000000'\n"
    "local now = redis.call('TIME')[1]\n"
    "local ahead = string.format('%010.0f', now + 60)\n"
    "local function read(k)\n"
    "  local v = redis.pcall('GETRANGE', k, 0, 4200)\n"
    "  return type(v) == 'string' and v or ''\n"
    "end\n"
    "local function split(v)\n"
    "  local e, l, n = v:match('^(%d%d%d%d%d%d%d%d%d%d) '"
    "..'(%d%d%d%d%d%d%d%d%d%d) (.+)$')\n"
    "  return e and {e = e, l = l, n = n}\n"
    "end\n"
    "local function later(a, b) return a > b and a or b end\n"
    "for i = 3, #ARGV, 3 do\n"
    "  local op, key, sent = ARGV[i], ARGV[i + 1], ARGV[i + 2]\n"
    "  local ek, lk = p..'e:'..key, p..'l:'..key\n"
    "  local was, login = read(ek), read(lk)\n"
    "  local new, old = split(sent), split(was)\n"
    "  if not login:match('^%d%d%d%d%d%d%d%d%d%d$') then login = zero end\n"
    /* What lies in the future is nobody's. */
    "  if old and (old.l > ahead or old.e - old.l > 31 * 86400) then\n"
    "    old = nil\n"
    "  end\n"
    "  if login > ahead then login = zero end\n"
    "  local said = login\n"
    "  if op == '+' then login = later(login, new.l) end\n"
    "  local out, how = new, op\n"
    "  if old and old.e == zero and new.e ~= zero and\n"
    "      not (op == '+' and new.l > old.l) then\n"
    "    out, how = old, '='\n"
    "  elseif old and old.e ~= zero and new.e == zero then\n"
    "    if login > new.l then out, how = old, '+'\n"
    "    else out.l = later(old.l, new.l) end\n"
    "  elseif old and not (old.e == zero and new.e ~= zero) then\n"
    "    local wins = new.l > old.l or new.l == old.l and new.n > old.n\n"
    "    out = {e = later(old.e, new.e), l = later(old.l, new.l),\n"
    "        n = wins and new.n or old.n}\n"
    "  end\n"
    "  local text = out.e..' '..out.l..' '..out.n\n"
    "  if text ~= was or op == '+' and how == '+' and login ~= said then\n"
    "    local ends = out.e == zero and out.l + 86400 or out.e + 0\n"
    "    local at = string.format('%.0f', ends * 1000)\n"
    "    redis.call('XADD', p..'changes', 'MAXLEN', '~', " CHANGES_KEPT ",\n"
    "        '*', 'h', ARGV[2], 'n', redis.call('INCR', p..'number'),\n"
    "        'o', how, 'k', key, 'v', text)\n"
    "    redis.call('SET', ek, text, 'PXAT', at)\n"
    "    if out.e == zero or login == zero then redis.call('DEL', lk)\n"
    "    else redis.call('SET', lk, login, 'PXAT', at) end\n"
    "  end\n"
    "  if text ~= sent then\n"
    /* Who asked thinks that he is newer, but was no login. */
    "    if out.e == zero then\n"
    "      text = out.e..' '..later(out.l, new.l)..' '..out.n\n"
    "    end\n"
    "    lost[#lost + 1] = how\n"
    "    lost[#lost + 1] = key\n"
    "    lost[#lost + 1] = text\n"
    "  end\n"
    "end\n"
    "return lost\n";

/*
 * ARGV: prefix, host, then NAME LINE of each block.  Decides as block_wins(): the
 * later SINCE, then the sooner UNTIL, where 0 is the latest.  What is from the
 * future counts for nothing.  Returns the LINE of each that came to something
 * else.
 */
static const char block[] =
    "local p, lost = ARGV[1], {}\n"
    "local ahead = redis.call('TIME')[1] + 60\n"
    "local function rank(v)\n"
    "  local u, s = v:match('^(%d%d%d%d%d%d%d%d%d%d) (%d%d%d%d%d%d%d%d%d%d) .')\n"
    "  if not u or s + 0 > ahead then return '' end\n"
    "  if u + 0 == 0 then return s..'0000000000' end\n"
    "  return s..string.format('%010.0f', 9999999999 - u)\n"
    "end\n"
    "for i = 3, #ARGV, 2 do\n"
    "  local key, sent = p..'b:'..ARGV[i], ARGV[i + 1]\n"
    "  local was = redis.pcall('GETRANGE', key, 0, 4200)\n"
    "  if type(was) ~= 'string' then was = '' end\n"
    "  local old, new = rank(was), rank(sent)\n"
    "  if old > new then\n"
    "    lost[#lost + 1] = was\n"
    "  elseif new > old then\n"
    "    redis.call('XADD', p..'changes', 'MAXLEN', '~', " CHANGES_KEPT ",\n"
    "        '*', 'h', ARGV[2], 'n', redis.call('INCR', p..'number'),\n"
    "        'o', 'b', 'k', ARGV[i], 'v', sent)\n"
    "    redis.call('SET', key, sent)\n"
    "    local ends = sent:sub(1, 10) + 0\n"
    "    if ends > 0 then\n"
    "      local at = string.format('%.0f', (ends + " BLOCK_KEPT ") * 1000)\n"
    "      redis.call('PEXPIREAT', key, at)\n"
    "    end\n"
    "  end\n"
    "end\n"
    "return lost\n";

/*
 * ARGV: prefix, host, keys as SCAN has given them.  Returns KEY VALUE LOGIN of
 * each: whatever anybody has put there, not more of it than a record can have.
 */
static const char read_keys[] =
    "local p, found = ARGV[1], {}\n"
    "local function read(k)\n"
    "  local v = redis.pcall('GETRANGE', k, 0, 4200)\n"
    "  return type(v) == 'string' and v or ''\n"
    "end\n"
    "for i = 3, #ARGV do\n"
    "  local k = ARGV[i]\n"
    "  local n = #found\n"
    "  found[n + 1] = k\n"
    "  found[n + 2] = read(k)\n"
    "  found[n + 3] = k:sub(#p + 1, #p + 2) == 'e:' and\n"
    "      read(p..'l:'..k:sub(#p + 3)) or ''\n"
    "end\n"
    "return found\n";

const char *const cluster_scripts[SCRIPT_COUNT] = {
	[SCRIPT_PUT] = put,
	[SCRIPT_BLOCK] = block,
	[SCRIPT_READ] = read_keys,
};

void
cluster_run(struct cluster *cl, enum cluster_script script,
    engine_done *done, long long tag, size_t argc, const char **argv)
{
	const char *words[5 + 3 * CLUSTER_TOGETHER] = { "EVALSHA",
	    cl->sha[script], "0", cl->am->config.cluster_prefix, cl->host };

	if (argc > 3 * CLUSTER_TOGETHER)
		return;
	for (size_t i = 0; i < argc; i++)
		words[5 + i] = argv[i];
	engine_ask(&cl->ask, done, tag, 5 + argc, words, NULL);
}
