# SPDX-License-Identifier: ISC
# authmap.  "make help" lists the targets.

VERSION := $(shell sed -n 's/.*AUTHMAP_VERSION "\(.*\)"/\1/p' maps/authmap.h)
SOVERSION = 1

# The build folder, compiler and installation folders; set them as you like.
O = build
CC ?= cc
CFLAGS ?= -O2 -g
prefix = /usr/local
bindir = $(prefix)/bin
sbindir = $(prefix)/sbin
libdir = $(prefix)/lib
libexecdir = $(prefix)/libexec
includedir = $(prefix)/include
mandir = $(prefix)/share/man
sysconfdir = /etc
docdir = $(prefix)/share/doc/authmap
# OpenSMTPD's folder for table programs.
tabledir = $(libexecdir)/opensmtpd
unitdir = $(prefix)/lib/systemd/system
sysusersdir = $(prefix)/lib/sysusers.d
tmpfilesdir = $(prefix)/lib/tmpfiles.d
completiondir = $(prefix)/share/bash-completion/completions
# Keeps what is built or downloaded once, such as the tests' own Exim.
CACHE = .cache

INSTALL = install
# Dovecot's file about how it was built and where its modules are.
DOVECOT_CONFIG ?= $(firstword $(wildcard /usr/lib/dovecot/dovecot-config \
	/usr/lib64/dovecot/dovecot-config /usr/local/lib/dovecot/dovecot-config))
dovecot = $(shell test -n "$(DOVECOT_CONFIG)" && . $(DOVECOT_CONFIG) && printf '%s' "$$$(1)")
dovecot_headers := $(call dovecot,dovecot_pkgincludedir)
moduledir = $(call dovecot,dovecot_moduledir)
# The version, such as 2.4.1, and the series, such as 2.4.
dovecot_version := $(shell test -n "$(dovecot_headers)" && \
	sed -n 's/^.define DOVECOT_VERSION "\([^"]*\)"/\1/p' $(dovecot_headers)/config.h)
dovecot_series := $(shell echo '$(dovecot_version)' | sed 's/\([0-9]*\.[0-9]*\).*/\1/')

# V=1 shows each command.
V = 0
Q_0 = @echo '  $(@F)';
Q = $(Q_$(V))

WARNINGS = -Wall -Wextra -Wconversion -Wshadow -Wformat=2 -Wundef \
	-Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith \
	-Wcast-qual -Wwrite-strings -Wvla
BSD_CFLAGS := $(shell pkg-config --cflags libbsd-overlay 2>/dev/null)
BSD_LIBS := $(shell pkg-config --libs libbsd-overlay 2>/dev/null)
own_CPPFLAGS = -D_DEFAULT_SOURCE -D_XOPEN_SOURCE=700 -DLIBBSD_OPENBSD_VIS \
	-DAUTHMAP_CONF='"$(sysconfdir)/authmap.conf"' -DAUTHMAP_DOC='"$(docdir)"' -I. -Imaps $(BSD_CFLAGS)
own_CFLAGS = -std=c11 -fPIC -fvisibility=hidden $(WARNINGS)
LIBS = $(BSD_LIBS)

# authmap-cluster is built if hiredis is installed, with TLS if hiredis has it.
HIREDIS := $(shell pkg-config --exists hiredis 2>/dev/null && echo hiredis)
HIREDIS_SSL := $(shell pkg-config --exists hiredis_ssl openssl 2>/dev/null && echo hiredis_ssl openssl)
cluster_CFLAGS := $(if $(HIREDIS),$(shell pkg-config --cflags hiredis $(HIREDIS_SSL))) \
	$(if $(HIREDIS_SSL),-DAUTHMAP_TLS)
cluster_LIBS := $(if $(HIREDIS),$(shell pkg-config --libs hiredis $(HIREDIS_SSL)))
cluster_program = $(if $(HIREDIS),$(O)/authmap-cluster)

# authmap-judge, which has libgdbm check new maps, is built if libgdbm is installed.
GDBM := $(shell printf '\043include <gdbm.h>\n' | $(CC) $(CPPFLAGS) -E - >/dev/null 2>&1 && echo gdbm)
judge_program = $(if $(GDBM),$(O)/authmap-judge)

# The plugin's flags.  Dovecot's headers need GNU C and cause warnings, and their
# T_BEGIN is an array of variable length.
plugin_CFLAGS = -std=gnu11 -fPIC -DPIC -DHAVE_CONFIG_H $(WARNINGS) -Wno-vla \
	-iquote . -iquote maps -isystem $(dovecot_headers) -fno-lto

