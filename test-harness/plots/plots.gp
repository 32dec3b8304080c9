# SPDX-License-Identifier: ISC
# Draws README.md's plots: see "draw".  Each has a background of its own, for
# light and dark themes, and names its lines and bars where they are.

ours = "#0969da"
theirs = "#8c959f"
dark = "#57606a"
ink = "#1f2328"
late = "#bc4c00"

set terminal svg size 720,340 fixed noenhanced font "sans-serif,13" background "#ffffff"
set border 3 linecolor rgb dark
set tics nomirror textcolor rgb ink
set tmargin 2.5
set xlabel textcolor rgb ink
set grid ytics linetype 1 linecolor rgb "#eaeef2"
set style fill solid noborder
unset key

# ----- what an operation costs ---------------------------------------------

set output "operations.svg"
set label 9 "One operation, by the number of entries in the map" at screen 0.02, 0.945 textcolor rgb ink
set lmargin 9
set rmargin 26
set logscale xy
set xrange [800:1.2e6]
set yrange [2:2e5]
set xtics ("1,000" 1e3, "10,000" 1e4, "100,000" 1e5, "1,000,000" 1e6)
set ytics ("10 µs" 10, "100 µs" 100, "1 ms" 1e3, "10 ms" 1e4, "100 ms" 1e5)
set xlabel "entries"

# The lines are named where they end.
plot "operations.dat" using 1:2 with linespoints linecolor rgb theirs dashtype 2 linewidth 1.5 pointtype 7 pointsize 0.4, \
     for [i = 3:5] "" using 1:i with linespoints linecolor rgb ours linewidth 2 pointtype 7 pointsize 0.5, \
     "" using 1:2:($1 == 1e6 ? "gdbm: open, store, close" : "") with labels left offset 1, 0.6 textcolor rgb dark, \
     "" using 1:3:($1 == 1e6 && $5 > 1.5 * $3 ? "refresh: a known address" : "") with labels left offset 1, 0 textcolor rgb ours, \
     "" using 1:4:($1 == 1e6 ? "lookup: an MTA asks" : "") with labels left offset 1, -0.4 textcolor rgb ours, \
     "" using 1:5:($1 != 1e6 ? "" : $5 > 1.5 * $3 ? "grant: a new address" : "grant and refresh: a login") with labels left offset 1, 0 textcolor rgb ours

# ----- lookups a second ----------------------------------------------------

set output "lookups.svg"
set label 9 "Lookups a second, 10,000 entries in the map"
set rmargin 2
unset logscale
unset xlabel
set xrange [-0.6:9.6]
set yrange [0:*]
set format y "%.0fk"
set ytics autofreq
set xtics scale 0 ("" -1)
set bmargin 5
set label 1 "1 connection" at 2, screen 0.09 center textcolor rgb ink
set label 2 "32 connections" at 7, screen 0.09 center textcolor rgb ink

# Four bars for each row, and room between the rows.
array field[4] = [2, 3, 5, 6]
array bar[4] = ["echo", "authmap", "proxymap\ncdb", "proxymap\nhash"]
plot for [i = 1:4] "lookups.dat" using (5 * $0 + i - 0.5):(column(field[i]) / 1e3):(0.8) with boxes linecolor rgb (i == 2 ? ours : theirs), \
     for [i = 1:4] "" using (5 * $0 + i - 0.5):(column(field[i]) / 1e3):(sprintf("%.0fk", column(field[i]) / 1e3)) with labels offset 0, 0.6 textcolor rgb ink, \
     for [i = 1:4] "" using (5 * $0 + i - 0.5):(0):(bar[i]) with labels offset 0, -0.8 font ",11.5" textcolor rgb ink

# ----- from login to relay -------------------------------------------------

set output "delays.svg"
set label 9 "Between login and relay"
set label 1 "a login takes so much longer" at screen 0.025, 0.87 left textcolor rgb ink point pointtype 7 pointsize 0.8 linecolor rgb theirs offset 1, -0.1
set label 2 "mail is refused so long after it" at screen 0.38, 0.87 left textcolor rgb ink point pointtype 13 pointsize 1.2 linecolor rgb late offset 1, -0.1
set label 3 "blue: this benchmark; others: measured elsewhere" at screen 0.98, 0.945 right textcolor rgb dark
set lmargin 27
set bmargin 3
set tmargin 4.2
set rmargin 4
set grid xtics
set logscale x
set xrange [0.01:1e5]
set xtics scale 1 ("10 µs" 0.01, "0.1 ms" 0.1, "1 ms" 1, "10 ms" 10, "100 ms" 100, "1 s" 1e3, "10 s" 1e4)
set ytics scale 0
set format y "%s"
set datafile separator "\t"
stats "delays.dat" using 0 nooutput
set yrange [STATS_records - 0.5:-0.5]

said(ms) = ms < 0.1 ? sprintf("%.2g µs", ms * 1e3) : ms < 1000 ? sprintf("%.2g ms", ms) : sprintf("%.2g s", ms / 1e3)
plot "delays.dat" using (strcol(3) eq "ours" ? $2 : NaN):0:ytic(1) with points pointtype 7 pointsize 0.9 linecolor rgb ours, \
     "" using (strcol(3) eq "login" ? $2 : NaN):0 with points pointtype 7 pointsize 0.8 linecolor rgb theirs, \
     "" using (strcol(3) eq "mail" ? $2 : NaN):0 with points pointtype 13 pointsize 1.2 linecolor rgb late, \
     "" using 2:0:(said($2)) with labels left offset 1.3, 0 textcolor rgb ink
