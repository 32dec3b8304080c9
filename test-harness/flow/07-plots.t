#!/bin/sh
# SPDX-License-Identifier: ISC
# README's pictures: the plots, if there are any, show the run whose figures are in
# the text, and another run draws other plots.  The flow uses no other file.
. "$(dirname "$0")/../lib/tap.sh"

command -v gnuplot >/dev/null || skip_all "no gnuplot"
plots=$TOP/test-harness/plots

# texts FILE: what is written in a picture, a line each.
texts() {
	python3 -c 'import sys, xml.etree.ElementTree as tree
for text in tree.parse(sys.argv[1]).iter("{http://www.w3.org/2000/svg}text"):
    print(" ".join("".join(text.itertext()).split()))' "$1"
}

# measured FOLDER: make files like those of "make bench", with other figures.
measured() {
	mkdir "$1"
	for n in 1000 10000 100000 1000000; do
		echo "$n 20.0 10.0 5.0 30.0 5000 0.50"
	done >"$1/operations.dat"
	echo "1 20000 19000 0.95 15000 16000
32 500000 400000 0.80 60000 70000" >"$1/lookups.dat"
	for at in known new; do
		echo "default 1 $at 10000 90 88 0.98 89 0.99 80 0.89 5000 5300 1.06 5200 1.04 5900 1.18 9 9 1.00 9 1.00 9 1.00"
		echo "reuse 1 $at 10000 900 880 0.98 890 0.99 800 0.89 500 520 1.04 700 1.40 1900 3.80 9 9 1.00 9 1.00 9 1.00"
	done >"$1/sessions.dat"
}

measured "$S/same"
"$plots/draw" "$S/same" >"$S/out" 2>&1
is "$?$(cat "$S/out")" 0 "the plots are drawn"
is "$(cd "$S/same" && echo *)" "delays.svg lookups.dat lookups.svg\
 operations.dat operations.svg sessions.dat" "  and nothing is left beside them"

# Those in the tree are of one run, or there are none.
is "$(cd "$plots" && ls | grep -cE '^((delays|lookups|operations).svg|(lookups|operations|sessions).dat)$')" \
	"$(if [ -e "$plots/sessions.dat" ]; then echo 6; else echo 0; fi)" \
	"the tree has the plots and the figures of a run, or none"
if [ -e "$plots/sessions.dat" ]; then
	mkdir "$S/tree" && cp "$plots"/[los]*.dat "$S/tree"
	"$plots/draw" "$S/tree"
	for plot in operations lookups delays; do
		is "$(texts "$S/tree/$plot.svg" | sort)" \
			"$(texts "$plots/$plot.svg" | sort)" \
			"  $plot.svg in the tree is of the figures in the tree"
	done
fi
like "$(texts "$S/same/delays.svg")" "measured elsewhere" \
	"the figures of the alternatives are said to be measured elsewhere"
is "$(grep -cvE '^#|^[^	]+	[0-9.]+	(login|mail)	[^	]+$' "$plots/alternatives.dat")" \
	0 "  each with how it was come by"

measured "$S/other"
sed 's/ 520 / 1370 /' "$S/same/sessions.dat" >"$S/other/sessions.dat"
awk '$1 == 32 { $3 = 654000 } { print }' "$S/same/lookups.dat" \
	>"$S/other/lookups.dat"
"$plots/draw" "$S/other"
like "$(texts "$S/other/delays.svg")" "^0.87 ms" "another run, another plot"
like "$(texts "$S/other/lookups.svg")" "^654k" "  of lookups, too"
for missing in operations lookups sessions; do
	rm -rf "$S/half"
	measured "$S/half"
	rm "$S/half/$missing.dat"
	"$plots/draw" "$S/half" >/dev/null 2>&1
	is "$(($? != 0))" 1 "without $missing.dat, it fails"
done

# README's table, in microseconds, beside what was measured: refresh, lookup,
# grant, sweep, gdbm; without a run, README gives no figure.
# shellcheck disable=SC2016 # awk fills it in
table='
	function us(said, part) {
		split(said, part, " ")
		return part[1] * (part[2] == "s" ? 1e6 : part[2] == "ms" ? 1e3 : 1)
	}
	FNR == NR { split($0, f, " "); for (i in f) was[f[1], i] = f[i]; next }
	/^[|] [0-9,]+ [|] [0-9.]+ µs/ {
		gsub(",", "", $2)
		split("3 4 5 6 2", column, " ")
		rows++
		for (i = 1; i <= 5; i++) {
			ratio = us($(i + 2)) / was[$2, column[i]]
			if (ratio < 0.94 || ratio > 1.06)
				print $2, $(i + 2), was[$2, column[i]]
		}
	}
	END { if (rows != 4) print rows + 0, "rows" }'