# There is a folder for each layer of the library, for the code that programs share,
# and for each program.  Every .c file in it is built in.
objects = $(patsubst %.c,$(O)/%.o,$(wildcard $(1)/*.c))
library_o = $(foreach layer,base store lib,$(call objects,maps/$(layer)))
daemon_o = $(call objects,maps/daemon)
responder_o = $(call objects,maps/responder)
table_o = $(call objects,maps/opensmtpd)
tool_o = $(call objects,maps/tool)
cluster_o = $(call objects,maps/cluster)
sweep_o = $(filter-out %/main.o,$(call objects,sweeper))
plugin = authmap-plugin authmap-settings authmap-settings-$(dovecot_series) $(plugin_table)
# Dovecot 2.4 needs another module, which describes the settings.
ifeq ($(dovecot_series),2.4)
plugin_table = authmap-table-2.4
endif
plugin_o = $(plugin:%=$(O)/dovecot-plugin/%.o)
uw_o = $(call objects,uw-patch) $(patsubst %,$(O)/maps/daemon/%.o,account keeper login-log session session-wait)
# The objects of a program that tests call: all but main.
parts = $(filter-out %/main.o,$(1))
tool_tested = import-lines json command postfix-restrictions doveconf-setting

unit_tests = $(patsubst test-harness/unit/%.c,$(O)/unit/%.t,$(wildcard test-harness/unit/*-test.c))
test_programs = $(patsubst test-harness/programs/%.c,$(O)/test/%,$(wildcard test-harness/programs/*.c))
bench_programs = $(patsubst test-harness/bench/%.c,$(O)/test/%,$(wildcard test-harness/bench/*.c))

programs = $(O)/authmap $(O)/authmap-socketmapd $(O)/authmap-sweeper \
	$(O)/table-authmap $(cluster_program) $(judge_program)
libraries = $(O)/libauthmap.a $(O)/libauthmap.so.$(SOVERSION) $(O)/authmap.pc \
	$(O)/libauthmap-uw.a
modules = $(O)/lib_authmap_plugin.so $(plugin_table:%=$(O)/libauthmap_settings.so)
settings_modules = $(filter %_settings.so,$(modules))
man5 = $(wildcard maps/man/*.5)
man7 = $(wildcard maps/man/*.7)
man8 = $(filter-out $(if $(cluster_program),,%-cluster.8) $(if $(judge_program),,%-judge.8),\
	$(wildcard maps/*/*.8 sweeper/*.8))
# The files that an administrator copies, and those that are installed in their
# place.
recipes = $(filter-out conf.d/systemd/% conf.d/rpm/% $(if $(cluster_program),,conf.d/rc/%cluster),\
	$(wildcard conf.d/*/*))
units = $(filter-out $(if $(cluster_program),,%-cluster.service),\
	$(wildcard conf.d/systemd/authmap-*))

all: $(programs) $(libraries) $(modules)
ifeq ($(cluster_program),)
	@echo 'authmap-cluster is left out: there is no hiredis (libhiredis-dev)'
endif
ifeq ($(judge_program),)
	@echo 'authmap-judge is left out: there is no libgdbm (libgdbm-dev)'
endif
force:

help:
	@echo 'all        programs, library, plugin'
	@echo 'demo       a login that opens the relay, on real servers in a scratch folder'
	@echo 'check      the tests in brief (check-unit: those that need no server)'
	@echo '           TESTS=flow/20-login: one of them; KEEP=1: keep its folder if it fails'
	@echo 'check-all  all tests (check-rest: what "check" leaves out)'
	@echo 'check-debian12, check-debian13: all tests on Debian 12, on 13'
	@echo 'check-sid  on Debian sid: build, unit tests, Dovecot, the MTAs, the packages'
	@echo 'check-arch ARCH=i386|arm64|armhf|s390x: the tests without servers there'
	@echo 'check-fresh  demo and check in a bare Debian (SUITE=, CHECK=check-all)'
	@echo 'lint       static checks'
	@echo 'soak       ten minutes of mixed load on real servers (SOAK_SECONDS=)'
	@echo 'asan       the tests without servers, under sanitizers'
	@echo 'tsan       two threads that use the library'
	@echo 'coverage   which lines of each file the quick tests run'
	@echo 'model      a thorough search of the model of the writers'"'"' protocol'
	@echo 'fuzz       a minute of each fuzzer (FUZZ_SECONDS=)'
	@echo 'bench      the costs of a login, a grant, a sweep, a lookup (bench-sessions: a login)'
	@echo 'plots      README'"'"'s plots, from a new run of bench'
	@echo 'faults     a table of faults: the promises, and the results'
	@echo 'uw-imapd   UW-imapd with authmap, from Debian'"'"'s source (see uw-patch/README)'
	@echo 'deb        the Debian packages, in $(O)/deb'
	@echo 'install    DESTDIR=, prefix=, sysconfdir=; uninstall'
	@echo 'dist       the tarball of a release; distcheck: build, test and install from it'
	@echo 'clean'

