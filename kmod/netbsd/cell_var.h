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
/*
 * The credentials that carry a handle, by address: one that is not here is
 * the host's.  They could carry it as kauth(9) data as well, but to get at
 * that takes an adaptive lock of the credential: much for what is asked at
 * each system call, of the host's processes too, and forbidden where the
 * kernel asks with a spin lock held, as sched_setparam(2) does.
 *
 * Reading takes no lock and no barrier.  A credential gets its place while
 * only its maker has it, and loses it when nobody has it any more; in between
 * the place does not change, and no other has its address.  Whoever asks with
 * a credential has a reference, and got it in a way that orders memory after
 * the making: under a lock, or by making it.  Who reads another's p_cred
 * without a lock, as cell_of_proc() does, has the address from there, and
 * what it reads at it is what was there before the credential was set.
 *
 * A free place is taken by compare and swap.  Its last owner wrote it before
 * it gave up its reference, which orders memory too, so it is the new owner's
 * handle that is read.  When there is none, the set gets more of them, which
 * stay until the module is unloaded.
 */
#define	CELL_CREDSETS	32
#define	CELL_CREDWAYS	2

struct cell_credset {
	struct cell_cred {
		volatile kauth_cred_t	cc_cred;
		volatile uint32_t	cc_cell;
	} cs_creds[CELL_CREDWAYS];
	struct cell_credset	*volatile cs_more;
};

extern struct cell_credset cell_credsets[];

static inline __always_inline struct cell_credset *
cell_credset(kauth_cred_t cred)
{

	/* Some cache lines lie between one credential and the next. */
	return &cell_credsets[(uintptr_t)cred / 256 % CELL_CREDSETS];
}

/*
 * Whether a credential is known for the host's, without a call.
 */
static inline __always_inline bool
cell_is_host(kauth_cred_t cred)
{
	const struct cell_credset *cs = cell_credset(cred);

	return cs->cs_creds[0].cc_cred != cred &&
	    cs->cs_creds[1].cc_cred != cred && cs->cs_more == NULL;
}

uint32_t cell_of(kauth_cred_t);
uint32_t cell_of_proc(struct proc *);
void	cell_cred_set(kauth_cred_t, uint32_t);
void	cell_cred_fini(void);
int	cell_cred_cb(kauth_cred_t, kauth_action_t, void *, void *, void *,
	    void *, void *);
uint8_t	cell_ask_fork(uint32_t);
void	cell_place_dtor(void *);
void	cell_drain(void);

/* cell_late.c */
void	cell_deny_late(uint32_t);
void	cell_tell_late(void);

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
