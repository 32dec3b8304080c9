/* SPDX-License-Identifier: ISC */
#ifndef AUTHMAP_PLUGIN_H
#define AUTHMAP_PLUGIN_H

struct module;

void authmap_plugin_init(struct module *module);
void authmap_plugin_deinit(void);

#endif