$(O)/%.o: %.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(own_CPPFLAGS) $(CPPFLAGS) $(own_CFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(O)/dovecot-plugin/%.o: dovecot-plugin/%.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(plugin_CFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(O)/authmap: $(tool_o) $(sweep_o)
$(O)/authmap-socketmapd: $(responder_o)
$(O)/authmap-sweeper: $(O)/sweeper/main.o $(sweep_o)
$(O)/table-authmap: $(table_o)
$(O)/authmap-cluster: $(cluster_o) $(sweep_o)
$(O)/authmap-cluster: LIBS += $(cluster_LIBS)
$(O)/authmap-judge: $(call objects,maps/judge)
$(O)/authmap-judge: LIBS = -lgdbm
$(filter-out $(judge_program),$(programs)): $(daemon_o) $(library_o)
$(O)/sweeper/judge.o: own_CPPFLAGS += $(if $(GDBM),-DAUTHMAP_JUDGE='"$(libexecdir)/authmap-judge"')
$(O)/maps/cluster/%.o: own_CPPFLAGS += $(cluster_CFLAGS)
$(programs):
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

# The archive has one object, in which only the interface is visible: its internal
# names must not collide with those of the program that it is linked with.
$(O)/libauthmap.a: $(library_o)
$(O)/libauthmap-uw.a: $(uw_o) $(library_o)
$(O)/libauthmap.a $(O)/libauthmap-uw.a:
	$(Q)$(LD) -r -o $(@:.a=.o) $^ && \
	objcopy --localize-hidden $(@:.a=.o) && \
	rm -f $@ && $(AR) rcs $@ $(@:.a=.o)

$(O)/libauthmap.so.$(SOVERSION): $(library_o)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -shared -Wl,-soname,$(@F) -Wl,-z,defs -o $@ $^ $(LIBS)

# Written when a compiled-in folder has changed; the files that depend on it are then
# built again.
$(O)/paths: force
	@mkdir -p $(@D)
	@echo '$(prefix) $(libdir) $(includedir) $(sysconfdir) $(libexecdir) $(docdir) $(GDBM)' | cmp -s - $@ || \
	    echo '$(prefix) $(libdir) $(includedir) $(sysconfdir) $(libexecdir) $(docdir) $(GDBM)' >$@
$(O)/maps/base/config.o $(O)/sweeper/judge.o $(call objects,maps/tool): $(O)/paths

# Written when Dovecot's version has changed; the plugin is then built again.
$(O)/dovecot: force
	@test -n "$(DOVECOT_CONFIG)" || { echo "no dovecot-config is found:" \
	    "install dovecot-dev, or leave the plugin out: make modules=" >&2; exit 1; }
	@test -e dovecot-plugin/authmap-settings-$(dovecot_series).c || { echo "the plugin is" \
	    "for Dovecot 2.3 and 2.4, and this is $(or $(dovecot_version),unknown):" \
	    "install dovecot-dev of one of them, or leave the plugin out: make modules=" >&2; exit 1; }
	@mkdir -p $(@D)
	@echo '$(dovecot_version) $(dovecot_headers)' | cmp -s - $@ || \
	    echo '$(dovecot_version) $(dovecot_headers)' >$@
$(plugin_o): $(O)/dovecot

$(O)/authmap.pc: $(O)/paths maps/authmap.h
	$(Q)printf '%s\n' 'prefix=$(prefix)' 'libdir=$(libdir)' 'includedir=$(includedir)' '' \
	    'Name: authmap' 'Description: let clients relay mail after a login' \
	    'Version: $(VERSION)' 'Libs: -L$${libdir} -lauthmap' \
	    'Libs.private: $(LIBS)' 'Cflags: -I$${includedir}' > $@

# The functions of libbsd that the library calls, without the versions of their
# symbols: the linker would take them for versions of this library.  arc4random(3) is
# left out, since glibc has it and libbsd's would leave a handler of fork(2) in the
# mail process.
BSD_ARCHIVE := $(wildcard $(shell pkg-config --variable=libdir libbsd-overlay 2>/dev/null)/libbsd.a)
bsd_functions = strlcpy strlcat strtonum strvis strunvis reallocarray
$(O)/bsd.a:
	@mkdir -p $(@D)
	$(Q)rm -f $@ && $(LD) -r $(addprefix -u ,$(bsd_functions)) -o $(@:.a=.o) $(BSD_ARCHIVE) && \
	objcopy -w --strip-symbol='*@*' $(@:.a=.o) && $(AR) rcs $@ $(@:.a=.o)

# The plugin is linked with archives.  So it does not depend on where a library is
# installed, and mail processes load no further library, which would make logins
# slower.  If libbsd's archive cannot be linked into a module, libbsd is loaded.
plugin_link = $(CC) $(CFLAGS) $(LDFLAGS) -shared -Wl,--exclude-libs,ALL \
	-Wl,-z,noseparate-code -Wl,--as-needed -o $@ $(filter-out $(O)/bsd.a,$^)
$(O)/lib_authmap_plugin.so: $(plugin_o) $(O)/maps/base/encode.o $(O)/libauthmap.a \
		$(if $(BSD_ARCHIVE),$(O)/bsd.a)
	$(Q)$(if $(BSD_ARCHIVE),$(plugin_link) $(O)/bsd.a -lc $(LIBS) 2>/dev/null ||) \
	$(plugin_link) $(LIBS)

$(O)/libauthmap_settings.so: $(O)/dovecot-plugin/$(plugin_table).o
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -shared -o $@ $^

# UW-imapd from Debian's source, patched and built.
uw-imapd: needs-uw
	@$(MAKE) --no-print-directory $(O)/uw/imapd

$(O)/uw/imapd: uw-patch/build uw-patch/authmap.patch $(O)/libauthmap-uw.a
	$(Q)uw-patch/build $(O)/uw $(O)/libauthmap-uw.a $(LIBS)

link_test = $(Q)$(CC) $(own_CPPFLAGS) $(CPPFLAGS) $(own_CFLAGS) $(CFLAGS) $(LDFLAGS) \
	-MMD -MP -o $@ $< $(filter %.o,$^) $(LIBS)

$(O)/unit/%.t: test-harness/unit/%.c $(sweep_o) $(call parts,$(responder_o)) \
		$(tool_tested:%=$(O)/maps/tool/%.o) \
		$(daemon_o) $(library_o)
	@mkdir -p $(@D)
	$(link_test)

$(O)/unit/threads-test.t $(O)/test/session: LIBS += -pthread

# These tests also use libgdbm, which must be able to read the files that authmap
# writes.
uses_gdbm = unit/gdbmfile-test.t unit/gdbmfile-hostile-test.t \
	unit/gdbmfile-overlap-test.t test/reader test/map
$(uses_gdbm:%=$(O)/%): LIBS += -lgdbm

# torture can make writers write a record too late.
$(O)/test/torture: LIBS += -Wl,--wrap=pwrite,--wrap=pwrite64

# The programs of the tests and the benchmarks.
$(O)/test/%: test-harness/programs/%.c $(sweep_o) $(library_o)
	@mkdir -p $(@D)
	$(link_test)

$(O)/test/%: test-harness/bench/%.c $(sweep_o) $(library_o)
	@mkdir -p $(@D)
	$(link_test)

# A test preloads this library.
$(O)/test/nomemory.so: test-harness/fault-table/nomemory.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(own_CPPFLAGS) $(CPPFLAGS) $(own_CFLAGS) $(CFLAGS) -fvisibility=default -shared -o $@ $<

-include $(shell find $(O) -name '*.d' -type f 2>/dev/null)

# ----- tests ---------------------------------------------------------------

# Use the program of this build, not an installed one.
AUTHMAP_JUDGE = $(if $(judge_program),$(abspath $(judge_program)))
export O CACHE AUTHMAP_JUDGE
MAKEFLAGS += --no-print-directory
PROVE = prove --failures --comments --merge --timer

needs-build:
	@test-harness/tools/needs build
needs-check:
	@test-harness/tools/needs build servers tests exim uw
needs-check-all:
	@test-harness/tools/needs build servers tests more-tests cluster exim uw deb plots
needs-faults:
	@test-harness/tools/needs build servers tests
needs-model:
	@test-harness/tools/needs model
needs-plots:
	@test-harness/tools/needs plots
needs-uw:
	@test-harness/tools/needs build uw
needs-fuzz:
	@test-harness/tools/needs build fuzz
needs-deb:
	@test-harness/tools/needs build deb
needs-lint:
	@test-harness/tools/needs build lint

needs-demo:
	@test-harness/tools/needs build servers
# Start another make after "needs", so that it finds what "needs" has installed.
demo: needs-demo
	@$(MAKE) --no-print-directory all
	@test-harness/demo

# TESTS='flow/20-login unit/config-test' runs only these tests, with all their
# output.
TESTS =
chosen_names = $(TESTS:%.t=%)
chosen_unit_tests = $(patsubst unit/%,$(O)/unit/%.t,$(filter unit/%,$(chosen_names)))
chosen_scenarios = $(patsubst %,test-harness/%.t,$(filter-out unit/%,$(chosen_names)))

# The scenarios of "make check": one for each way in and out on real servers, and the
# faults in brief.  The longest come first.  "make check-all" runs all scenarios,
# also a new one that is not listed anywhere.
brief = flow/41-postfix fault/35-steps fault/30-torture \
	flow/31-uw-login flow/35-env flow/36-courier flow/37-pam flow/20-login \
	flow/44-opensmtpd flow/45-qmail flow/43-exim flow/42-sendmail flow/40-relay \
	flow/21-session flow/25-block flow/38-claim flow/39-postlogin flow/47-exclude \
	flow/01-tool flow/02-check flow/03-state flow/03-sweeper flow/04-table \
	flow/05-responder flow/05-socket flow/06-block flow/06-names \
	flow/07-completion flow/08-limits flow/09-print flow/09-watch \
	flow/61-rooms flow/62-messages flow/62-scenarios \
	fault/05-model fault/10-lock fault/15-crowd fault/20-folder fault/25-rights
# These do more in "make check-all", see run-check-rest.
in_brief = fault/30-torture fault/75-soak
scenarios = $(patsubst test-harness/%.t,%,$(wildcard test-harness/flow/*.t test-harness/fault/*.t))
rest = $(filter $(in_brief),$(scenarios)) $(filter-out $(brief) $(in_brief),$(scenarios))

check: $(if $(filter-out $(brief) unit/%,$(chosen_names)),needs-check-all,needs-check)
	@$(MAKE) --no-print-directory run-check

check-rest: needs-check-all
	@$(MAKE) --no-print-directory run-check-rest

# The two parts are not prerequisites, since make -j would run them at the same time.
check-all: needs-check-all
	@$(MAKE) --no-print-directory run-check
	@$(MAKE) --no-print-directory run-check-rest

list-check:
	@printf '%s\n' $(brief)
list-check-all:
	@printf '%s\n' $(brief) $(rest) | sort -u

# How many tests run at once: more than there are processors, since scenarios mostly
# wait.
JOBS = 3
# The scenarios of UW's servers run one by one: each looks for processes of theirs.
RULES = --rules='seq=test-harness/flow/{30,31,32,33,34}*' --rules='par=**'

ifneq ($(TESTS),)
run-check: all $(if $(findstring -uw-,$(TESTS)),$(O)/uw/imapd) \
		$(chosen_unit_tests) $(test_programs) $(O)/test/nomemory.so
	prove --verbose --merge --timer $(chosen_unit_tests) $(chosen_scenarios)
else
run-check: all $(O)/uw/imapd $(unit_tests) $(test_programs) $(O)/test/nomemory.so
	$(PROVE) -j $(JOBS) $(RULES) $(brief:%=test-harness/%.t) $(unit_tests)
endif

run-check-rest: all $(O)/uw/imapd $(test_programs) $(O)/test/nomemory.so
	TORTURE_SECONDS=$(TORTURE_SECONDS) \
	    $(PROVE) -j $(JOBS) $(RULES) $(rest:%=test-harness/%.t)
# How long fault/30-torture runs.
TORTURE_SECONDS = 300

# Run the tests in another Debian release, in a folder that is kept in the cache.
needs-arch:
	@test-harness/tools/needs debian arch
needs-debian:
	@test-harness/tools/needs debian
check-debian12: SUITE = bookworm
check-debian13: SUITE = trixie
check-debian12 check-debian13: CHECK = check-all
check-debian12 check-debian13: needs-debian
	@test-harness/tools/debian $(SUITE) make $(CHECK)

# Run on Debian sid the tests that a new Dovecot, gdbm or MTA may break.
check-sid: needs-debian
	@test-harness/tools/debian sid test-harness/tools/check-sid

run-check-sid: all $(unit_tests) $(test_programs)
	$(PROVE) -j $(JOBS) $(unit_tests) test-harness/flow/70-packages.t \
	    $(wildcard $(addprefix test-harness/flow/,2*.t 39*.t 4*.t))

# Run the tests that need no server on another architecture.
ARCH =
check-arch: SUITE = trixie
check-arch: needs-arch
	@test-harness/tools/arch '$(ARCH)' $(SUITE) test-harness/tools/check-arch

run-check-arch-build: $(unit_tests) $(test_programs)

# Do what README.md says in a new bare Debian that has only git and make.
check-fresh: SUITE = $(shell . /etc/os-release && echo $$VERSION_CODENAME)
check-fresh: CHECK = check
check-fresh: needs-debian
	@FRESH=yes test-harness/tools/debian $(SUITE) sh -c 'make demo && make $(CHECK)'

check-unit: $(unit_tests)
	$(PROVE) $(unit_tests)

# How long the soak runs.  In less than 20 seconds, not all events happen.
SOAK_SECONDS = 600
soak: needs-check-all
	@$(MAKE) --no-print-directory run-soak

run-soak: all $(O)/test/fill $(O)/test/reader
	SOAK_SECONDS=$(SOAK_SECONDS) test-harness/fault/75-soak.t

asan: needs-check-all
	@$(MAKE) --no-print-directory run-asan O=$(O)/asan \
	    CFLAGS='-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer'

run-asan: $(programs) $(unit_tests) $(test_programs)
	$(PROVE) $(unit_tests) $(wildcard test-harness/flow/0*.t) \
	    $(if $(cluster_program),$(wildcard test-harness/fault/8[567]*.t))

# The library has no threads.  But a program with threads may use it, with a handle
# for each thread.
tsan: needs-build
	@$(MAKE) --no-print-directory run-tsan O=$(O)/tsan \
	    CFLAGS='-O1 -g -fsanitize=thread'

run-tsan: $(O)/unit/threads-test.t
	$(PROVE) $<

# These tests are quick, and end their processes without SIGKILL: a killed process
# does not write its coverage.
covering = $(wildcard test-harness/flow/0[1-6]*.t test-harness/flow/2[0-3]*.t \
	test-harness/flow/3[58]*.t test-harness/fault/1*.t test-harness/fault/2*.t)
coverage: needs-check-all
	@test-harness/tools/coverage $(O)/coverage $(covering)

run-coverage-build: all $(unit_tests) $(test_programs)

# The model of the writers' protocol; "make check" does a quick part of the search.
model: needs-model
	@mkdir -p $(O)/model
	@test-harness/model/run $(O)/model long

# How long each fuzzer runs.
FUZZ_SECONDS = 60
fuzzers = $(patsubst test-harness/fuzz/%.c,$(O)/fuzz/%,$(filter-out \
	$(if $(cluster_program),,%/cluster.c),$(wildcard test-harness/fuzz/*.c)))

fuzz: needs-fuzz
	@$(MAKE) --no-print-directory run-fuzz O=$(O)/fuzzing CC=clang \
	    CFLAGS='-O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all'

run-fuzz: $(fuzzers)
	@test-harness/tools/fuzz $(FUZZ_SECONDS) $^

# This fuzzer has its own functions in place of table.c.
$(O)/fuzz/table: $(filter-out %/table.o,$(call parts,$(table_o)))
$(O)/fuzz/cluster: LIBS += $(cluster_LIBS)
$(O)/fuzz/cluster: $(call parts,$(cluster_o)) $(sweep_o)
$(O)/fuzz/%: test-harness/fuzz/%.c $(call parts,$(responder_o)) \
		$(O)/maps/tool/import-lines.o $(daemon_o) $(library_o)
	@mkdir -p $(@D)
	$(link_test) -fsanitize=fuzzer

faults: needs-faults
	@$(MAKE) --no-print-directory run-faults

run-faults: all $(O)/test/nomemory.so
	@test-harness/fault-table/run

bench: needs-check-all
	@$(MAKE) --no-print-directory run-bench

run-bench: all $(bench_programs) $(test_programs)
	@mkdir -p $(O)/bench
	@test-harness/bench/run
	@test-harness/bench/sessions
	@test-harness/bench/postfix
	@test -z "$(cluster_program)" || test-harness/bench/cluster

# The costs of a login only, in some minutes; SESSION_ROUNDS= sets how many rounds.
bench-sessions: needs-check
	@$(MAKE) --no-print-directory run-bench-sessions

run-bench-sessions: all $(O)/test/session $(O)/test/fill
	@mkdir -p $(O)/bench
	@test-harness/bench/sessions

plots: needs-plots
	@$(MAKE) --no-print-directory bench
	@$(MAKE) --no-print-directory run-plots

# The plots, from the last run of bench.
run-plots:
	test-harness/plots/draw $(O)/bench
	cp $(O)/bench/*.dat $(O)/bench/*.svg test-harness/plots

sources = $(wildcard maps/*/*.c sweeper/*.c uw-patch/*.c)
lint: needs-lint
	@$(MAKE) --no-print-directory run-lint

run-lint:
	$(MAKE) -s all O=$(O)/gcc CC=gcc CFLAGS='-O2 -g -Werror'
	$(MAKE) -s all O=$(O)/clang CC=clang CFLAGS='-O2 -g -Werror'
	cppcheck --quiet --error-exitcode=1 --inline-suppr \
	    --suppress=normalCheckLevelMaxBranches \
	    '-DRB_PROTOTYPE(n,t,f,c)=' '-DRB_GENERATE(n,t,f,c)=' '-DAUTHMAP_DOC="doc"' \
	    --enable=warning,performance,portability --std=c11 -I. -Imaps $(sources)
	$(MAKE) -s -j 2 run-tidy
	rm -rf $(O)/scanned
	scan-build --status-bugs -o $(O)/scanned/report \
	    $(MAKE) -s -j 2 all O=$(O)/scanned CFLAGS=-g
	test-harness/tools/lint-print
	test-harness/tools/lint-symbols $(O)/gcc/libauthmap.so.$(SOVERSION)
	test-harness/tools/lint-internals
	test-harness/tools/lint-rooms
	test-harness/tools/lint-calls $(O)/gcc
	test-harness/tools/lint-messages
	test-harness/tools/lint-spdx
	test-harness/tools/lint-words
	test-harness/tools/lint-columns
	! mandoc -T lint $(man5) $(man7) $(man8) | grep -v 'referenced manual not found'
	shellcheck maps/tool/authmap.bash maps/tool/still-needed test-harness/lib/*.sh $(shell grep -lE '^#!.*\<sh\>' -r test-harness conf.d debian uw-patch .ci)

run-tidy: $(sources:%=tidy/%) $(plugin:%=tidy/dovecot-plugin/%.c)

# On stderr it prints only how many warnings in system headers it has suppressed.
tidy/%:
	clang-tidy --quiet $* -- -std=c11 $(own_CPPFLAGS) $(cluster_CFLAGS) 2>/dev/null
tidy/dovecot-plugin/%:
	clang-tidy --quiet dovecot-plugin/$* -- $(plugin_CFLAGS) 2>/dev/null

# ----- installing ----------------------------------------------------------

D = $(DESTDIR)
install: all
	$(INSTALL) -d $(D)$(bindir) $(D)$(sbindir) $(D)$(tabledir) $(D)$(libdir)/pkgconfig $(D)$(includedir) \
	    $(D)$(sysconfdir) $(D)$(docdir) $(D)$(mandir)/man5 $(D)$(mandir)/man7 $(D)$(mandir)/man8
	$(INSTALL) -m 755 $(O)/authmap $(D)$(bindir)
	$(INSTALL) -m 755 $(O)/authmap-socketmapd $(O)/authmap-sweeper $(cluster_program) $(D)$(sbindir)
	$(INSTALL) -m 755 $(O)/table-authmap $(D)$(tabledir)
	test -z "$(judge_program)" || $(INSTALL) -m 755 $(judge_program) $(D)$(libexecdir)
	$(INSTALL) -m 644 $(O)/libauthmap.a $(O)/libauthmap-uw.a $(D)$(libdir)
	$(INSTALL) -m 644 $(O)/libauthmap.so.$(SOVERSION) $(D)$(libdir)
	ln -sf libauthmap.so.$(SOVERSION) $(D)$(libdir)/libauthmap.so
	$(INSTALL) -m 644 $(O)/authmap.pc $(D)$(libdir)/pkgconfig
	$(INSTALL) -m 644 maps/authmap.h $(D)$(includedir)
	$(INSTALL) -m 644 $(man5) $(D)$(mandir)/man5
	$(INSTALL) -m 644 $(man7) $(D)$(mandir)/man7
	$(INSTALL) -m 644 $(man8) $(D)$(mandir)/man8
	$(INSTALL) -m 644 README.md NEWS COPYING $(recipes) $(D)$(docdir)
	$(INSTALL) -d $(D)$(libexecdir)/authmap
	$(INSTALL) -m 755 maps/tool/still-needed $(D)$(libexecdir)/authmap
	$(INSTALL) -d $(D)$(completiondir)
	$(INSTALL) -m 644 maps/tool/authmap.bash $(D)$(completiondir)/authmap
	$(INSTALL) -d $(D)$(unitdir) $(D)$(sysusersdir) $(D)$(tmpfilesdir)
	for unit in $(notdir $(units)); do \
	    sed 's,=/usr/sbin/,=$(sbindir)/,' conf.d/systemd/$$unit >$(O)/$$unit && \
	    $(INSTALL) -m 644 $(O)/$$unit $(D)$(unitdir) || exit 1; \
	done
	$(INSTALL) -m 644 conf.d/systemd/sysusers.conf $(D)$(sysusersdir)/authmap.conf
	$(INSTALL) -m 644 conf.d/systemd/tmpfiles.conf $(D)$(tmpfilesdir)/authmap.conf
	$(INSTALL) -d $(D)$(docdir)/uw-patch
	$(INSTALL) -m 644 uw-patch/README uw-patch/authmap.patch $(D)$(docdir)/uw-patch
	test -z "$(modules)" || $(INSTALL) -d $(D)$(moduledir)
	test -z "$(modules)" || $(INSTALL) -m 644 $(O)/lib_authmap_plugin.so $(D)$(moduledir)
	test -z "$(settings_modules)" || $(INSTALL) -d $(D)$(moduledir)/settings
	test -z "$(settings_modules)" || $(INSTALL) -m 644 $(settings_modules) $(D)$(moduledir)/settings
	@if test -e $(D)$(sysconfdir)/authmap.conf; then \
	    echo "not overwriting $(D)$(sysconfdir)/authmap.conf"; \
	    $(INSTALL) -m 644 conf.d/authmap.conf $(D)$(docdir); \
	else \
	    $(INSTALL) -m 644 conf.d/authmap.conf $(D)$(sysconfdir); \
	fi

# Keep the configuration, and each file in the folder of the documentation that "make
# install" did not make: the folder may be a shared one.  Remove authmap-cluster even
# if hiredis is missing now.  Refuse while a server's configuration still uses
# authmap, unless FORCE=yes is set.
FORCE =
# Without DESTDIR=, authmap is removed from this system.
this_system = test -n "$(D)" ||
uninstall:
	@test -e $(D)$(bindir)/authmap || { echo "there is no $(D)$(bindir)/authmap:" \
	    "set prefix= as for \"make install\"" >&2; exit 1; }
	@test -z "$(modules)" || test -n "$(moduledir)" || { echo "no dovecot-config is" \
	    "found: set moduledir= to the folder of the plugin, or modules= if there is" \
	    "none" >&2; exit 1; }
	@$(this_system) test "$(FORCE)" = yes || \
	    PATH=$(bindir):$$PATH maps/tool/still-needed mta dovecot
	@$(this_system) test ! -d /run/systemd/system || \
	    for unit in $(notdir $(wildcard conf.d/systemd/authmap-*)); do \
		systemctl -q disable --now $$unit 2>/dev/null || :; \
	    done
	rm -f $(D)$(bindir)/authmap $(D)$(sbindir)/authmap-socketmapd \
	    $(D)$(sbindir)/authmap-sweeper $(D)$(sbindir)/authmap-cluster \
	    $(D)$(tabledir)/table-authmap $(D)$(libexecdir)/authmap-judge
	test -z "$(modules)" || rm -f $(D)$(moduledir)/lib_authmap_plugin.so \
	    $(D)$(moduledir)/settings/libauthmap_settings.so
	rm -f $(D)$(libdir)/libauthmap.a $(D)$(libdir)/libauthmap-uw.a $(D)$(libdir)/libauthmap.so $(D)$(libdir)/libauthmap.so.$(SOVERSION)
	rm -f $(D)$(libdir)/pkgconfig/authmap.pc $(D)$(includedir)/authmap.h
	cd $(D)$(mandir) && rm -f $(addprefix man5/,$(notdir $(man5))) \
	    $(addprefix man7/,$(notdir $(man7))) \
	    $(addprefix man8/,$(notdir $(wildcard maps/*/*.8 sweeper/*.8)))
	rm -f $(addprefix $(D)$(docdir)/,README.md NEWS COPYING authmap.conf \
	    $(notdir $(wildcard conf.d/*/*)) uw-patch/README uw-patch/authmap.patch)
	rmdir $(D)$(docdir)/uw-patch $(D)$(docdir) 2>/dev/null || :
	rm -rf $(D)$(libexecdir)/authmap
	rm -f $(D)$(completiondir)/authmap
	rm -f $(addprefix $(D)$(unitdir)/,$(notdir $(wildcard conf.d/systemd/authmap-*))) \
	    $(D)$(sysusersdir)/authmap.conf $(D)$(tmpfilesdir)/authmap.conf
	@$(this_system) test ! -d /run/systemd/system || systemctl daemon-reload
	@$(this_system) rmdir /var/spool/postfix/authmap 2>/dev/null || :
	@$(this_system) echo 'to remove the configuration, the map and the user, too:' \
	    'rm -rf $(sysconfdir)/authmap.conf /run/authmap /run/authmap-socketmapd' \
	    '/var/lib/authmap; userdel authmap'

# The Debian packages, in $(O)/deb.
deb: needs-deb
	@$(MAKE) --no-print-directory run-deb

deb_source = $(O)/deb/authmap-$(VERSION)
run-deb:
	rm -rf $(O)/deb
	mkdir -p $(deb_source)
	cp -a $(filter-out $(O) build%,$(wildcard *)) $(deb_source)
	cd $(deb_source) && env -u MAKEFLAGS -u MAKEOVERRIDES -u O -u CACHE \
	    dpkg-buildpackage -j$$(nproc) -us -uc -b >../build.log 2>&1 || \
	    { $(CURDIR)/test-harness/tools/failed ../build.log >&2; exit 1; }
	rm -rf $(deb_source)
	@ls $(O)/deb/*.deb

clean:
	rm -rf $(O)

# The settings of git that would change its bytes are set.
dist:
	git -c tar.umask=0022 -c core.autocrlf=false -c core.eol=lf archive \
	    --prefix=authmap-$(VERSION)/ -o authmap-$(VERSION).tar HEAD
	gzip -9nf authmap-$(VERSION).tar

# Check that the tarball is the same each time, and can be built without git.
distcheck: needs-build
	@test-harness/tools/distcheck

.PHONY: force all help demo check check-all check-rest run-check \
	run-check-rest list-check list-check-all check-debian12 \
	check-debian13 check-sid run-check-sid check-arch run-check-arch-build \
	check-fresh check-unit soak run-soak asan run-asan tsan \
	run-tsan coverage run-coverage-build \
	model fuzz run-fuzz faults run-faults bench run-bench bench-sessions run-bench-sessions plots run-plots \
	lint run-lint install uninstall clean dist distcheck needs-build needs-check needs-check-all \
	needs-arch needs-debian needs-demo needs-faults needs-fuzz needs-lint needs-model \
	needs-plots needs-uw needs-deb uw-imapd deb run-deb run-tidy
