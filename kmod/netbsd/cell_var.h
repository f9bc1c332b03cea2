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
extern specificdata_key_t cell_bind_key;
extern specificdata_key_t cell_place_key;

extern kmutex_t cell_lock;
extern kmutex_t cell_event_lock;
extern kcondvar_t cell_event_cv;	/* cell_event_lock */
extern struct selinfo cell_event_sel;	/* cell_event_lock */

bool	cell_isroot(kauth_cred_t);
uint32_t cell_now(void);
uint64_t cell_cpu_us(struct proc *);
void	cell_wakeup(void);

/* cell_cred.c */
uint32_t cell_of(kauth_cred_t);
uint32_t cell_of_proc(struct proc *);
void	cell_cred_set(kauth_cred_t, uint32_t);
int	cell_cred_cb(kauth_cred_t, kauth_action_t, void *, void *, void *,
	    void *, void *);
uint8_t	cell_ask_fork(uint32_t, bool);
void	cell_place_dtor(void *);
void	cell_drain(void);

/* cell_listener.c */
int	cell_listen(void);
void	cell_unlisten(void);

/* cell_request.c */
extern volatile u_int cell_nactive;	/* cell_lock to write */
int	cell_request(uint8_t *, size_t);

/* cell_device.c */
extern const struct cdevsw cell_cdevsw;
int	cell_device_stop(void);
void	cell_device_start(void);

#endif /* !_CELL_VAR_H_ */
