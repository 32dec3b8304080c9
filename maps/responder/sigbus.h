/* Lets a program of ours map the map. */
#ifndef GUARD_H
#define GUARD_H

/*
 * From now on this process reads zeros where a file that it has mapped was cut
 * short by somebody, instead of dying by SIGBUS; and maps that it keeps open
 * are mapped.  Not in the library: it is for a program that is all ours.
 */
void guard_mapping(void);

#endif