# Of each mode and number of sessions at a time, in a row of README: sessions a
# second, and LOGIN to OK, for known and new addresses among 10,000.
# shellcheck disable=SC2016 # awk fills it in
logins='
	FNR == NR { split($0, f, " ")
		if (f[4] == 10000) { was[f[1], f[2], f[3], 1] = f[7]; was[f[1], f[2], f[3], 2] = f[14] }
		next }
	/^[|] (default|reuse), [18] [|]/ {
		split($2, row, ", ")
		rows++
		if ($3 != was[row[1], row[2], "known", 1] || $4 != was[row[1], row[2], "new", 1] ||
		    $5 != was[row[1], row[2], "known", 2] || $6 != was[row[1], row[2], "new", 2])
			print $0
	}
	END { if (rows != 4) print rows + 0, "rows" }'
# Of each alternative, in a row of README: the least and the greatest ratio, rounded as
# there.
# shellcheck disable=SC2016 # awk fills it in
alternatives='
	function note(row, column, value) {
		if (!((row, column) in least) || value < least[row, column])
			least[row, column] = value
		if (value > greatest[row, column])
			greatest[row, column] = value
	}
	function rounded(value, as) {
		sub(/^[^.]*\.?/, "", as)
		return sprintf("%.*f", length(as), value)
	}
	BEGIN { split("plugin last_login post-login", name, " ") }
	FNR == NR { split($0, f, " ")
		for (i = 1; i <= 3; i++)
			for (c = 0; c < 3; c++)
				note(f[1] name[i], c, f[5 + 2 * i + 7 * c])
		next }
	/^[|] .*(plugin|last_login|post-login).*[|] [0-9.]+ to / {
		row = ($2 ~ /reuse/ ? "reuse" : "default") \
		    ($2 ~ /post-login/ ? name[3] : $2 ~ /last_login/ ? name[2] : name[1])
		rows++
		for (c = 0; c < 3; c++) {
			split($(c + 3), range, " to ")
			if (range[1] != rounded(least[row, c], range[1]) ||
			    range[2] != rounded(greatest[row, c], range[2]))
				print $2, $(c + 3), least[row, c], greatest[row, c]
		}
	}
	END { if (rows != 6) print rows + 0, "rows" }'
if [ -e "$plots/operations.dat" ]; then
	is "$(awk -F ' *[|] *' "$table" "$plots/operations.dat" README.md)" "" \
		"README's table is of the same run"
	# As README says it of each row: 0.93 and so on.
	is "$(awk -F ' *[|] *' "$logins" "$plots/sessions.dat" README.md)" "" \
		"  and so are README's figures of a login"
	is "$(awk -F ' *[|] *' "$alternatives" "$plots/sessions.dat" README.md)" "" \
		"  and those of the alternatives"
else
	is "$(grep -E '[0-9] (µs|ms)' README.md | grep -v '250 ms')" "" \
		"README gives no figure of a run"
fi

pictures=$(sed -n 's/.*!\[[^]]*\](\([^)]*\)).*/\1/p' README.md)
is "$(echo "$pictures" | sed 1d)" "$(cd "$TOP" && for plot in operations lookups delays; do
		ls "test-harness/plots/$plot.svg" 2>/dev/null
	done)" "README shows the plots that there are, and another picture first"
for picture in $pictures; do
	test -s "$picture" && texts "$picture" | grep -q .
	ok $? "  $picture"
	is "$(grep -cE "href=.[^#]|@import|@font-face|url\([^#]" \
		"$picture")" 0 \
		"    needs nothing else"
done
flow=$(texts maps/man/flow.svg)
for part in "Dovecot's plugin" UW-imapd "authmap record" "the map" responder \
	Postfix sendmail relaylock qmail table-authmap OpenSMTPD Exim sweeper; do
	like "$flow" "$part" "the flow has $part"
done
test "$(wc -c <maps/man/flow.svg)" -le 10240
ok $? "  in no more than 10 KB"

done_testing
