/*	$NetBSD$	*/

/*-
 * Copyright (c) 2026 The picocell authors.
 * All rights reserved.
 *
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * What the files of secmodel_cell share.
 */
#ifndef _CELL_VAR_H_
#define	_CELL_VAR_H_

#include <sys/condvar.h>
#include <sys/conf.h>
#include <sys/kauth.h>
#include <sys/mutex.h>
#include <sys/proc.h>
#include <sys/select.h>

#include "cell_rs.h"

#define	CELL_HOST		0U

extern kauth_key_t cell_key;
extern specificdata_key_t cell_lwp_key;

extern kmutex_t cell_lock;
extern kmutex_t cell_event_lock;
extern kcondvar_t cell_event_cv;	/* cell_event_lock */
extern struct selinfo cell_event_sel;	/* cell_event_lock */

uint32_t cell_of(kauth_cred_t);
bool	cell_isroot(kauth_cred_t);
uint32_t cell_now(void);
uint64_t cell_cpu_us(struct proc *);
void	cell_wakeup(void);

/* cell_listener.c */
int	cell_listen(void);
void	cell_unlisten(void);

/* cell_request.c */
int	cell_request(uint8_t *, size_t);

/* cell_device.c */
extern const struct cdevsw cell_cdevsw;
int	cell_device_stop(void);
void	cell_device_start(void);

#endif /* !_CELL_VAR_H_ */
